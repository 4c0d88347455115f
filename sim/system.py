"""The clocked system of a design: its rule and the cycles of its ops."""

from dataclasses import dataclass
from typing import Any

from models.design import Design
from models.length import machine_rule, machine_ways, op_lengths
from models.resource import Resources, machine_resources
from models.schedule import Rule
from models.tile import GridConfig, grid_config, learning_grid
from models.timing import stage_transfers
from models.way import Ways
from sim.durations import Durations
from sim.machine import Machine
from sim.period import PeriodicMachine
from sim.window import Span


@dataclass(frozen=True)
class System:
    """What the clock needs of a design; `grids` holds the tiles of each stage."""

    grids: tuple[GridConfig, ...]
    rule: Rule
    durations: Durations
    resources: Resources
    ways: Ways
    digital: tuple[int, ...]
    """Cycles of digital work in a vector's update, of each stage."""
    used_slots: bool
    """Whether the length of an update is known only when it starts (`slots = "used"`)."""
    retrying: bool
    """Whether the length of a read is known only when it starts (bound management)."""
    refresh_every: int | None = None
    """Updates between two refreshes of a tile's pairs, whose length is known only by then."""

    @property
    def coupled(self) -> bool:
        """Whether the clock needs the numbers to know an op's length."""
        return self.used_slots or self.retrying or self.refresh_every is not None

    def machine(self, total: int, **keywords: Any) -> Machine:
        """Return the machine, which trains on `total` samples; keywords as for :class:`Machine`."""
        keywords |= {"resources": self.resources, "ways": self.ways}
        return Machine(self.rule, self.durations, total, **keywords)

    def periodic(
        self, total: int, moments: int = 4096, span: Span | None = None
    ) -> PeriodicMachine:
        """Return the same machine, laid out from what repeats; see :class:`PeriodicMachine`."""
        own = (self.resources, self.ways, moments, span)
        return PeriodicMachine(self.rule, self.durations, total, *own)


def make_system(design: Design) -> System:
    """Return the clocked system.

    Its durations count an update of `slots = "used"` at its longest, but no repeated read and no
    refresh.
    """
    grids = tuple(grid_config(design, stage) for stage in range(design.stages))
    lengths, arrangement = op_lengths(design), design.arrangement
    durations = Durations(
        forward=lengths.forward,
        backward=lengths.backward,
        update=lengths.update,
        transfers=tuple(
            stage_transfers(learning_grid(design, stage), arrangement)
            for stage in range(design.stages)
        ),
        vectors=tuple(layer.errors for layer in design.parts),
        program=lengths.program if any(lengths.program) else (),
    )
    rule = machine_rule(design, lengths, durations.longest_work)
    return System(
        grids=grids,
        rule=rule,
        durations=durations,
        resources=machine_resources(design),
        ways=machine_ways(design, rule),
        digital=lengths.digital,
        used_slots=design.tile.update.slots == "used",
        retrying=design.tile.bound_management != "none",
        refresh_every=design.refresh_every,
    )
