import random
from itertools import islice

import pytest

from models.design import make_design
from models.error import DesignError
from models.schedule import check_deadlock, schedule_rule
from models.section import Schedule
from sim.analytic import period_bound
from sim.durations import Durations
from sim.log import OpLog
from sim.machine import Machine
from sim.period import PeriodicMachine
from sim.system import make_system
from tests.sim.machines import NAMES, draw_case, draw_durations


def rows(log):
    return list(zip(*(column.tolist() for column in log.columns()), strict=True))


def assert_equal_to_every_event(rule, durations, total, chunk=1000, **keywords):
    """Compare with the machine; return whether a period was found."""
    machine = Machine(rule, durations, total, **keywords)
    laid_out = PeriodicMachine(rule, durations, total, **keywords)
    expected = rows(OpLog.join(machine.ops()))
    parts = list(laid_out.ops(chunk))
    assert all(len(part) == chunk for part in parts[:-1])
    assert rows(OpLog.join(parts)) == expected
    assert laid_out.ledger == machine.ledger
    assert laid_out.cycles == machine.cycles
    return laid_out.period is not None


def draw_long(rng, name, least, most):
    """A machine without deadlock, of constant arrivals."""
    while True:
        case, total = draw_case(rng, name), rng.randint(least, most)
        try:
            check_deadlock(case.rule, total)
        except DesignError:
            continue
        return {
            "rule": case.rule,
            "durations": case.durations,
            "total": total,
            "resources": case.resources,
            "ways": case.ways,
        }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_laid_out_equals_what_every_event_gives(name):
    rng = random.Random(f"period {name}")
    found = [
        assert_equal_to_every_event(**draw_long(rng, name, 200, 500), chunk=rng.randint(1, 3000))
        for _ in range(30)
    ]
    assert sum(found) >= 25


@pytest.mark.parametrize("name", NAMES)
def test_runs_too_short_for_much_repetition_are_exact_too(name):
    rng = random.Random(f"short {name}")
    found = [assert_equal_to_every_event(**draw_long(rng, name, 1, 60)) for _ in range(60)]
    assert 0 < sum(found) < 60


@pytest.mark.parametrize("name", ["1f1b", "async", "zero-bubble", "lock-step"])
def test_tokens_long_in_flight_are_part_of_the_state(name):
    rng = random.Random(f"flight {name}")
    for _ in range(30):
        stages, window = rng.randint(2, 3), rng.randint(2, 6)
        keys = {"W": window, "S": window + 1, "Q": window + 1}
        keys |= {"N": window} if name == "1f1b" else {}
        keys |= {"slot": rng.randint(3, 9)} if name == "lock-step" else {}
        schedule = Schedule(
            name=name,
            link_cycles=tuple(rng.randint(0, 40) for _ in range(stages - 1)),
            credit_return_cycles=rng.randint(0, 40),
            loss_cycles=rng.randint(0, 40),
            first_stage_backward=rng.random() < 0.5,
            **keys,
        )
        durations = draw_durations(rng, stages, longest=3)
        assert_equal_to_every_event(schedule_rule(schedule, stages), durations, 300)


def test_the_last_partial_mini_batch_is_exact_for_every_remainder():
    rng = random.Random(11)
    for name in ("fill-drain", "1f1b"):
        rule = schedule_rule(Schedule(name=name, N=5, link_cycles=1), 3)
        durations = draw_durations(rng, 3)
        assert all(assert_equal_to_every_event(rule, durations, total) for total in range(100, 106))


SLOW = Durations((9, 9), (8, 8), (5, 5))  # 22 cycles a sample


@pytest.mark.parametrize("arrival", [0, 1, 20, 21, 22, 23, 60])
def test_arrivals_slower_than_as_fast_as_or_faster_than_the_machine_are_exact(arrival):
    keys = {"arrival_cycles": arrival, "first_stage_backward": True}
    rule = schedule_rule(Schedule(name="async", **keys), 2)
    assert assert_equal_to_every_event(rule, SLOW, 900)


@pytest.mark.parametrize("slot", [1, 15, 21, 22, 23, 40])
def test_slots_too_short_long_enough_or_longer_are_exact(slot):
    keys = {"slot": slot, "first_stage_backward": True}
    rule = schedule_rule(Schedule(name="lock-step", **keys), 2)
    assert assert_equal_to_every_event(rule, SLOW, 900)


