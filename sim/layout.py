"""What repeats in a run, and how the long run is made of it."""

from dataclasses import dataclass

import numpy as np

from sim.durations import Durations
from sim.ledger import Counts, Ledger, SharedLedger
from sim.log import Column, OpLog


@dataclass(frozen=True)
class Moment:
    """The end of a cycle: samples started at the first stage, and what has been counted so far.

    `arrays`: stage after stage, array after array; `stale`: each stage's sum of staleness;
    `shared`: of shared resources.
    """

    cycle: int
    samples: int
    arrays: tuple[tuple[Counts, ...], ...]
    stale: tuple[int, ...]
    shared: tuple[SharedLedger, ...]


def _more(first: Counts, second: Counts, times: int) -> Counts:
    return tuple(times * (b - a) for a, b in zip(first, second, strict=True))


@dataclass(frozen=True)
class Period:
    """Two moments of equal state, and the samples of a shorter run that has both and the end."""

    first: Moment
    second: Moment
    short: int

    @property
    def samples(self) -> int:
        """Samples from one moment to the other, p."""
        return self.second.samples - self.first.samples

    @property
    def cycles(self) -> int:
        """Cycles from one moment to the other, T."""
        return self.second.cycle - self.first.cycle

    def ledger(self, short: Ledger, times: int) -> Ledger:
        """Return the ledger of a run `times` periods longer than that of the `short` run."""
        one, two = self.first, self.second
        stages = []
        for m, stage in enumerate(short.stages):
            pairs = zip(one.arrays[m], two.arrays[m], strict=True)
            counts = tuple(_more(*pair, times) for pair in pairs)
            stale = times * (two.stale[m] - one.stale[m])
            own = stage.longer(times * self.samples, stale, counts, times * self.cycles)
            stages.append(own)
        shared = tuple(
            SharedLedger(own.name, _sum(own.busy, _more(a.busy, b.busy, times)))
            for own, a, b in zip(short.shared, one.shared, two.shared, strict=True)
        )
        return Ledger(short.cycles + times * self.cycles, tuple(stages), shared)


def _sum(first: Counts, second: Counts) -> Counts:
    return tuple(a + b for a, b in zip(first, second, strict=True))


class Layout:
    """The op list of a long run: head, a body any number of times, tail; made where it is read.

    Parameters
    ----------
    short
        Ops of the shorter run.
    period
        Its two moments.
    times
        Bodies to put in beside the one that is there.
    transfers
        By how much the numbers of transfers at each stage grow in a sample.
    """

    def __init__(self, short: OpLog, period: Period, times: int, transfers: Column) -> None:
        moments = [period.first.cycle, period.second.cycle]
        head, body = (int(row) for row in np.searchsorted(short.start, moments, side="right"))
        self.period, self.times, self.transfers = period, times, transfers
        #: Cycles that the long run takes longer.
        self.longer = times * period.cycles
        self.head, self.body = short[:head], short[head:body]
        self.tail = short[body:].shift(times * period.samples, self.longer, transfers)
        self._end = head + (times + 1) * len(self.body)

    @classmethod
    def of(cls, short: OpLog, period: Period, total: int, durations: Durations) -> "Layout":
        """Return the layout of a run of `total` samples."""
        growth = [durations.transfer_growth(m) for m in range(durations.stages)]
        times = (total - period.short) // period.samples
        return cls(short, period, times, np.array(growth, np.int64))

    def __len__(self) -> int:
        return self._end + len(self.tail)

    def window(self, first: int, last: int) -> OpLog:
        """Return ops number `first` to `last` - 1."""
        head = len(self.head)
        middle = np.arange(max(first, head), min(last, self._end)) - head
        turn, place = np.divmod(middle, len(self.body))
        body = OpLog(*(column[place] for column in self.body.columns()))
        return OpLog.join(
            (
                self.head[first:last],
                body.shift(turn * self.period.samples, turn * self.period.cycles, self.transfers),
                self.tail[max(0, first - self._end) : max(0, last - self._end)],
            )
        )
