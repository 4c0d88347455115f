"""Counters of a window against what is counted cycle by cycle over the whole log."""

import random
from bisect import bisect_right

import pytest

from models.schedule import Op
from sim.counter import held_d, held_x, spent, staleness
from sim.log import OpLog
from sim.recording import Recording
from sim.watch import EVERYTHING, Watch
from tests.sim.machines import NAMES, draw_live_case
from tests.sim.test_period import rows
from tests.sim.test_window import draw_span


def at(steps, cycle):
    """The value that holds in a cycle; None before the first."""
    place = bisect_right(steps[0], cycle)
    return steps[1][place - 1] if place else None


class Naive:
    """Rules R6 and R10 read off the whole log, one cycle at a time."""

    def __init__(self, rule, log):
        self.rule, self.rows, self.last = rule, rows(log), rule.stages - 1

    def started(self, stage, op, cycle):
        return sum(row[:2] == (stage, op) and row[3] <= cycle for row in self.rows)

    def updated(self, stage, cycle):
        ended = {r[2] for r in self.rows if r[:2] == (stage, Op.UPDATE) and r[4] <= cycle}
        count = 0
        while count in ended:
            count += 1
        return count

    def x(self, stage, cycle):
        return self.started(max(0, stage - 1), Op.FORWARD, cycle) - self.updated(stage, cycle)

    def d(self, stage, cycle):
        taken = (stage + 1, Op.BACKWARD) if stage < self.last else (stage, Op.FORWARD)
        return self.started(*taken, cycle) - self.updated(stage, cycle)

    def age(self, stage, cycle):
        backward = stage > 0 or self.rule.first_stage_backward
        second = Op.BACKWARD if backward else Op.UPDATE
        k = self.started(stage, second, cycle) - 1
        if k < 0:
            return None
        times = {r[1]: r[3] for r in self.rows if r[0] == stage and r[2] == k and r[1] <= 3}
        seen = self.updated(stage, times[second])
        if not backward and self.rule.N is not None:
            seen = min(seen, k - k % self.rule.N)
        return seen - self.updated(stage, times[Op.FORWARD])


@pytest.mark.parametrize("name", NAMES)
def test_staleness_and_stashes_are_those_of_the_rules_in_every_cycle(name):
    rng, known = random.Random(f"counter {name}"), 0
    for _ in range(12):
        case = draw_live_case(rng, name)
        watch = Watch(EVERYTHING)
        machine = case.machine(watch=watch)
        naive = Naive(case.rule, OpLog.join(machine.ops()))
        span = draw_span(rng, machine.cycles)
        window = Recording(watch.window, case.rule.stages).window(span)
        cycles = sorted(
            rng.sample(range(window.first, window.last), min(12, window.last - window.first))
        )
        for stage in range(case.rule.stages):
            x, d, age = (find(window, case.rule, stage) for find in (held_x, held_d, staleness))
            for steps in (x, d, age):
                assert steps[0] == sorted(set(steps[0]))
                assert all(a != b for a, b in zip(steps[1], steps[1][1:], strict=False))
            for cycle in cycles:
                assert at(x, cycle) == naive.x(stage, cycle)
                assert at(d, cycle) == naive.d(stage, cycle)
                found = at(age, cycle)
                known += found is not None
                if found is None:  # the last read is of a sample that left before the window
                    second = Op.BACKWARD if case.rule.first_stage_backward or stage else Op.UPDATE
                    gone = min(naive.updated(m, span.first) for m in range(case.rule.stages))
                    assert naive.started(stage, second, cycle) <= gone
                else:
                    assert found == naive.age(stage, cycle)
    assert known > 50


def test_energy_is_the_sum_over_ops_that_have_ended_since_the_window_began():
    rng = random.Random("spent")
    case = draw_live_case(rng, "async")
    watch = Watch(EVERYTHING)
    machine = case.machine(watch=watch)
    for _ in machine.ops():
        pass
    whole = Recording(watch.window, case.rule.stages)

    def joules(stage, op, number):
        return 100.0 * stage + 10.0 * op + number

    for _ in range(20):
        window = whole.window(draw_span(rng, machine.cycles))
        steps = spent(window, joules)
        for cycle in range(window.first, window.last + 1):
            ended = [r for r in rows(whole.short.log) if window.first < r[4] <= cycle]
            assert at(steps, cycle) == pytest.approx(sum(joules(*row[:3]) for row in ended))