def test_a_clock_still_ahead_of_the_machine_lets_no_period_pass():
    """Arrivals a little faster than the machine: the backlog must outlast the shorter run first."""
    rule = schedule_rule(Schedule(name="async", first_stage_backward=True, arrival_cycles=21), 2)
    period = PeriodicMachine(rule, SLOW, 900).period
    assert period.cycles == 22 * period.samples
    assert 21 * period.short <= period.first.cycle


def test_a_machine_whose_first_b_waits_for_the_last_f_of_all_is_simulated():
    schedule = Schedule(name="async", hold=True, W=40, S=41, Q=41, first_stage_backward=True)
    rule = schedule_rule(schedule, 2)
    assert not assert_equal_to_every_event(rule, SLOW, 40)


def test_a_search_given_up_changes_nothing():
    rule = schedule_rule(Schedule(name="async"), 2)
    machine, given_up = Machine(rule, SLOW, 100), PeriodicMachine(rule, SLOW, 100, moments=0)
    assert given_up.period is None
    assert rows(OpLog.join(given_up.ops(7))) == rows(OpLog.join(machine.ops()))
    assert given_up.ledger == machine.ledger


def test_a_thousand_million_samples_begin_at_once_and_the_ledger_waits_for_the_last():
    rule = schedule_rule(Schedule(name="async", first_stage_backward=True), 2)
    machine = PeriodicMachine(rule, SLOW, 10**9)
    parts = list(islice(machine.ops(5000), 3))
    expected = OpLog.join(Machine(rule, SLOW, 5000).ops())
    assert rows(OpLog.join(parts)) == rows(expected[:15000])
    with pytest.raises(RuntimeError, match=r"^the ledger is closed when the last op"):
        _ = machine.ledger


def test_a_million_ops_keep_the_ledger_of_an_exact_count():
    rule = schedule_rule(Schedule(name="async", first_stage_backward=True), 2)
    machine, total = PeriodicMachine(rule, SLOW, 200_000), 200_000
    assert sum(len(part) for part in machine.ops()) == 6 * total
    assert [stage.busy for stage in machine.ledger.stages] == [22 * total, 22 * total]
    assert machine.ledger.stages[0].staleness.total == total - 1
    assert 0 <= machine.cycles - 22 * total < 100


def wide(stages, **keys):
    """The async schedule with windows of 2M everywhere, and room for them."""
    depth = 2 * stages + 3
    schedule = Schedule(name="async", W=2 * stages, S=depth, Q=depth, **keys)
    return schedule_rule(schedule, stages)


def relative_period(rule, durations):
    """Cycles of a period, and those its samples keep the busiest tile busy."""
    period = PeriodicMachine(rule, durations, 1_000_000).period
    return period.cycles, period.samples * period_bound(rule, durations)


def test_b_before_f_and_wide_windows_reach_the_busiest_tile_on_unequal_stages():
    rng = random.Random(5)
    for _ in range(60):
        durations = draw_durations(rng, rng.randint(1, 5))
        rule = wide(durations.stages, priority=("B", "F", "U"), P=2, first_stage_backward=True)
        cycles, bound = relative_period(rule, durations)
        assert cycles == bound


def test_windows_of_the_depth_reach_the_busiest_tile_only_on_some_unequal_stages():
    rng = random.Random(5)
    narrow, ample = [], []
    for _ in range(60):
        stages = rng.randint(2, 5)
        durations = draw_durations(rng, stages)
        depth = schedule_rule(Schedule(name="async", first_stage_backward=True), stages)
        narrow.append(relative_period(depth, durations))
        ample.append(relative_period(wide(stages, first_stage_backward=True), durations))
    assert all(cycles >= bound for cycles, bound in narrow + ample)
    reached = [sum(cycles == bound for cycles, bound in runs) for runs in (narrow, ample)]
    assert 0 < reached[0] < reached[1] < 60


def test_replicas_that_start_several_samples_at_once_are_laid_out_too():
    rule = {"name": "batched-agad", "replicas": 4}
    system = make_system(make_design({"algorithm": rule}))
    assert system.periodic(300).period is not None
    keys = {"resources": system.resources, "ways": system.ways}
    assert assert_equal_to_every_event(system.rule, system.durations, 300, **keys)
