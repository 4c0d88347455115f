"""The clocked system of a design: its rule and the cycles of its ops."""

from dataclasses import dataclass
from typing import Any

from models.design import Design
from models.resource import Resources, machine_resources
from models.schedule import Rule, schedule_rule
from models.tile import GridConfig, grid_config
from models.timing import (
    sample_cycles,
    slot_cycles,
    stage_transfers,
)
from sim.durations import Durations, Ways
from sim.machine import Machine
from sim.period import PeriodicMachine


@dataclass(frozen=True)
class System:
    """What the clock needs of a design; `grids` holds the tiles of each stage."""

    grids: tuple[GridConfig, ...]
    rule: Rule
    durations: Durations
    resources: Resources
    ways: Ways
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

    def periodic(self, total: int) -> PeriodicMachine:
        """Return the same machine, laid out from what repeats."""
        return PeriodicMachine(self.rule, self.durations, total, self.resources, self.ways)


def make_system(design: Design) -> System:
    """Return the clocked system.

    Its durations count an update of `slots = "used"` at its longest, but no repeated read and no
    refresh.
    """
    grids = tuple(grid_config(design, stage) for stage in range(design.stages))
    rule, arrangement = schedule_rule(design.schedule, design.stages), design.arrangement
    pulsed = not arrangement.collects
    forward, backward, update = zip(
        *(
            sample_cycles(grid, layer.reads, layer.errors, pulsed)
            for grid, layer in zip(grids, design.parts, strict=True)
        ),
        strict=True,
    )
    durations = Durations(
        forward=forward,
        backward=backward,
        update=update,
        transfers=tuple(stage_transfers(grid, arrangement) for grid in grids),
        vectors=tuple(layer.errors for layer in design.parts),
    )
    lengths = list(zip(forward, backward, durations.longest_work, strict=True))
    slot = slot_cycles(lengths, rule.link, rule.first_stage_backward)
    return System(
        grids=grids,
        rule=schedule_rule(design.schedule, design.stages, slot),
        durations=durations,
        resources=machine_resources(design),
        ways=Ways.of(rule),
        used_slots=design.tile.update.slots == "used",
        retrying=design.tile.bound_management != "none",
        refresh_every=design.refresh_every,
    )
