"""Whole accelerators: every op on its cycle, every output and every weight those of the models."""

from typing import Any

import numpy as np
import pytest

from models.design import make_design
from models.record import Record, compare
from models.schedule import Op
from sim.reference import Reference
from tests.contract.accelerator import Bench, draw_tables
from tests.models.packed import images
from tests.rtl.streams import pattern
from tests.sim.machines import NAMES

SAMPLES = 5


def made(tables: dict[str, Any]) -> Reference:
    """The run of a design on random images."""
    tables["run"]["samples"] = SAMPLES
    design = make_design(tables)
    return Reference(design, data=images(design.layer[0].inputs, design.layer[-1].outputs))


def draw(seed: int, name: str) -> Reference:
    """A random network of one to four stages under a schedule."""
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.integers(2, 6, int(rng.integers(2, 6)))]
    return made(draw_tables(rng, name, sizes))


def same(bench: Bench, wanted: Record, samples: int = SAMPLES) -> None:
    """Assert that a run equals the model's in every cycle and bit."""
    found = bench.run()
    assert [one for one in compare(found, wanted) if one.difference is not None] == []
    assert bench.classes == wanted.outputs.argmax(axis=1).tolist()
    assert len(wanted.outputs) == samples


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 26, 6])
def test_an_accelerator_equals_clock_and_executor(seed: int) -> None:
    run = draw(seed, NAMES[seed % len(NAMES)])
    bench, wanted = Bench(run), run.run()
    assert any(np.any(own[-1] != own[0]) for own in wanted.weights)
    same(bench, wanted)


@pytest.mark.parametrize("seed", [3])
def test_late_samples_back_pressure_stalls_and_hosts_change_no_cycle_and_no_bit(seed: int) -> None:
    run = draw(seed, ["async", "fill-drain", "sequential", "zero-bubble"][seed])
    wanted = run.run()
    smooth = Bench(run)
    same(smooth, wanted)
    hindered = Bench(
        run,
        offered=pattern(seed, 0.4),
        taking=pattern(seed + 1, 0.4),
        stalled=pattern(seed + 2, 0.3),
        reading=pattern(seed + 3, 0.02),
    )
    same(hindered, wanted)
    assert hindered.replies > 5
    assert hindered.clocks > smooth.clocks >= wanted.cycles


@pytest.mark.parametrize("reset", [1, 97, 350])
def test_a_run_after_a_reset_is_like_the_first(reset: int) -> None:
    run = draw(5, "async")
    same(Bench(run, reset=reset, reading=pattern(1, 0.02)), run.run())


def test_a_host_that_reads_within_an_update_leaves_its_length() -> None:
    """U's data flow is through long before its last cycle; the host then has the port."""
    tables = draw_tables(np.random.default_rng(2), "async", [3, 3, 2])
    tables["tile"]["update"] = {"bl": 31, "slots": "used", "phases": 1}
    tables["timing"] |= {"digital_rate": 0.05, "forward_cycles": 2, "backward_cycles": 2}
    run = made(tables)
    bench, wanted = Bench(run, reading=pattern(3, 0.2)), run.run()
    updates = wanted.ops[wanted.ops[:, 1] == Op.UPDATE]
    assert len(set((updates[:, 4] - updates[:, 3]).tolist())) > 1
    same(bench, wanted)
    assert bench.replies > 5
