"""The clocked system of a design: its rule and the cycles of its ops."""

from dataclasses import dataclass

from models.design import Design
from models.schedule import Rule, schedule_rule
from models.tile import GridConfig, grid_config
from models.timing import (
    slot_cycles,
    stage_backward_cycles,
    stage_forward_cycles,
    stage_transfers,
    stage_update_cycles,
)
from sim.machine import Durations


@dataclass(frozen=True)
class System:
    """What the clock needs of a design; `grids` holds the tiles of each stage."""

    grids: tuple[GridConfig, ...]
    rule: Rule
    durations: Durations
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


def make_system(design: Design) -> System:
    """Return the clocked system.

    Its durations count an update of `slots = "used"` at its longest, but no repeated read and no
    refresh.
    """
    grids = tuple(grid_config(design, stage) for stage in range(design.stages))
    rule, arrangement = schedule_rule(design.schedule, design.stages), design.arrangement
    pulsed = arrangement.gradient is not None
    durations = Durations(
        forward=tuple(stage_forward_cycles(grid) for grid in grids),
        backward=tuple(stage_backward_cycles(grid) for grid in grids),
        update=tuple(stage_update_cycles(grid, pulsed=pulsed) for grid in grids),
        transfers=tuple(stage_transfers(grid, arrangement) for grid in grids),
    )
    lengths = list(
        zip(durations.forward, durations.backward, durations.longest_update, strict=True)
    )
    slot = slot_cycles(lengths, rule.link, rule.first_stage_backward)
    return System(
        grids=grids,
        rule=schedule_rule(design.schedule, design.stages, slot),
        durations=durations,
        used_slots=design.tile.update.slots == "used",
        retrying=design.tile.bound_management != "none",
        refresh_every=design.refresh_every,
    )
