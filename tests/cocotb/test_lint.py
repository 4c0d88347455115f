"""The emitted Verilog under Verilator's lint."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from models.design import design_sha256, make_design
from models.schedule import schedule_rule
from models.section import Schedule
from models.tile import tile_config
from rtl.adapter.array import adapter_for
from rtl.board import Board
from rtl.cosim.wheel import ROOT
from rtl.datapath import StageDatapath
from rtl.digital import digital_config
from rtl.emulation import emulated_tiles
from rtl.emulator import Emulator
from rtl.pipeline import Pipeline
from rtl.plan import make_plan
from rtl.verilog import verilog_text, write_tiles
from rtl.writing import write_accelerator
from tests.sim.machines import NAMES

#: What generated text is full of and no fault: unused aliases, initial values, implicit widths.
NOISE = (
    "UNUSEDSIGNAL",
    "PROCASSINIT",
    "CASEINCOMPLETE",
    "CASEOVERLAP",
    "WIDTHEXPAND",
    "WIDTHTRUNC",
    "DECLFILENAME",
)


@pytest.mark.cocotb
@pytest.mark.parametrize(
    ("phases", "slots", "sharing"), [(1, "built", "side"), (4, "used", "line")]
)
def test_the_verilog_has_no_latch_no_loop_and_one_driver_a_signal(
    phases: int, slots: str, sharing: str, tmp_path: Path
) -> None:
    update = {"phases": phases, "slots": slots, "lfsr_sharing": sharing}
    design = make_design({"layer": [{"inputs": 8, "outputs": 6}], "tile": {"update": update}})
    source = write_tiles(design, tmp_path)[0]
    lint(source)


@pytest.mark.cocotb
@pytest.mark.parametrize("total", [None, 5], ids=["marked", "known"])
@pytest.mark.parametrize("name", NAMES)
def test_the_schedulers_have_no_latch_no_loop_and_one_driver_a_signal(
    name: str, total: int | None, tmp_path: Path
) -> None:
    keys: dict[str, Any] = {"name": name, "link_cycles": (0, 3), "link_interval": (4, 0)}
    if name == "custom":
        keys |= {"priority": ("U", "F", "B"), "N": 2, "hold": True, "slot": 7}
    rule = schedule_rule(Schedule(**keys, first_stage_backward=total is None), 3, 20)
    source = tmp_path / "pipeline.v"
    source.write_text(verilog_text(Pipeline(rule, total), "pipeline"))
    lint(source)


@pytest.mark.cocotb
@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
@pytest.mark.parametrize("stage", [0, 1])
def test_the_data_flow_of_a_stage_has_no_latch_no_loop_and_one_driver_a_signal(
    loss: str, stage: int, tmp_path: Path
) -> None:
    layers = [{"inputs": 5, "outputs": 4}, {"inputs": 4, "outputs": 3}]
    design = make_design({"layer": layers, "network": {"loss": loss}})
    source = tmp_path / "stage.v"
    source.write_text(verilog_text(StageDatapath(digital_config(design, stage, 10)), "stage"))
    lint(source)


@pytest.mark.cocotb
@pytest.mark.parametrize("drive", ["bit-serial", "pulse-width"])
@pytest.mark.parametrize(("phases", "load", "by_row"), [(1, 1, False), (4, 0, True)])
def test_the_adapters_have_no_latch_no_loop_and_one_driver_a_signal(
    drive: str, phases: int, load: int, by_row: bool, tmp_path: Path
) -> None:
    timing = {"load_cycles": load, "row_by_row": by_row, "adc_cycles": 20}
    keys = {"dac": {"drive": drive}, "adc": {"count": 3}, "update": {"phases": phases}}
    design = make_design(
        {
            "layer": [{"inputs": 8, "outputs": 6}],
            "tile": keys,
            "timing": timing,
        }
    )
    source = tmp_path / "adapter.v"
    source.write_text(verilog_text(adapter_for(tile_config(design, 0)), "adapter"))
    lint(source)


@pytest.mark.cocotb
@pytest.mark.parametrize("name", ["async", "1f1b"])
def test_the_accelerator_has_no_latch_no_loop_and_one_driver_a_signal(
    name: str, tmp_path: Path
) -> None:
    layers = [{"inputs": a, "outputs": a - 1} for a in (5, 4, 3)]
    keys: dict[str, Any] = {"slots": "used"} if name == "1f1b" else {"phases": 2}
    design = make_design(
        {
            "layer": layers,
            "schedule": {"name": name, "arrival_cycles": 40},
            "tile": {"update": keys},
            "network": {"loss": "mse" if name == "async" else "cross-entropy"},
        }
    )
    write_accelerator(design, tmp_path, 10)
    lint(tmp_path / "accelerator.v")


@pytest.mark.cocotb
def test_a_board_has_no_latch_no_loop_and_one_driver_a_signal(tmp_path: Path) -> None:
    """Link, registers, counters and accelerator, between a wire and arrays in block RAM."""
    tables = {"layer": [{"inputs": 3, "outputs": 2}, {"inputs": 2, "outputs": 3}]}
    design = make_design(tables | {"device": {"preset": "emulated"}, "tile": {"output_noise": 0.0}})
    arrays = [Emulator(tile) for tile in emulated_tiles(design)]
    board = Board(make_plan(design, 10), design_sha256(design), arrays, divisor=16)
    source = tmp_path / "board.v"
    source.write_text(verilog_text(board, "board"))
    lint(source)


def lint(source: Path) -> None:
    """Assert that Verilator has nothing to say."""
    done = subprocess.run(
        [
            ROOT / "bin" / "verilator_bin",
            "--lint-only",
            "-Wall",
            *(f"-Wno-{name}" for name in NOISE),
            source,
        ],
        env=os.environ | {"VERILATOR_ROOT": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
