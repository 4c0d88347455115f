"""Staleness, stashes and energy over a window: values with the cycles they hold from."""

from collections.abc import Callable

import numpy as np

from models.schedule import Op, Rule
from sim.log import Column
from sim.window import Window, least_updated

#: Cycles, increasing, and what holds from each of them on.
Steps = tuple[list[int], list[float]]


def _changes(cycles: Column, values: Column) -> Steps:
    """Return steps without those that change nothing."""
    new = np.ones(len(values), np.bool_)
    new[1:] = values[1:] != values[:-1]
    return cycles[new].tolist(), values[new].tolist()


def _held(window: Window, taken: Column, freed: Column) -> Steps:
    """Return the slots held: `taken` and `freed` are cycles, sample after sample."""
    ends = np.concatenate((taken, freed))
    inside = ends[(ends > window.first) & (ends < window.last)]
    cycles = np.unique(np.append(inside, window.first))
    held = np.searchsorted(taken, cycles, side="right") - np.searchsorted(
        freed, cycles, side="right"
    )
    return _changes(cycles, held)


def held_x(window: Window, rule: Rule, stage: int) -> Steps:
    """Return the x slots of a stage that are held, by rule R6."""
    del rule
    taken = window.starts(max(0, stage - 1), Op.FORWARD)
    return _held(window, taken, window.updated(stage))


def held_d(window: Window, rule: Rule, stage: int) -> Steps:
    """Return the d slots of a stage that are held, by rule R6."""
    last = stage == rule.stages - 1
    taken = window.starts(stage, Op.FORWARD) if last else window.starts(stage + 1, Op.BACKWARD)
    return _held(window, taken, window.updated(stage))


def staleness(window: Window, rule: Rule, stage: int) -> Steps:
    """Return the staleness of a stage's last sample, from its second read on (rule R10).

    Of samples that all stages had done with when the window began nothing is known.
    """
    backward = stage > 0 or rule.first_stage_backward
    ends = window.updated(stage)
    reads = window.starts(stage, Op.BACKWARD if backward else Op.UPDATE)
    first = np.searchsorted(ends, window.starts(stage, Op.FORWARD)[: len(reads)], side="right")
    second = np.searchsorted(ends, reads, side="right")
    if not backward and rule.N is not None:
        sample = np.arange(len(reads)) + window.floor
        second = np.minimum(second, sample - sample % rule.N - window.floor)
    oldest = least_updated(window.log, rule.stages, window.floor, window.first)
    known = slice(oldest - window.floor, None)
    cycles, ages = np.maximum(reads, window.first)[known], (second - first)[known]
    last = np.append(cycles[1:] != cycles[:-1], np.ones(min(1, len(cycles)), np.bool_))
    return _changes(cycles[last], ages[last])


def spent(window: Window, joules: Callable[[int, int, int], float]) -> Steps:
    """Return the joules of the ops that have ended since the window began.

    `joules` is asked with stage, op and number.
    """
    ops = window.ops
    inside = ops[ops.end <= window.last]
    rows = zip(*(column.tolist() for column in inside.columns()[:3]), strict=True)
    each = np.array([0.0, *(joules(*row) for row in rows)])
    cycles, place = np.unique(np.append(window.first, inside.end), return_inverse=True)
    sums = np.zeros(len(cycles))
    np.add.at(sums, place, each)
    return _changes(cycles, np.cumsum(sums))
