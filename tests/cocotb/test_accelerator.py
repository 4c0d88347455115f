"""Whole accelerators in Verilog under Verilator, against clock and executor, bit for bit."""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.design import Design, make_design
from models.record import compare
from rtl.cosim.run import build, simulate
from rtl.cosim.stimulus import STIMULUS, Stimulus
from rtl.writing import write_accelerator
from sim.reference import Reference
from tests.contract.accelerator import draw_tables
from tests.sim.machines import NAMES

#: Minutes more, for who asks for them.
LONG = pytest.mark.skipif(
    "PULSETRAIN_LONG" not in os.environ, reason="takes minutes: set PULSETRAIN_LONG=1"
)


def spiral(seed: int, name: str) -> Design:
    """A random network of up to four stages on the points of a spiral; every other by Tiki-Taka."""
    rng = np.random.default_rng(seed)
    sizes = [2, *(int(size) for size in rng.integers(2, 5, int(rng.integers(0, 4)))), 3]
    tables = draw_tables(rng, name, sizes)
    if seed % 2:
        tables["algorithm"] |= {"name": "tiki-taka", "transfer_lr": 1.0}
        tables["timing"] |= {"program_row_cycles": 3}
    return make_design(tables | {"data": {"name": "spiral"}})


def trained(
    design: Design,
    folder: Path,
    samples: int,
    every: int,
    hindrance: float = 0.0,
    simulator: str = "verilator",
) -> None:
    """Assert that the Verilog trains as the model does."""
    reference = Reference(design, samples, every)
    write_accelerator(design, folder, reference.planned)
    fed = Stimulus(reference.inputs, reference.labels, every)
    replace(fed, hindrance=hindrance).write(folder / STIMULUS)
    wanted = reference.run()
    runtime = folder.parent / "runtime"
    runner = build(folder, simulator, optimised=False, runtime=runtime)
    found = simulate(folder, runner)
    assert [one for one in compare(found, wanted) if one.difference is not None] == []
    assert found.extra["clocks"] >= found.cycles
    assert {len(own) for own in wanted.weights} == {samples // every}
    assert any(np.any(own[0] != own[-1]) for own in wanted.weights)


@pytest.mark.cocotb
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=LONG) for seed in (0, *range(2, 9)))]
)
def test_a_random_accelerator_equals_clock_and_executor(seed: int, tmp_path: Path) -> None:
    """Every other one with pausing sources, waiting sinks and stalling arrays."""
    hindrance = 0.3 * (seed % 2)
    trained(
        spiral(seed, NAMES[seed % len(NAMES)]), tmp_path, samples=12, every=4, hindrance=hindrance
    )


@pytest.mark.cocotb
@pytest.mark.skipif(shutil.which("iverilog") is None, reason="needs iverilog on PATH")
def test_another_simulator_which_knows_x_finds_the_same(tmp_path: Path) -> None:
    trained(spiral(1, "fill-drain"), tmp_path, samples=8, every=4, simulator="icarus")


DIGITS: Sequence[dict[str, Any]] = [
    {"inputs": 64, "outputs": 16, "activation": "tanh"},
    {"inputs": 16, "outputs": 10},
]


@LONG
@pytest.mark.cocotb
def test_a_digits_network_trains_as_the_model_does(tmp_path: Path) -> None:
    """By the bench; the README's `pulsetrain cosim examples/accelerator.toml` does it always."""
    design = make_design({"layer": DIGITS})
    trained(design, tmp_path, samples=60, every=20)
    modules = json.loads((tmp_path / "manifest.json").read_text())["modules"]
    assert [one["file"] for one in modules] == ["accelerator.v"]
