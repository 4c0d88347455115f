"""What runs, and what stands still, in some cycles of a run."""

from dataclasses import dataclass

import numpy as np

from models.error import DesignError
from models.schedule import Op
from sim.log import Column, OpLog
from sim.wait import WaitLog

#: Ops of a sample.
SAMPLED = (int(Op.FORWARD), int(Op.BACKWARD), int(Op.UPDATE))
#: Ops that a window has room for, and those of one whose cycles are not given; of a timeline a
#: stage.
MOST, FEW, EACH = 200_000, 2000, 30


@dataclass(frozen=True)
class Span:
    """The cycles `first` to `last` - 1, or from `first` on as many as hold no more than `few` ops.

    The first is taken in any case.
    """

    first: int = 0
    last: int | None = None
    few: int = FEW

    def end(self, starts: Column, cycles: int | None) -> int:
        """Return the last cycle of a window, the run's last at the latest.

        Parameters
        ----------
        starts
            Of the ops that start from `first` on, in order; so many as the window may hold, or
            all.
        cycles
            Of the run; None where it goes on.

        Raises
        ------
        DesignError
            When the run ends before the first cycle, or the window holds too many ops.
        """
        if cycles is not None and cycles <= self.first:
            raise DesignError(
                f"no cycle {self.first:,} to show: the run ends with cycle {cycles - 1:,}"
            )
        last = self.last
        if last is None:
            more = len(starts) > self.few
            last = max(int(starts[self.few]), self.first + 1) if more else cycles
            assert last is not None
        elif len(starts) > MOST and starts[MOST] < last:
            raise DesignError(
                f"the cycles {self.first:,} to {last:,} hold more than {MOST:,} ops: show fewer"
            )
        return last if cycles is None else min(last, cycles)


def first_ops(stages: int) -> Span:
    """Return the first cycles, of a few ops a stage."""
    return Span(0, None, EACH * stages)


@dataclass(frozen=True)
class Window:
    """The cycles `first` to `last` - 1 of a run.

    Parameters
    ----------
    first, last
        The cycles.
    log
        All ops of samples from number `floor` on that started before `last`, and others that run
        in the window.
    waits
        Stalls of every array in these cycles.
    floor
        As many updates, or more, have ended at each stage by its F of every sample of which an op
        is still to start or to end in cycle `first`.
    """

    first: int
    last: int
    log: OpLog
    waits: WaitLog
    floor: int

    @property
    def ops(self) -> OpLog:
        """The ops that run in the window, whole."""
        return self.log[(self.log.end > self.first) & (self.log.start < self.last)]

    def starts(self, stage: int, op: int) -> Column:
        """Return the starts of an op at a stage, of the samples from `floor` on."""
        log = self.log
        found: Column = log.start[
            (log.stage == stage) & (log.op == op) & (log.sample >= self.floor)
        ]
        return found

    def updated(self, stage: int) -> Column:
        """Return the ends of U at a stage as they count, of the samples from `floor` on."""
        return counted_ends(self.log, stage, self.floor)


def empty_window(cycle: int) -> Window:
    """Return a window without cycles."""
    return Window(cycle, cycle, OpLog.join(()), WaitLog.join(()), 0)


def counted_ends(log: OpLog, stage: int, floor: int) -> Column:
    """Return when the ends of U of the samples from `floor` on count at a stage: in their order."""
    own = (log.stage == stage) & (log.op == Op.UPDATE) & (log.sample >= floor)
    found: Column = np.maximum.accumulate(log.end[own])
    return found


def least_updated(log: OpLog, stages: int, floor: int, cycle: int) -> int:
    """Return the fewest U ends that a stage counts by a cycle; `log` is whole from `floor` on."""
    return floor + min(
        int(np.searchsorted(counted_ends(log, stage, floor), cycle, side="right"))
        for stage in range(stages)
    )


def least_seen(log: OpLog, stages: int, floor: int, cycle: int) -> int:
    """Return the fewest U ends that F of a sample in flight in a cycle has seen at its stage.

    A sample is in flight until all its U's have ended; those whose F comes later see more.
    """
    oldest = least_updated(log, stages, floor, cycle)
    entry = log.start[(log.stage == 0) & (log.op == Op.FORWARD) & (log.sample == oldest)]
    entered = min(cycle, int(entry[0])) if len(entry) else cycle
    return least_updated(log, stages, floor, entered)


def since(log: OpLog, floor: int, cycle: int) -> OpLog:
    """Return the ops of samples from `floor` on, and those that still run in a cycle or later."""
    return log[(log.end > cycle) | (np.isin(log.op, SAMPLED) & (log.sample >= floor))]
