"""Whole accelerators: every op on its cycle, every output and every weight those of the models."""

from typing import Any

import numpy as np
import pytest

from models.design import make_design
from models.schedule import Op, schedule_rule
from rtl.cosim.array import CrossbarArray
from rtl.plan import make_plan
from tests.contract.accelerator import Bench, Record, draw_tables, expected, order_of
from tests.models.packed import Case, images
from tests.rtl.streams import pattern
from tests.sim.machines import NAMES

SAMPLES = 5


def draw(seed: int, name: str) -> Case:
    """A random network of one to four stages under a schedule."""
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.integers(2, 6, int(rng.integers(2, 6)))]
    design = make_design(draw_tables(rng, name, sizes))
    data = images(design.layer[0].inputs, design.layer[-1].outputs)
    rule = schedule_rule(design.schedule, design.stages)
    return Case(design, data, SAMPLES, rule.S, rule.Q)


def build(case: Case, **patterns: Any) -> Bench:
    """Return the bench of a case."""
    network, order = case.network(), order_of(case)
    arrays = [CrossbarArray(layer.crossbar) for layer in network.layers]
    samples = network.inputs(case.data.train.pixels[order])
    labels = case.data.train.labels[order].tolist()
    return Bench(make_plan(case.design, case.samples), arrays, samples, labels, **patterns)


def same(found: Record, wanted: Record) -> None:
    """Assert that two runs are equal in every cycle and bit."""
    assert sorted(found.ops, key=lambda op: (op[3], op[0])) == wanted.ops
    assert found.cycles == wanted.cycles
    assert found.outputs == wanted.outputs
    assert found.classes == wanted.classes
    for ours, theirs in zip(found.weights, wanted.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 26, 6])
def test_an_accelerator_equals_clock_and_executor(seed: int) -> None:
    case = draw(seed, NAMES[seed % len(NAMES)])
    wanted = expected(case)
    assert len(wanted.outputs) == SAMPLES
    assert any(np.any(own[-1] != own[0]) for own in wanted.weights)
    same(build(case).run(), wanted)


@pytest.mark.parametrize("seed", [1, 3])
def test_late_samples_back_pressure_stalls_and_hosts_change_no_cycle_and_no_bit(seed: int) -> None:
    case = draw(seed, ["async", "fill-drain", "sequential", "zero-bubble"][seed])
    wanted = expected(case)
    smooth = build(case).run()
    patterns = {
        "offered": pattern(seed, 0.4),
        "taking": pattern(seed + 1, 0.4),
        "stalled": pattern(seed + 2, 0.3),
        "reading": pattern(seed + 3, 0.02),
    }
    bench = build(case, **patterns)
    hindered = bench.run()
    same(hindered, wanted)
    assert bench.replies > 5
    assert hindered.clocks > smooth.clocks >= smooth.cycles


@pytest.mark.parametrize("reset", [1, 97, 350])
def test_a_run_after_a_reset_is_like_the_first(reset: int) -> None:
    case = draw(5, "async")
    same(build(case, reset=reset, reading=pattern(1, 0.02)).run(), expected(case))


def test_a_host_that_reads_within_an_update_leaves_its_length() -> None:
    """U's data flow is through long before its last cycle; the host then has the port."""
    tables = draw_tables(np.random.default_rng(2), "async", [3, 3, 2])
    tables["tile"]["update"] = {"bl": 31, "slots": "used", "phases": 1}
    tables["timing"] |= {"digital_rate": 0.05, "forward_cycles": 2, "backward_cycles": 2}
    design = make_design(tables)
    rule = schedule_rule(design.schedule, design.stages)
    case = Case(design, images(3, 2), SAMPLES, rule.S, rule.Q)
    bench = build(case, reading=pattern(3, 0.2))
    wanted = expected(case)
    assert len({end - start for _, op, _, start, end in wanted.ops if op == Op.UPDATE}) > 1
    same(bench.run(), wanted)
    assert bench.replies > 5
