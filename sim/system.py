"""The clocked system of a design: its rule and the cycles of its ops."""

from dataclasses import dataclass

from models.design import Design
from models.schedule import Rule, schedule_rule
from models.tile import GridConfig, grid_config
from models.timing import (
    sample_cycles,
    slot_cycles,
    stage_transfers,
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
    lengths = list(zip(forward, backward, durations.longest_update, strict=True))
    slot = slot_cycles(lengths, rule.link, rule.first_stage_backward)
    return System(
        grids=grids,
        rule=schedule_rule(design.schedule, design.stages, slot),
        durations=durations,
        used_slots=design.tile.update.slots == "used",
        retrying=design.tile.bound_management != "none",
        refresh_every=design.refresh_every,
    )
