"""The clocked system of a design: its rule and the cycles of its ops."""

from dataclasses import dataclass

from models.design import Design
from models.schedule import Rule, schedule_rule
from models.tile import TileConfig, tile_config
from models.timing import backward_cycles, forward_cycles, slot_cycles, update_cycles
from sim.machine import Durations


@dataclass(frozen=True)
class System:
    """What the clock needs of a design; `configs` holds one tile a stage."""

    configs: tuple[TileConfig, ...]
    rule: Rule
    durations: Durations
    used_slots: bool
    """Whether the length of an update is known only when it starts (`slots = "used"`)."""
    retrying: bool
    """Whether the length of a read is known only when it starts (bound management)."""

    @property
    def coupled(self) -> bool:
        """Whether the clock needs the numbers to know an op's length."""
        return self.used_slots or self.retrying


def make_system(design: Design) -> System:
    """Return the clocked system.

    Its durations count an update of `slots = "used"` at its longest and no repeated read.
    """
    configs = tuple(tile_config(design, stage) for stage in range(design.stages))
    rule = schedule_rule(design.schedule, design.stages)
    slot = slot_cycles(configs, rule.link, rule.first_stage_backward)
    return System(
        configs=configs,
        rule=schedule_rule(design.schedule, design.stages, slot),
        durations=Durations(
            forward=tuple(forward_cycles(c) for c in configs),
            backward=tuple(backward_cycles(c) for c in configs),
            update=tuple(update_cycles(c) for c in configs),
        ),
        used_slots=design.tile.update.slots == "used",
        retrying=design.tile.bound_management != "none",
    )
