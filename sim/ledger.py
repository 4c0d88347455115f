"""Where every cycle of every array went, what shared units did, and how old the weights were."""

from dataclasses import dataclass
from typing import Any

from models.schedule import CAUSES, Op

#: Ops that keep a resource busy, in the order of its counts.
OPS = (Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.TRANSFER, Op.PROGRAM)
#: Letters of the ops in reports.
LETTERS = ("F", "B", "U", "T", "P")
_CODES = max(OPS) + 1
_CAUSE = {cause: place for place, cause in enumerate(CAUSES)}

#: Cycles busy for each of :data:`OPS`, then stalled for each of :data:`models.schedule.CAUSES`.
Counts = tuple[int, ...]


class Account:
    """The running account of one array; one entry of the ledger when it is closed."""

    __slots__ = ("busy", "cause", "finished", "place", "seen", "since", "stalled")

    def __init__(self) -> None:
        self.busy = [0] * _CODES
        self.stalled = [0] * len(CAUSES)
        self.finished = 0
        self.cause: str | None = None
        self.since = 0
        #: Flat list of stalls that is written along (:class:`sim.wait.WaitLog`), and the array.
        self.seen: list[int] | None = None
        self.place = 0

    def wait(self, cause: str, now: int) -> None:
        """Count the cycles from `now` on as stalled for `cause`, until :meth:`resume`."""
        self.cause, self.since = cause, now

    def resume(self, now: int) -> None:
        """End a stall before cycle `now`, if there is one."""
        if self.cause is not None:
            place = _CAUSE[self.cause]
            self.stalled[place] += now - self.since
            self.cause = None
            if self.seen is not None:
                self.seen += (self.place, place, self.since, now)

    def counts(self, now: int) -> Counts:
        """Return what has been counted before cycle `now`.

        An op that runs is counted as a whole.
        """
        stalled = list(self.stalled)
        if self.cause is not None:
            stalled[_CAUSE[self.cause]] += now - self.since
        return (*(self.busy[op] for op in OPS), *stalled)

    def close(self, cycles: int) -> "ArrayLedger":
        """Return the entry of a machine of `cycles`; the array is idle from its last end on."""
        self.resume(cycles)
        if self.seen is not None:
            self.seen += (self.place, len(CAUSES), self.finished, cycles)
        counts = self.counts(cycles)
        return ArrayLedger(counts[: len(OPS)], counts[len(OPS) :], cycles - self.finished)


class Ages:
    """The running account of a stage's staleness."""

    __slots__ = ("least", "most", "reads", "total")

    def __init__(self) -> None:
        self.reads = self.total = self.least = self.most = 0

    def read(self, staleness: int) -> None:
        """Count one sample whose two reads saw weights `staleness` updates apart."""
        if not self.reads or staleness < self.least:
            self.least = staleness
        self.most = max(self.most, staleness)
        self.total += staleness
        self.reads += 1

    def close(self) -> "Staleness":
        """Return the entry of the ledger."""
        return Staleness(self.least, self.most, self.total, self.reads)


@dataclass(frozen=True)
class Staleness:
    """Weight updates between a sample's F start and B start at one stage, over `reads` samples.

    The first stage, where it runs no B, counts up to the start of U (:class:`sim.stage.Stage`).
    """

    least: int
    most: int
    total: int
    reads: int

    @property
    def mean(self) -> float:
        """Average over the samples."""
        return self.total / self.reads


@dataclass(frozen=True)
class ArrayLedger:
    """Cycles of one array: busy by :data:`OPS`, stalled by cause, idle with nothing left to do."""

    busy: tuple[int, ...]
    stalled: tuple[int, ...]
    idle: int

    @property
    def cycles(self) -> int:
        """All of them."""
        return sum(self.busy) + sum(self.stalled) + self.idle

    def longer(self, counts: Counts, cycles: int) -> "ArrayLedger":
        """Return the entry after `counts` more in so many cycles; an array without work is idle."""
        both = zip((*self.busy, *self.stalled), counts, strict=True)
        found = tuple(a + b for a, b in both)
        idle = self.idle + cycles - sum(counts)
        return ArrayLedger(found[: len(OPS)], found[len(OPS) :], idle)


