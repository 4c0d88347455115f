"""Where every cycle of every stage went, and how old its weights were."""

from dataclasses import dataclass
from typing import Any

from models.schedule import CAUSES

#: Cycles busy, sum of staleness, cycles stalled for each of :data:`models.schedule.CAUSES`.
Counts = tuple[int, ...]


class Account:
    """The running account of one stage; one entry of the ledger when it is closed."""

    __slots__ = ("busy", "cause", "finished", "least", "most", "reads", "since", "stale", "stalled")

    def __init__(self) -> None:
        self.busy = 0
        self.stalled = dict.fromkeys(CAUSES, 0)
        self.finished = 0
        self.reads = self.stale = self.least = self.most = 0
        self.cause: str | None = None
        self.since = 0

    def wait(self, cause: str, now: int) -> None:
        """Count the cycles from `now` on as stalled for `cause`, until :meth:`resume`."""
        self.cause, self.since = cause, now

    def resume(self, now: int) -> None:
        """End a stall before cycle `now`, if there is one."""
        if self.cause is not None:
            self.stalled[self.cause] += now - self.since
            self.cause = None

    def read(self, staleness: int) -> None:
        """Count one sample whose two reads saw weights `staleness` updates apart."""
        if not self.reads or staleness < self.least:
            self.least = staleness
        self.most = max(self.most, staleness)
        self.stale += staleness
        self.reads += 1

    def counts(self, now: int) -> Counts:
        """Return what has been counted before cycle `now`: busy, stale, and stalled by cause.

        An op that runs is counted as a whole.
        """
        stalled = dict(self.stalled)
        if self.cause is not None:
            stalled[self.cause] += now - self.since
        return (self.busy, self.stale, *stalled.values())

    def close(self, cycles: int) -> "StageLedger":
        """Return the entry of a machine of `cycles`; the stage is idle from its last end on."""
        return StageLedger(
            busy=self.busy,
            stalled=tuple(self.stalled.values()),
            idle=cycles - self.finished,
            staleness=Staleness(self.least, self.most, self.stale, self.reads),
        )


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
class StageLedger:
    """Cycles of one stage; `stalled` has one entry for each of :data:`models.schedule.CAUSES`."""

    busy: int
    stalled: tuple[int, ...]
    idle: int
    staleness: Staleness

    def longer(self, samples: int, counts: Counts) -> "StageLedger":
        """Return the entry after `samples` more of what has been seen, which count `counts`."""
        busy, stale, *stalled = counts
        s = self.staleness
        return StageLedger(
            busy=self.busy + busy,
            stalled=tuple(a + b for a, b in zip(self.stalled, stalled, strict=True)),
            idle=self.idle,
            staleness=Staleness(s.least, s.most, s.total + stale, s.reads + samples),
        )


@dataclass(frozen=True)
class Ledger:
    """Cycles of a machine, stage by stage; none may be lost or counted twice.

    Raises
    ------
    RuntimeError
        When busy + stalled + idle of a stage are not the machine's `cycles`.
    """

    cycles: int
    stages: tuple[StageLedger, ...]

    def __post_init__(self) -> None:
        for index, stage in enumerate(self.stages):
            stalled = sum(stage.stalled)
            if stage.busy + stalled + stage.idle != self.cycles:
                raise RuntimeError(
                    f"stage {index}: {stage.busy} busy + {stalled} stalled + {stage.idle} idle "
                    f"cycles are not the machine's {self.cycles}"
                )

    @property
    def density(self) -> float:
        """Share of all stage-cycles in which an op ran."""
        return sum(stage.busy for stage in self.stages) / (self.cycles * len(self.stages))

    def summary(self) -> dict[str, Any]:
        """Return the parts of `summary.json`: cycles, density, stalls by cause, idle, staleness."""
        by_stage = [dict(zip(CAUSES, stage.stalled, strict=True)) for stage in self.stages]
        return {
            "cycles": self.cycles,
            "density": self.density,
            "busy": [stage.busy for stage in self.stages],
            "stalled": {cause: sum(stage[cause] for stage in by_stage) for cause in CAUSES},
            "stalled_by_stage": by_stage,
            "idle": [stage.idle for stage in self.stages],
            "staleness": [
                {"min": s.staleness.least, "mean": s.staleness.mean, "max": s.staleness.most}
                for s in self.stages
            ],
        }
