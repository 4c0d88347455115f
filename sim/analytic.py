"""Closed forms for a machine's cycles; where one exists, the clock account must equal it."""

from models.schedule import Op, Rule
from sim.durations import Durations
from sim.system import System


def _backward(rule: Rule, durations: Durations) -> tuple[int, ...]:
    """Return B's cycles by stage, 0 where none is run."""
    first = durations.backward[0] if rule.first_stage_backward else 0
    return (first, *durations.backward[1:])


def _work(rule: Rule, durations: Durations) -> list[int]:
    """Return the cycles that one sample keeps each stage's tile busy."""
    columns = (durations.forward, _backward(rule, durations), durations.update)
    return [sum(stage) for stage in zip(*columns, strict=True)]


def has_closed_form(system: System) -> bool:
    """Whether :func:`sequential_cycles` tells the cycles of a machine under that schedule.

    Its samples must be there at once, its tokens and credits unhindered, its ops alone on the
    arrays, and no transfers due.
    """
    rule, durations = system.rule, system.durations
    hindered = rule.arrival or rule.credit_return or any(i for _, i in system.ways.forward)
    hindered = hindered or any(i for _, i in system.ways.backward) or system.ways.loss[1]
    alone = all(own.exclusive and len(own.forward) == 1 for own in system.resources.claims)
    apart = not system.resources.shared and not any(durations.transfers)
    return not hindered and alone and apart and not any(durations.program)


def sequential_cycles(rule: Rule, durations: Durations, total: int) -> int:
    """Return the exact cycles of the `sequential` schedule with all samples there at cycle 0.

    One sample after the other passes every F, the loss, every B and U, and each boundary twice.
    Holds while returned slots are there before they are asked for: `credit_return` is at most the
    way from the second stage's U to the next sample's first F, which is the first boundary and the
    first stage's B and U, and at most the way of a sample to its loss.
    """
    round_trip = 2 * sum(rule.link) + rule.loss
    return total * (sum(_work(rule, durations)) + round_trip)


def fill_drain_cycles(rule: Rule, durations: Durations) -> int:
    """Return the exact cycles of one `fill-drain` mini-batch of N samples, with no delay anywhere.

    The last F leaves the pipeline after sum F + (N-1) max F. Stage m has its last error when the
    mini-batch has passed B of the stages from m (or from m+1, where m runs no B) to the last, and
    then updates N times; the slowest stage sets the end.
    """
    assert rule.N is not None
    N, F, B = rule.N, durations.forward, _backward(rule, durations)
    ends = [sum(B[m:]) + (N - 1) * max(B[m:]) + N * durations.update[m] for m in range(rule.stages)]
    return sum(F) + (N - 1) * max(F) + max(ends)


def period_bound(rule: Rule, durations: Durations) -> int:
    """Return the fewest cycles a sample in steady state: the busiest tile's F + B + U.

    Transfers come on top. Where a stage has several arrays :func:`busiest_cycles` tells.
    """
    return max(_work(rule, durations))


def busiest_cycles(system: System, total: int) -> int:
    """Return the cycles for which the busiest array or shared unit is held in `total` samples."""
    held = [0] * len(system.resources.names)
    for m, claims in enumerate(system.resources.claims):
        for op, length in _ops(system, m):
            for view in range(len(claims.forward)):
                count = _samples_of(view, len(claims.forward), claims.batch, total)
                _hold(held, claims.mask(op, view), count * length)
        vectors = system.durations.vectors_of(m)
        for t, (every, length) in enumerate(system.durations.transfers_of(m)):
            _hold(held, claims.mask(Op.TRANSFER, t), total * vectors // every * length)
    return max(held)


def _ops(system: System, m: int) -> list[tuple[Op, int]]:
    durations = system.durations
    found = [(Op.FORWARD, durations.forward[m]), (Op.UPDATE, durations.update[m])]
    if m or system.rule.first_stage_backward:
        found.append((Op.BACKWARD, durations.backward[m]))
    return found


def _samples_of(view: int, views: int, batch: int, total: int) -> int:
    """Return how many of `total` samples pass through a view: those of each mini-batch in turn."""
    whole, rest = divmod(total, batch)
    return whole * len(range(view, batch, views)) + len(range(view, rest, views))


def _hold(held: list[int], mask: int, cycles: int) -> None:
    for place in range(len(held)):
        if mask >> place & 1:
            held[place] += cycles
