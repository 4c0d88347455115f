"""Keeps a window of a run while it runs, in memory for the window alone."""

from collections.abc import Iterable

import numpy as np

from models.error import DesignError
from sim.ledger import Account
from sim.log import Column, OpLog
from sim.wait import WaitLog
from sim.window import MOST, Span, Window, least_seen, since

#: The span of a whole run, whatever it takes.
EVERYTHING = Span(0, None, int(np.iinfo(np.int64).max))


class Watch:
    """Takes the ops and stalls of a :class:`sim.machine.Machine` and keeps those of a span.

    Parameters
    ----------
    span
        The cycles to keep; by default the first few.
    """

    def __init__(self, span: Span | None = None) -> None:
        self.span = span or Span()
        self.last = self.span.last
        self._window: Window | DesignError | None = None
        self._stages, self._floor, self._count = 1, 0, 0
        self._seen: list[int] = []
        self._log: list[OpLog] = []
        self._waits: list[WaitLog] = []

    def attach(self, accounts: Iterable[tuple[int, Account]], stages: int) -> None:
        """Let the accounts of arrays, each with its bit, tell their stalls."""
        self._stages = stages
        for bit, account in accounts:
            account.seen, account.place = self._seen, bit.bit_length() - 1

    def feed(self, log: OpLog) -> None:
        """Take the next ops of the log, of which there is at least one."""
        first = self.span.first
        self._drain()
        if self.last is not None and log.start[0] >= self.last:
            return
        self._log.append(log)
        self._count += int((log.start >= first).sum())
        if log.start[-1] < first:
            self._forget(int(log.start[-1]))
        elif self._count > (self.span.few if self.span.last is None else MOST):
            starts = OpLog.join(self._log).start
            self.last = self._end(starts[starts >= first], None)

    def _drain(self) -> None:
        self._waits.append(WaitLog.from_flat(self._seen).within(self.span.first, self.last))
        self._seen.clear()

    def _forget(self, cycle: int) -> None:
        """Drop what no window after a cycle needs."""
        log = OpLog.join(self._log)
        self._floor = least_seen(log, self._stages, self._floor, cycle)
        self._log = [since(log, self._floor, cycle)]

    def _end(self, starts: Column, cycles: int | None) -> int:
        """Return the last cycle; the run goes on where there is none, and the window tells."""
        try:
            return self.span.end(starts, cycles)
        except DesignError as error:
            self._window = error
            return self.span.first

    def close(self, cycles: int) -> None:
        """End the run after so many cycles."""
        self._drain()
        log, first = OpLog.join(self._log), self.span.first
        last = self._end(log.start[log.start >= first], cycles)
        if self._window is not None:
            return
        floor = least_seen(log, self._stages, self._floor, first)
        log = since(log, floor, first)
        waits = WaitLog.join(self._waits).within(first, last).merged()
        self._window = Window(first, last, log[log.start < last], waits, floor)

    @property
    def window(self) -> Window:
        """The window; there when the run has ended.

        Raises
        ------
        DesignError
            See :meth:`sim.window.Span.end`.
        """
        if self._window is None:
            raise RuntimeError("the window is there when the last op has been taken from ops()")
        if isinstance(self._window, DesignError):
            raise self._window
        return self._window
