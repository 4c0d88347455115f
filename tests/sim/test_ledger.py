import random

import pytest

from models.schedule import CAUSES, schedule_rule
from models.section import Schedule
from sim.durations import Durations
from sim.ledger import ArrayLedger, Ledger, StageLedger, Staleness
from sim.machine import Machine
from tests.sim.machines import draw_durations


def run(rule, durations, total):
    machine = Machine(rule, durations, total)
    for _ in machine.ops():
        pass
    return machine.ledger


def test_a_lost_cycle_is_refused_with_its_numbers():
    ages, stalled = Staleness(0, 0, 0, 1), (1, 0, 2, *(0,) * (len(CAUSES) - 3))
    first = ArrayLedger((2, 0, 3, 0, 0), stalled, 1)
    assert Ledger(9, (StageLedger((first, first), ages),)).density == 5 / 9
    message = r"^stage 1, array 1: 5 busy \+ 3 stalled \+ 1 idle cycles are not the machine's 10$"
    whole = ArrayLedger((10, 0, 0, 0, 0), (0,) * len(CAUSES), 0)
    with pytest.raises(RuntimeError, match=message):
        Ledger(10, (StageLedger((whole,), ages), StageLedger((whole, first), ages)))


def test_a_sequential_machine_is_summed_up_by_hand():
    rule = schedule_rule(Schedule(name="sequential", loss_cycles=1), 2)
    ledger = run(rule, Durations((3, 4), (9, 5), (2, 6)), 2)
    # Stage 0: F 0-3 and 21-24, U 19-21 and 40-42. Stage 1: F 3-7, B 8-13, U 13-19, and 21 later.
    assert ledger.summary() == {
        "cycles": 42,
        "density": (10 + 30) / 84,
        "arrays": [1, 1],
        "busy": [10, 30],
        "busy_by_op": [
            {"F": 6, "B": 0, "U": 4, "T": 0, "P": 0},
            {"F": 8, "B": 10, "U": 12, "T": 0, "P": 0},
        ],
        "stalled": dict.fromkeys(CAUSES, 0) | {"input": 32 + 10},
        "stalled_by_stage": [
            dict.fromkeys(CAUSES, 0) | {"input": 32},
            dict.fromkeys(CAUSES, 0) | {"input": 10},
        ],
        "idle": [0, 2],
        "staleness": [{"min": 0, "mean": 0.0, "max": 0}] * 2,
    }


def test_the_mean_staleness_is_the_exact_sum_over_the_samples():
    rule = schedule_rule(Schedule(name="async", first_stage_backward=True), 3)
    ledger = run(rule, Durations((4,) * 3, (4,) * 3, (4,) * 3), 10)
    first, second, third = ledger.summary()["staleness"]
    assert first == {"min": 0, "mean": (0 + 1 + 2 * 8) / 10, "max": 2}
    assert second == {"min": 0, "mean": 9 / 10, "max": 1}
    assert third == {"min": 0, "mean": 0.0, "max": 0}


def largest(rule, durations):
    return [stage.staleness.most for stage in run(rule, durations, 40).stages]


@pytest.mark.parametrize("first_stage_backward", [True, False])
@pytest.mark.parametrize("name", ["sequential", "fill-drain", "1f1b"])
def test_synchronous_schedules_read_the_weights_of_one_update_count(name, first_stage_backward):
    rng = random.Random(name)
    for _ in range(10):
        stages = rng.randint(1, 5)
        keys = {"first_stage_backward": first_stage_backward, "credit_return_cycles": 2}
        rule = schedule_rule(Schedule(name=name, link_cycles=3, **keys), stages)
        assert largest(rule, draw_durations(rng, stages)) == [0] * stages


@pytest.mark.parametrize("first_stage_backward", [True, False])
@pytest.mark.parametrize("name", ["async", "zero-bubble"])
def test_asynchronous_staleness_is_bounded_by_the_windows(name, first_stage_backward):
    rng = random.Random(name)
    seen = set()
    for _ in range(40):
        stages = rng.randint(1, 5)
        keys = {"first_stage_backward": first_stage_backward}
        keys["credit_return_cycles"] = rng.randint(0, 5)
        rule = schedule_rule(Schedule(name=name, link_cycles=rng.randint(0, 5), **keys), stages)
        found = largest(rule, draw_durations(rng, stages))
        for W, P, staleness in zip(rule.W, rule.P, found, strict=True):
            assert staleness <= W - 1 + (P or 0)
            seen.add(W - 1 + (P or 0) - staleness)
    assert (0 in seen) == (name == "async"), seen


def test_a_first_stage_without_b_is_bounded_by_its_stash_instead_of_p():
    rng = random.Random(8)
    for _ in range(40):
        stages = rng.randint(1, 4)
        rule = schedule_rule(Schedule(name="zero-bubble", S=9, Q=9), stages)
        assert largest(rule, draw_durations(rng, stages))[0] <= 9 - 1


@pytest.mark.parametrize("first_stage_backward", [True, False])
def test_lock_step_staleness_is_bounded_by_the_way_to_the_end_and_back(first_stage_backward):
    rng = random.Random(7)
    for _ in range(40):
        stages = rng.randint(1, 5)
        durations = draw_durations(rng, stages)
        columns = (durations.forward, durations.backward, durations.update)
        link = rng.randint(0, 6)
        rule = schedule_rule(
            Schedule(
                name="lock-step",
                slot=max(sum(stage) for stage in zip(*columns, strict=True)) + link,
                link_cycles=link,
                first_stage_backward=first_stage_backward,
            ),
            stages,
        )
        for m, staleness in enumerate(largest(rule, durations), 1):
            assert staleness <= 2 * (stages - m)
