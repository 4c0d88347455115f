"""Designs as Verilog in a simulator, checked on words, codes, cycles and weights."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cocotb_tools.runner import Runner, get_results, get_runner

from models.design import design_toml, make_design
from rtl.cosim.wheel import WheelVerilator
from rtl.verilog import write_tiles

SHORTEST = {"forward_cycles": 2, "backward_cycles": 2, "load_cycles": 0, "pulse_cycles": 1}
UPDATE = {"bl": 5, "slots": "used", "phases": 4, "lfsr_bits": 16, "comparator_bits": 10}
WIDTH_DRIVE = {"dac": {"bits": 4, "drive": "pulse-width"}, "adc": {"bits": 6, "count": 2}}

LARGE = "default 16x12"
DESIGNS: dict[str, dict[str, Any]] = {
    LARGE: {"layer": [{"inputs": 16, "outputs": 12}]},
    "shortest ops, four phases": {
        "layer": [{"inputs": 3, "outputs": 2}],
        "tile": {"dac": {"bits": 5}, "update": UPDATE},
        "timing": SHORTEST,
    },
    "pairs of devices, two phases": {
        "layer": [{"inputs": 4, "outputs": 3}],
        "tile": {"dac": {"bits": 5}, "update": UPDATE | {"phases": 2}},
        "device": {"cell": {"kind": "pair"}},
        "timing": SHORTEST,
    },
    "pulse width, two phases, a register a line": {
        "layer": [{"inputs": 5, "outputs": 7}],
        "tile": WIDTH_DRIVE | {"update": {"bl": 31, "phases": 2, "lfsr_sharing": "line"}},
        "timing": {"preset": "unit"},
    },
}


ICARUS = pytest.mark.skipif(
    shutil.which("iverilog") is None, reason="the second simulator, iverilog, is not on PATH"
)
#: Verilator runs every design. Icarus, which also knows X, is too slow for the large one.
RUNS = [
    *(pytest.param("verilator", name) for name in DESIGNS),
    *(pytest.param("icarus", name, marks=ICARUS) for name in DESIGNS if name != LARGE),
]


def make_runner(simulator: str, ports: Sequence[str]) -> tuple[Runner, list[str]]:
    """Return a simulator's runner and its arguments for building."""
    if simulator == "verilator":
        return WheelVerilator(ports), ["-Wno-fatal", "-Wno-lint", "-Wno-style"]
    return get_runner(simulator), []


@pytest.mark.cocotb
@pytest.mark.parametrize(("simulator", "name"), RUNS)
def test_the_verilog_with_a_numpy_crossbar_equals_the_models(
    simulator: str, name: str, tmp_path: Path
) -> None:
    design = make_design(DESIGNS[name])
    write_tiles(design, tmp_path)
    (tmp_path / "design.toml").write_text(design_toml(design))
    entry = json.loads((tmp_path / "manifest.json").read_text())["modules"][0]
    runner, arguments = make_runner(simulator, [port["name"] for port in entry["ports"]])
    runner.build(
        sources=[tmp_path / entry["file"]],
        hdl_toplevel=entry["module"],
        build_dir=tmp_path / "build",
        build_args=arguments,
        timescale=("1ns", "1ns"),
        log_file=tmp_path / "build.log",
    )
    results = runner.test(
        test_module="tests.cocotb.tile_bench",
        hdl_toplevel=entry["module"],
        build_dir=tmp_path / "build",
        test_dir=tmp_path,
        extra_env={"TILE_FOLDER": str(tmp_path), "TILE_STAGE": "0"},
        log_file=tmp_path / "test.log",
    )
    assert get_results(results) == (4, 0)
