"""Machines with emulated arrays under Verilator, no Python in the loop, against the model."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from models.design import Design, read_design
from models.record import Record, compare
from rtl.cosim.emulated import read_classes, write_emulated
from rtl.cosim.standalone import build_bench, run_bench
from rtl.cosim.stimulus import EXPECTED, Stimulus
from sim.reference import Reference
from tests.cocotb.test_commands import call

LONG = "PULSETRAIN_LONG" in os.environ
SMALL = """
format = 1
[run]
samples = 60
[data]
name = "spiral"
[device]
preset = "emulated"
[tile]
output_noise = 0.0
[[layer]]
inputs = 2
outputs = 3
"""


def trained(design: Design, folder: Path, every: int, optimised: bool) -> None:
    """Assert that the Verilog trains as the model does."""
    reference = Reference(design, every=every)
    fed = Stimulus(reference.inputs, reference.labels, every)
    write_emulated(design, folder, reference.planned, fed)
    found = run_bench(build_bench(folder, optimised), design, folder, every)
    wanted = reference.run()
    assert [one for one in compare(found, wanted) if one.difference is not None] == []
    assert read_classes(folder) == wanted.outputs.argmax(axis=1).tolist()
    assert found.extra["clocks"] > found.cycles
    assert all(np.any(own[0] != own[-1]) for own in wanted.weights)
    assert len(wanted.outputs) == reference.planned


@pytest.mark.cocotb
def test_a_small_machine_trains_as_the_model_does(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(SMALL)
    words = ("cosim", "one.toml", "--emulator", "--out", "r", "--every", "20")
    code, out, err = call(tmp_path, "-m", "scripts.main", *words)
    assert (code, err) == (0, "")
    assert "no:" not in out
    result = json.loads((tmp_path / "r" / "cosim.json").read_text())
    assert result["equal"] is True
    counts = [one["compared"] for one in result["comparisons"]]
    assert counts == [5 * 2 * 60, 3 * 60, 3 * 6, 1]
    assert result["clocks"] > result["cycles"]
    folder = tmp_path / "r" / "verilog"
    wanted = Record.read(folder / EXPECTED)
    assert np.any(wanted.weights[0][0] != wanted.weights[0][-1])
    assert read_classes(folder) == wanted.outputs.argmax(axis=1).tolist()


@pytest.mark.cocotb
@pytest.mark.skipif(not LONG, reason="takes minutes: set PULSETRAIN_LONG=1")
@pytest.mark.parametrize(
    "overrides", [(), ("device.dw_min_std=0.3",), ("algorithm=tiki-taka",)], ids=" ".join
)
def test_an_epoch_of_digits_trains_as_the_model_does(
    tmp_path: Path, overrides: tuple[str, ...]
) -> None:
    design = read_design(Path(__file__).parents[2] / "examples" / "emulator.toml", overrides)
    trained(design, tmp_path, every=719, optimised=True)
