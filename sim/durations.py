"""Clock cycles of a machine's ops."""

from dataclasses import dataclass
from math import gcd, lcm

from models.transfer.due import due


@dataclass(frozen=True)
class Durations:
    """Clock cycles of each op, one entry a stage, all at least 1.

    The first stage's `backward` counts only with `first_stage_backward`. `transfers`: for each
    stage pairs of the updates between two of a transfer and the cycles of one; none by default. A
    sample is `vectors` updates of a stage, by default one. `program`: cycles in which the arrays
    are written before the first op; none by default.
    """

    forward: tuple[int, ...]
    backward: tuple[int, ...]
    update: tuple[int, ...]
    transfers: tuple[tuple[tuple[int, int], ...], ...] = ()
    vectors: tuple[int, ...] = ()
    program: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("forward", "backward", "update"):
            if min(getattr(self, name)) < 1:
                raise ValueError(f"durations: every {name} takes at least one cycle")
        if not len(self.forward) == len(self.backward) == len(self.update):
            raise ValueError("durations: give forward, backward and update one entry a stage")

    @property
    def stages(self) -> int:
        """Number of stages M."""
        return len(self.forward)

    @property
    def recurrence(self) -> int:
        """Samples after which the transfers that are due repeat."""
        found = 1
        for stage in range(self.stages):
            for every, _ in self.transfers_of(stage):
                found = lcm(found, every // gcd(every, self.vectors_of(stage)))
        return found

    def vectors_of(self, stage: int) -> int:
        """Return the updates of a sample."""
        return self.vectors[stage] if self.vectors else 1

    def transfers_of(self, stage: int) -> tuple[tuple[int, int], ...]:
        """Return the transfers of a stage."""
        return self.transfers[stage] if self.transfers else ()

    def transfer_growth(self, stage: int) -> int:
        """Return by how much the numbers of transfers grow in a sample."""
        return self.vectors_of(stage) * len(self.transfers_of(stage))

    def due(self, stage: int, sample: int) -> list[int]:
        """Return the transfers that follow U of a sample (:func:`models.transfer.due.due`)."""
        own, count = self.transfers_of(stage), self.vectors_of(stage)
        return due([every for every, _ in own], count, sample)

    @property
    def longest_work(self) -> tuple[int, ...]:
        """Return the most cycles of U at each stage with the transfers due after it."""
        return tuple(
            cycles
            + sum(
                length * -(-self.vectors_of(stage) // every)
                for every, length in self.transfers_of(stage)
            )
            for stage, cycles in enumerate(self.update)
        )