@dataclass(frozen=True)
class StageLedger:
    """The arrays of one stage, and its staleness; cycles of all arrays are summed up."""

    arrays: tuple[ArrayLedger, ...]
    staleness: Staleness

    @property
    def busy(self) -> int:
        """Cycles in which an op ran."""
        return sum(self.busy_by_op)

    @property
    def busy_by_op(self) -> tuple[int, ...]:
        """The same for each of :data:`OPS`."""
        return tuple(map(sum, zip(*(array.busy for array in self.arrays), strict=True)))

    @property
    def stalled(self) -> tuple[int, ...]:
        """Cycles stalled for each of :data:`models.schedule.CAUSES`."""
        return tuple(map(sum, zip(*(array.stalled for array in self.arrays), strict=True)))

    @property
    def idle(self) -> int:
        """Cycles with nothing left to do."""
        return sum(array.idle for array in self.arrays)

    def longer(
        self, samples: int, stale: int, counts: tuple[Counts, ...], cycles: int
    ) -> "StageLedger":
        """Return the entry after so many more, which count `counts` on each array."""
        s, pairs = self.staleness, zip(self.arrays, counts, strict=True)
        return StageLedger(
            tuple(array.longer(more, cycles) for array, more in pairs),
            Staleness(s.least, s.most, s.total + stale, s.reads + samples),
        )


@dataclass(frozen=True)
class SharedLedger:
    """Cycles of an ADC bank or a digital unit that stages share: busy by :data:`OPS`."""

    name: str
    busy: tuple[int, ...]


@dataclass(frozen=True)
class Ledger:
    """Cycles of a machine, stage by stage; none may be lost or counted twice.

    Raises
    ------
    RuntimeError
        When busy + stalled + idle of an array are not the machine's `cycles`.
    """

    cycles: int
    stages: tuple[StageLedger, ...]
    shared: tuple[SharedLedger, ...] = ()

    def __post_init__(self) -> None:
        for index, stage in enumerate(self.stages):
            for number, array in enumerate(stage.arrays):
                if array.cycles != self.cycles:
                    raise RuntimeError(
                        f"stage {index}, array {number}: {sum(array.busy)} busy + "
                        f"{sum(array.stalled)} stalled + {array.idle} idle cycles are not the "
                        f"machine's {self.cycles}"
                    )

    @property
    def arrays(self) -> int:
        """Number of arrays of all stages."""
        return sum(len(stage.arrays) for stage in self.stages)

    @property
    def density(self) -> float:
        """Share of all arrays' cycles in which an op ran."""
        return sum(stage.busy for stage in self.stages) / (self.cycles * self.arrays)

    def summary(self) -> dict[str, Any]:
        """Return the parts of `summary.json`: cycles, density, stalls by cause, idle, staleness.

        Cycles of a stage are summed up over its arrays.
        """
        by_stage = [dict(zip(CAUSES, stage.stalled, strict=True)) for stage in self.stages]
        found = {
            "cycles": self.cycles,
            "density": self.density,
            "arrays": [len(stage.arrays) for stage in self.stages],
            "busy": [stage.busy for stage in self.stages],
            "busy_by_op": [
                dict(zip(LETTERS, stage.busy_by_op, strict=True)) for stage in self.stages
            ],
            "stalled": {cause: sum(stage[cause] for stage in by_stage) for cause in CAUSES},
            "stalled_by_stage": by_stage,
            "idle": [stage.idle for stage in self.stages],
            "staleness": [
                {"min": s.staleness.least, "mean": s.staleness.mean, "max": s.staleness.most}
                for s in self.stages
            ],
        }
        if self.shared:
            found["shared"] = {
                one.name: dict(zip(LETTERS, one.busy, strict=True)) for one in self.shared
            }
        return found
