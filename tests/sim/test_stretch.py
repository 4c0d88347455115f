"""What stands for a long run: the same ledger, depths and ages as every event of it."""

import random
from dataclasses import replace

import numpy as np
import pytest

from models.design import read_design
from models.error import DesignError
from models.resource import one_array
from models.schedule import Op, check_deadlock, schedule_rule
from models.section import Schedule
from models.way import Ways
from sim.age import staleness_histogram
from sim.depth import needed_depths
from sim.durations import Durations
from sim.log import OpLog
from sim.machine import Machine
from sim.stretch import least_cycles, make_stretch
from sim.system import System, make_system
from sim.window import Span
from tests.sim.machines import NAMES, draw_case, draw_live_case


def system_of(rule, durations) -> System:
    stages, ways = one_array(rule.stages), Ways.of(rule)
    return System((), rule, durations, stages, ways, (), used_slots=False, retrying=False)


def draw_long(rng, name, least, most):
    """A machine without deadlock, of constant arrivals."""
    while True:
        case, total = draw_case(rng, name), rng.randint(least, most)
        try:
            check_deadlock(case.rule, total)
        except DesignError:
            continue
        return system_of(case.rule, case.durations), total


def rows(log):
    return list(zip(*(column.tolist() for column in log.columns()), strict=True))


def whole(system, total):
    machine = Machine(system.rule, system.durations, total)
    return OpLog.join(machine.ops()), machine.ledger


def busy(log, weight, stage):
    own = log.stage == stage
    return int((weight * (log.end - log.start))[own].sum())


@pytest.mark.parametrize("name", NAMES)
def test_a_stretch_tells_of_the_whole_run_what_every_event_tells(name):
    rng, repeated = random.Random(f"stretch {name}"), 0
    for _ in range(20):
        system, total = draw_long(rng, name, 150, 400)
        stretch = make_stretch(system, total, record=True)
        log, ledger = whole(system, total)
        assert stretch.exact
        assert (stretch.ledger, stretch.cycles) == (ledger, ledger.cycles)
        window = stretch.recording.window(Span(0, ledger.cycles))
        assert rows(window.ops) == rows(log)
        assert needed_depths(stretch.log, system.rule) == needed_depths(log, system.rule)
        ones = np.ones(len(log), np.int64)
        for stage in range(system.rule.stages):
            found = staleness_histogram(stretch.log, system.rule, stage, stretch.weight)
            assert found == staleness_histogram(log, system.rule, stage, ones)
            assert busy(stretch.log, stretch.weight, stage) == ledger.stages[stage].busy
        assert stretch.weight.sum() == len(log)
        repeated += stretch.samples < total
    assert repeated >= 15


@pytest.mark.parametrize("name", NAMES)
def test_the_histogram_adds_up_to_the_ledger(name):
    rng = random.Random(f"age {name}")
    for _ in range(25):
        case = draw_live_case(rng, name)
        machine = case.machine()
        log = OpLog.join(machine.ops())
        ones = np.ones(len(log), np.int64)
        for stage, entry in enumerate(machine.ledger.stages):
            found = staleness_histogram(log, case.rule, stage, ones)
            ages = entry.staleness
            assert (min(found), max(found)) == (ages.least, ages.most)
            assert sum(found.values()) == ages.reads == case.total
            assert sum(age * count for age, count in found.items()) == ages.total


@pytest.mark.parametrize("name", NAMES)
def test_needed_depths_change_no_op_and_any_shallower_one_does(name):
    rng = random.Random(f"depth {name}")
    for _ in range(12):
        case = draw_live_case(rng, name)
        expected = rows(OpLog.join(case.machine().ops()))
        S, Q = needed_depths(OpLog.join(case.machine().ops()), case.rule)
        assert all(a <= b for a, b in zip(S + Q, case.rule.S + case.rule.Q, strict=True))
        fitting = replace(case, rule=replace(case.rule, S=S, Q=Q))
        assert rows(OpLog.join(fitting.machine().ops())) == expected
        for key, depths in (("S", S), ("Q", Q)):
            for stage, depth in enumerate(depths):
                less = (*depths[:stage], depth - 1, *depths[stage + 1 :])
                if depth == 1:
                    continue
                tight = replace(fitting, rule=replace(fitting.rule, **{key: less}))
                try:
                    check_deadlock(tight.rule, case.total)
                except DesignError:
                    continue
                assert rows(OpLog.join(tight.machine().ops())) != expected


def test_the_default_machine_needs_less_than_it_has():
    system = make_system(read_design(None))
    stretch = make_stretch(system, 1_000_000_000)
    assert stretch.cycles == 121_000_000_120
    assert stretch.steady == (121, 1)
    assert stretch.rate == 121
    S, Q = needed_depths(stretch.log, system.rule)
    assert (S, Q) == ((3, 3, 2), (1, 1, 1))
    assert system.rule.S == (4, 3, 2)


def test_without_a_period_a_beginning_gives_an_estimate_and_a_bound():
    """Long links that never come round within the ops allowed."""
    rule = schedule_rule(Schedule(W=500, S=501, Q=501, link_cycles=(997, 1009)), 3)
    system = system_of(rule, Durations((3, 4, 5), (3, 4, 5), (2, 2, 2)))
    stretch = make_stretch(system, 20_000, most=2_000)
    assert not stretch.exact
    assert stretch.samples < 20_000
    _, ledger = whole(system, 20_000)
    assert least_cycles(system, 20_000) <= ledger.cycles
    assert stretch.cycles == pytest.approx(ledger.cycles, rel=0.2)


def test_no_run_is_shorter_than_its_bound():
    rng = random.Random("bound")
    for name in NAMES:
        for _ in range(10):
            system, total = draw_long(rng, name, 1, 60)
            assert least_cycles(system, total) <= whole(system, total)[1].cycles


def test_a_run_of_one_sample_is_its_own_stretch():
    system = make_system(read_design(None))
    stretch = make_stretch(system, 1)
    assert (stretch.samples, stretch.exact, stretch.cycles) == (1, True, 241)
    assert stretch.rate == 241
    assert set(stretch.log.op.tolist()) == {Op.FORWARD, Op.BACKWARD, Op.UPDATE}
