"""A window of a long run, taken out of one repetition wherever it lies."""

from dataclasses import dataclass

import numpy as np

from models.schedule import Op
from sim.layout import Layout, Period
from sim.period import PeriodicMachine
from sim.wait import WaitLog
from sim.window import MOST, Span, Window, least_updated, since


@dataclass(frozen=True)
class Recording:
    """All ops and stalls of a run; with a layout, of the short run that it repeats.

    Parameters
    ----------
    short
        The whole run, or the short one.
    stages
        Of the machine.
    layout
        How the run is made of the short one; None where it is that one.
    """

    short: Window
    stages: int
    layout: Layout | None = None

    @property
    def cycles(self) -> int:
        """Cycles of the run."""
        found = self.short.last
        return found if self.layout is None else found + self.layout.longer

    @property
    def _period(self) -> Period:
        assert self.layout is not None
        return self.layout.period

    def _turns(self, past: int, each: int) -> int:
        """Return the whole repetitions, `each` long, in what lies past the first moment."""
        return 0 if self.layout is None else min(max(0, past // each), self.layout.times)

    def _row(self, cycle: int) -> int:
        """Return the number of ops that start before a cycle."""
        turns, body = 0, 0
        if self.layout is not None:
            turns = self._turns(cycle - 1 - self._period.first.cycle, self._period.cycles)
            cycle, body = cycle - turns * self._period.cycles, len(self.layout.body)
        return int(np.searchsorted(self.short.log.start, cycle)) + turns * body

    def _floor(self, cycle: int) -> int:
        """Return the fewest updates that have ended at a stage by a cycle."""
        turns = 0
        if self.layout is not None:
            turns = self._turns(cycle - self._period.first.cycle, self._period.cycles)
            cycle -= turns * self._period.cycles
        more = turns * self._period.samples if turns else 0
        return least_updated(self.short.log, self.stages, 0, cycle) + more

    def _entry(self, sample: int) -> tuple[int, int] | None:
        """Return place and start of a sample's first op, F at the first stage; None if none is."""
        turns, body, later = 0, 0, 0
        if self.layout is not None:
            turns = self._turns(sample - self._period.first.samples, self._period.samples)
            sample, body = sample - turns * self._period.samples, len(self.layout.body)
            later = turns * self._period.cycles
        log = self.short.log
        rows = np.flatnonzero((log.stage == 0) & (log.op == Op.FORWARD))
        if sample >= len(rows):
            return None
        row = int(rows[sample])
        return row + turns * body, int(log.start[row]) + later

    def _least_seen(self, cycle: int) -> int:
        """Return the fewest U ends that F of a sample in flight in a cycle has seen."""
        entry = self._entry(self._floor(cycle))
        return self._floor(cycle if entry is None else min(cycle, entry[1]))

    def _waits(self, first: int, last: int) -> WaitLog:
        waits = self.short.waits
        if self.layout is None:
            return waits.within(first, last).merged()
        start, end = self._period.first.cycle, self._period.second.cycle
        turns = np.arange(
            self._turns(first - start, self._period.cycles),
            self._turns(last - start, self._period.cycles) + 1,
        )
        parts = (
            waits.within(0, start),
            waits.within(start, end).repeated(turns * self._period.cycles),
            waits.within(end, None).repeated(np.array([self.layout.longer])),
        )
        return WaitLog.join(parts).within(first, last).merged()

    def window(self, span: Span) -> Window:
        """Return the window of a span, in the time that it takes by itself.

        Raises
        ------
        DesignError
            See :meth:`sim.window.Span.end`.
        """
        first, log = min(span.first, self.cycles), self.short.log
        longest = int((log.end - log.start).max())
        row, floor = self._row(first), self._least_seen(first)
        room = row + 1 + (span.few if span.last is None else MOST)
        stop = room if span.last is None else min(room, self._row(min(span.last, self.cycles)))
        entry = self._entry(floor)
        begin = min(row if entry is None else entry[0], self._row(first - longest))
        own = log[begin:stop] if self.layout is None else self.layout.window(begin, stop)
        last = span.end(own.start[row - begin :], self.cycles)
        own = since(own, floor, first)
        return Window(first, last, own[own.start < last], self._waits(first, last), floor)


def window_of(machine: PeriodicMachine) -> Window:
    """Return the window of a machine's span; there when its ops have been taken.

    Raises
    ------
    DesignError
        See :meth:`sim.window.Span.end`.
    """
    assert machine.watch is not None
    assert machine.span is not None
    if machine.layout is None:
        return machine.watch.window
    recording = Recording(machine.watch.window, machine.rule.stages, machine.layout)
    return recording.window(machine.span)
