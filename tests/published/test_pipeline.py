"""Pipelines of equal analog stages: what a synchronous flush costs where every sample is updated.

Four stages, mini-batches of 8, F = B = 40 ns, pulses of 5 ns, U = 5 ns * BL; the first stage runs B
too. The unit-time bubble (M - 1) / (M + B - 1) of pipelines on processors promises 1.375 times for
the asynchronous schedule; rank-1 updates are not shared by a mini-batch, so it is less with BL.
"""

import numpy as np
import pytest

from models.schedule import Op, schedule_rule
from models.section import Schedule
from sim.analytic import fill_drain_cycles, period_bound, sequential_cycles
from sim.log import OpLog
from sim.machine import Durations
from sim.period import PeriodicMachine

M, N, READ, SLOT = 4, 8, 40, 5
#: BL: sequential, synchronous, asynchronous steady, for 8 samples; and how much faster async is.
TABLE = {
    1: (2720, 920, 680, 1.35),
    5: (3360, 1080, 840, 1.29),
    10: (4160, 1280, 1040, 1.23),
    31: (7520, 2120, 1880, 1.13),
}
#: BL: cycles a sample with at most 1 and 2 samples in flight; from 4 on it is F + B + U.
IN_FLIGHT = {1: (325, 165), 5: (345, 185), 10: (370, 210), 31: (475, 315)}


def durations(bl: int) -> Durations:
    return Durations((READ,) * M, (READ,) * M, (SLOT * bl,) * M)


def machine(bl: int, total: int, name: str, **keys) -> PeriodicMachine:
    rule = schedule_rule(Schedule(name=name, first_stage_backward=True, **keys), M)
    return PeriodicMachine(rule, durations(bl), total)


def finished(one: PeriodicMachine) -> OpLog:
    return OpLog.join(one.ops())


def period(one: PeriodicMachine) -> float:
    """Cycles a sample at the first stage's updates, in the middle of a run."""
    log = finished(one)
    starts = log.start[(log.stage == 0) & (log.op == Op.UPDATE)]
    half = len(starts) // 2
    return float(starts[half + N * 10] - starts[half]) / (N * 10)


@pytest.mark.parametrize("bl", TABLE)
def test_sequential_cycles_are_those_of_the_table(bl):
    one = machine(bl, N, "sequential")
    finished(one)
    assert one.cycles == sequential_cycles(one.rule, durations(bl), N) == TABLE[bl][0]


@pytest.mark.parametrize("bl", TABLE)
def test_synchronous_cycles_are_those_of_the_table(bl):
    one = machine(bl, N, "fill-drain", N=N)
    finished(one)
    assert one.cycles == fill_drain_cycles(one.rule, durations(bl)) == TABLE[bl][1]


@pytest.mark.parametrize("bl", TABLE)
def test_asynchronous_cycles_a_mini_batch_are_those_of_the_table(bl):
    one = machine(bl, 400, "async")
    found = period(one)
    assert found == period_bound(one.rule, durations(bl)) == TABLE[bl][2] / N
    assert round(TABLE[bl][1] / (N * found), 2) == TABLE[bl][3]


def test_the_bubble_of_unit_times_promises_more_the_longer_the_train():
    bubble = (M - 1) / (M + N - 1)
    assert round(bubble, 3) == 0.273
    promised = 1 / (1 - bubble)
    assert promised == pytest.approx(1.375)
    gains = [TABLE[bl][1] / TABLE[bl][2] for bl in TABLE]
    assert gains == sorted(gains, reverse=True)
    assert promised > max(gains)


@pytest.mark.parametrize("bl", IN_FLIGHT)
def test_few_samples_in_flight_leave_the_tiles_waiting(bl):
    for window, expected in zip((1, 2), IN_FLIGHT[bl], strict=True):
        assert period(machine(bl, 400, "async", W=(window,) * M)) == expected
    for window in (4, 6):
        assert period(machine(bl, 400, "async", W=(window,) * M)) == 2 * READ + SLOT * bl


def test_updates_served_last_starve_and_weights_grow_ever_staler():
    """B > F > U without a bound on waiting updates; with B > U > F staleness stays below M."""
    most = []
    for total in (100, 200):
        keys = {"priority": ("B", "F", "U"), "S": 10 * total, "Q": 10 * total, "W": M}
        one = machine(10, total, "async", **keys)
        finished(one)
        most.append(max(stage.staleness.most for stage in one.ledger.stages))
    calm = machine(10, 200, "async")
    finished(calm)
    assert [stage.staleness.most for stage in calm.ledger.stages] == [3, 2, 1, 0]
    log = finished(machine(10, 200, "async", **keys))
    update, forward = log.op == Op.UPDATE, log.op == Op.FORWARD
    waiting = [
        int((log.start[forward] < now).sum() - (log.start[update] < now).sum())
        for now in np.linspace(0, int(log.start[forward].max()), 5)
    ]
    assert waiting == sorted(waiting)
    assert waiting[-1] > 10 * M
