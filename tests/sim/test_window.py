"""Windows of a run: the same streamed, cut from all, and laid out from what repeats."""

import random
from collections import Counter

import numpy as np
import pytest

from models.design import make_design
from models.error import DesignError
from models.schedule import CAUSES
from sim.log import OpLog
from sim.machine import Machine
from sim.period import PeriodicMachine
from sim.recording import Recording, window_of
from sim.stretch import make_stretch
from sim.system import make_system
from sim.wait import IDLE, WaitLog
from sim.watch import EVERYTHING, Watch
from sim.window import Span
from tests.sim.machines import NAMES, draw_live_case
from tests.sim.test_period import draw_long, rows


def recorded(**keys):
    """The ledger and the recording of a run, every event simulated."""
    watch = Watch(EVERYTHING)
    machine = Machine(**keys, watch=watch)
    for _ in machine.ops():
        pass
    return machine.ledger, Recording(watch.window, machine.rule.stages)


def draw_span(rng, cycles):
    first = rng.randrange(cycles)
    if rng.random() < 0.4:
        return Span(first, None, rng.randint(1, 60))
    return Span(first, rng.randint(first + 1, cycles + 20))


def assert_equal(one, other):
    assert (one.first, one.last, one.floor) == (other.first, other.last, other.floor)
    assert rows(one.log) == rows(other.log)
    assert rows(one.waits) == rows(other.waits)


@pytest.mark.parametrize("name", NAMES)
def test_streamed_and_laid_out_windows_equal_those_cut_from_every_event(name):
    rng, periods = random.Random(f"window {name}"), 0
    for _ in range(10):
        keys = draw_long(rng, name, 100, 400)
        ledger, whole = recorded(**keys)
        for _ in range(4):
            span = draw_span(rng, ledger.cycles)
            expected = whole.window(span)
            watch = Watch(span)
            for _ in Machine(**keys, watch=watch).ops(rng.randint(1, 700)):
                pass
            assert_equal(watch.window, expected)
            machine = PeriodicMachine(**keys, span=span)
            for _ in machine.ops():
                pass
            assert_equal(window_of(machine), expected)
            periods += machine.period is not None
    assert periods >= 20


@pytest.mark.parametrize("name", NAMES)
def test_what_was_recorded_adds_up_to_the_ledger(name):
    rng = random.Random(f"sums {name}")
    for _ in range(40):
        case = draw_live_case(rng, name)
        watch = Watch(EVERYTHING)
        machine = case.machine(watch=watch)
        for _ in machine.ops():
            pass
        found = Counter()
        for array, cause, start, end in rows(watch.window.waits):
            found[array, cause] += end - start
        arrays = [own for stage in machine.ledger.stages for own in stage.arrays]
        expected = {
            (place, cause): cycles
            for place, own in enumerate(arrays)
            for cause, cycles in enumerate((*own.stalled, own.idle))
            if cycles
        }
        assert found == expected
        assert len(CAUSES) == IDLE


@pytest.mark.parametrize("name", NAMES)
def test_a_window_holds_all_that_runs_and_nothing_that_does_not(name):
    rng = random.Random(f"content {name}")
    for _ in range(20):
        case = draw_live_case(rng, name)
        keys = {"rule": case.rule, "durations": case.durations, "total": case.total}
        keys |= {"arrivals": case.arrivals, "resources": case.resources, "ways": case.ways}
        ledger, whole = recorded(**keys)
        span = Span(rng.randrange(ledger.cycles), rng.randint(1, 20) + ledger.cycles)
        window = whole.window(span)
        assert (window.first, window.last) == (span.first, ledger.cycles)
        log = whole.short.log
        running = [row for row in rows(log) if row[4] > window.first and row[3] < window.last]
        assert rows(window.ops) == running


def test_stalls_that_meet_with_one_cause_are_one():
    flat = [1, 2, 5, 9, 0, 1, 3, 4, 0, 1, 4, 6, 0, 2, 6, 7, 0, 2, 8, 9, 1, 2, 0, 5]
    merged = WaitLog.from_flat(flat).merged()
    assert rows(merged) == [(0, 1, 3, 6), (0, 2, 6, 7), (0, 2, 8, 9), (1, 2, 0, 9)]
    assert rows(WaitLog.join(()).merged()) == []


def test_a_window_deep_in_a_run_of_a_thousand_million_samples_is_there_at_once():
    system = make_system(make_design({}))
    stretch = make_stretch(system, 1_000_000_000, record=True)
    middle = stretch.cycles // 2
    window = stretch.recording.window(Span(middle, middle + 1000))
    cycles = window.ops.end.clip(None, window.last) - window.ops.start.clip(window.first)
    busy = Counter()
    for stage, own in zip(window.ops.stage.tolist(), cycles.tolist(), strict=True):
        busy[stage] += own
    for array, _, start, end in rows(window.waits):
        busy[array] += end - start
    assert busy == {0: 1000, 1: 1000, 2: 1000}
    assert np.abs(window.ops.sample - 500_000_000).max() < 30


def test_cycles_past_the_end_and_too_many_ops_are_refused():
    system = make_system(make_design({}))
    recording = make_stretch(system, 1000, record=True).recording
    last = recording.cycles
    with pytest.raises(DesignError, match=f"the run ends with cycle {last - 1:,}$"):
        recording.window(Span(last, last + 1))
    watch = Watch(Span(last, last + 1))
    for _ in system.machine(1000, watch=watch).ops():
        pass
    with pytest.raises(DesignError, match=f"the run ends with cycle {last - 1:,}$"):
        _ = watch.window
    long = make_stretch(system, 1_000_000, record=True).recording
    with pytest.raises(DesignError, match="hold more than 200,000 ops: show fewer"):
        long.window(Span(0, 50_000_000))


def test_a_watch_that_sees_too_many_ops_lets_the_run_go_on(monkeypatch):
    monkeypatch.setattr("sim.watch.MOST", 50)
    monkeypatch.setattr("sim.window.MOST", 50)
    watch = Watch(Span(0, 10_000))
    machine = make_system(make_design({})).machine(100, watch=watch)
    assert sum(len(log) for log in machine.ops(16)) == len(OpLog.join(
        make_system(make_design({})).machine(100).ops()
    ))  # fmt: skip
    with pytest.raises(DesignError, match="hold more than 50 ops"):
        _ = watch.window


def test_a_window_is_not_there_before_the_end():
    watch = Watch()
    machine = make_system(make_design({})).machine(100, watch=watch)
    next(machine.ops(5))
    with pytest.raises(RuntimeError, match="the window is there when"):
        _ = watch.window
