import random

import pytest

from models.schedule import Op, check_deadlock, schedule_rule
from models.section import Schedule
from sim.analytic import fill_drain_cycles, period_bound, sequential_cycles
from sim.durations import Durations
from sim.log import OpLog
from sim.machine import Machine
from tests.sim.machines import draw_durations, with_transfers
from tests.sim.oracle import Oracle


def cycles(rule, durations, total):
    machine = Machine(rule, durations, total)
    for _ in machine.ops():
        pass
    return machine.cycles


def draw_sequential(rng):
    """Durations, keys of the schedule and the longest credit return that costs nothing."""
    stages = rng.randint(1, 5)
    durations = draw_durations(rng, stages)
    link = tuple(rng.randint(0, 6) for _ in range(stages - 1))
    keys = {
        "name": "sequential",
        "first_stage_backward": rng.random() < 0.5,
        "link_cycles": link,
        "loss_cycles": rng.randint(0, 6),
    }
    round_trip = durations.update[0] + sum(link[:1])
    if keys["first_stage_backward"]:
        round_trip += durations.backward[0]
    to_loss = sum(durations.forward) + sum(link) + keys["loss_cycles"]
    return durations, keys, min(round_trip, to_loss)


def test_sequential_takes_the_sum_of_all_ops_and_ways():
    rng = random.Random(1)
    for _ in range(200):
        durations, keys, hidden = draw_sequential(rng)
        total, stages = rng.randint(2, 12), durations.stages
        for credit_return, late in ((0, 0), (hidden, 0), (hidden + 1, 1)):
            rule = schedule_rule(Schedule(**keys, credit_return_cycles=credit_return), stages)
            closed = sequential_cycles(rule, durations, total)
            if not late:
                assert cycles(rule, durations, total) == closed
            elif stages == 2:
                assert cycles(rule, durations, total) == closed + total - 1


def transfer_work(durations, m, k):
    """Cycles of the transfers that follow U of a sample at a stage."""
    count = durations.vectors[m]
    return sum(
        length
        for vector in range(k * count + 1, (k + 1) * count + 1)
        for every, length in durations.transfers[m]
        if vector % every == 0
    )


def test_sequential_transfers_run_while_the_sample_goes_on_and_hold_up_the_next():
    """An op of a sample starts at the end of the one before, or of the array's last transfer."""
    rng = random.Random(3)
    for _ in range(100):
        durations, keys, _ = draw_sequential(rng)
        durations, total = with_transfers(rng, durations), rng.randint(2, 30)
        rule = schedule_rule(Schedule(**keys), durations.stages)
        stages, free, now = range(durations.stages), [0] * durations.stages, 0
        for k in range(total):
            for m in stages:
                now = max(now, free[m]) + durations.forward[m]
                now += rule.loss if m == stages[-1] else rule.link[m]
            for m in reversed(stages):
                if m or rule.first_stage_backward:
                    now += durations.backward[m]
                now += durations.update[m]
                free[m] = now + transfer_work(durations, m, k)
                now += rule.link[m - 1] if m else 0
        assert cycles(rule, durations, total) == max(now, *free)


def test_the_transfers_of_one_stage_are_added_to_its_other_work():
    durations = Durations((5,), (4,), (3,), transfers=(((2, 7), (3, 20)),), vectors=(4,))
    rule = schedule_rule(Schedule(name="sequential", first_stage_backward=True), 1)
    assert cycles(rule, durations, 9) == 9 * 12 + 18 * 7 + 12 * 20


def test_one_mini_batch_of_fill_drain_takes_its_closed_form():
    rng = random.Random(2)
    for turn in range(400):
        stages, N = rng.randint(1, 5), rng.randint(1, 9)
        schedule = Schedule(name="fill-drain", N=N, first_stage_backward=rng.random() < 0.5)
        rule = schedule_rule(schedule, stages)
        d = draw_durations(rng, stages)
        expected = fill_drain_cycles(rule, d)
        assert cycles(rule, d, N) == expected
        if turn % 4 == 0:
            assert Oracle(rule, d.forward, d.backward, d.update, N).run().cycles == expected


def steady_period(rule, durations, total):
    """Cycles a sample between the first stage's U starts in the middle of a run."""
    log = OpLog.join(Machine(rule, durations, total).ops())
    starts = log.start[(log.stage == 0) & (log.op == Op.UPDATE)]
    return (starts[3 * total // 4] - starts[total // 4]) / (total // 2)


@pytest.mark.parametrize("first_stage_backward", [True, False])
@pytest.mark.parametrize("stages", range(1, 9))
def test_async_on_equal_stages_reaches_one_sample_for_each_f_b_u(stages, first_stage_backward):
    rng = random.Random(stages)
    schedule = Schedule(name="async", first_stage_backward=first_stage_backward)
    rule = schedule_rule(schedule, stages)
    for _ in range(5):
        F, B, U = (rng.randint(1, 30) for _ in range(3))
        durations = Durations((F,) * stages, (B,) * stages, (U,) * stages)
        if stages == 1 and not first_stage_backward:
            B = 0
        assert period_bound(rule, durations) == F + B + U
        assert steady_period(rule, durations, 100) == F + B + U


def test_no_schedule_beats_the_busiest_tile():
    rng = random.Random(4)
    reached = 0
    for name in ("fill-drain", "1f1b", "async", "zero-bubble", "lock-step", "sequential"):
        for _ in range(15):
            stages = rng.randint(1, 5)
            durations = draw_durations(rng, stages)
            keys = {"N": 4} if name in ("fill-drain", "1f1b") else {}
            if name == "1f1b":
                keys["first_stage_backward"] = True
            rule = schedule_rule(Schedule(name=name, **keys), stages, 40)
            check_deadlock(rule)
            bound = period_bound(rule, durations)
            assert cycles(rule, durations, 40) >= 40 * bound
            reached += steady_period(rule, durations, 80) == bound
    assert reached > 10
