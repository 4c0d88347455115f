"""Depths of the stashes that a run really needs, read off its log (rule R6)."""

import numpy as np

from models.schedule import Op, Rule
from sim.log import Column, OpLog

Depths = tuple[int, ...]


def _times(log: OpLog, stage: int, op: Op, column: Column) -> Column:
    """Return the times of an op at a stage, sample after sample."""
    found: Column = column[(log.stage == stage) & (log.op == op)]
    return found


def _most(reserved: Column, freed: Column) -> int:
    """Return the most samples held at once; a place freed in a cycle is there for that cycle."""
    free = np.searchsorted(freed, reserved, side="right")
    return int((np.arange(len(reserved)) + 1 - free).max())


def needed_depths(log: OpLog, rule: Rule) -> tuple[Depths, Depths]:
    """Return the least S and Q of each stage with which every op starts when it did.

    x of a stage is held from the start of F at the stage before (of its own at the first), d from
    the start of B at the stage after (of F at the last), both to the end of U; where a neighbour
    reserves the place, it learns `rule.credit_return` cycles later that it is free.
    """
    S, Q, last = [], [], rule.stages - 1
    for stage in range(rule.stages):
        freed = _times(log, stage, Op.UPDATE, log.end)
        told = freed + rule.credit_return
        own = _times(log, stage, Op.FORWARD, log.start)
        if stage == 0:
            S.append(_most(own, freed))
        else:
            S.append(_most(_times(log, stage - 1, Op.FORWARD, log.start), told))
        if stage == last:
            Q.append(_most(own, freed))
        else:
            Q.append(_most(_times(log, stage + 1, Op.BACKWARD, log.start), told))
    return tuple(S), tuple(Q)
