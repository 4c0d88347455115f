"""What an accelerator is built from: its rule, its ways, and the units of each stage."""

from dataclasses import dataclass, replace

from models.design import Design
from models.error import DesignError
from models.length import machine_rule, machine_ways, op_lengths
from models.resource import machine_resources
from models.schedule import Op, Rule, check_deadlock
from models.tile import grid_config
from models.timing import stage_transfers, stage_update_cycles
from models.way import Ways
from rtl.digital import DigitalConfig, digital_config
from rtl.phase import slot_counts
from rtl.sharing import Sharing


@dataclass(frozen=True)
class StagePlan:
    """One stage: its units and the architectural cycles of its ops.

    `update` gives the cycles of U by the slots that it uses, `transfers` those of each transfer,
    `program` those of the first writing, 0 for none.
    """

    config: DigitalConfig
    forward: int
    backward: int
    update: dict[int, int]
    sharing: Sharing
    priority: tuple[Op, ...]
    transfers: tuple[int, ...]

    @property
    def program(self) -> int:
        """Cycles of the first writing, 0 for none."""
        return self.sharing.program

    @property
    def longest(self) -> int:
        """Cycles of the longest op."""
        return max(
            self.forward, self.backward, *self.update.values(), self.program, *self.transfers
        )


@dataclass(frozen=True)
class Plan:
    """An accelerator of one tile a stage."""

    rule: Rule
    ways: Ways
    stages: tuple[StagePlan, ...]

    @property
    def first(self) -> DigitalConfig:
        """Units of the first stage."""
        return self.stages[0].config

    @property
    def last(self) -> DigitalConfig:
        """Units of the last stage."""
        return self.stages[-1].config

    @property
    def lanes(self) -> tuple[tuple[int, str], ...]:
        """Each stage's number with each of its lanes of ops."""
        return tuple((m, lane) for m, one in enumerate(self.stages) for lane in one.sharing.lanes)

    @property
    def most(self) -> int:
        """Samples whose F can have started at the first stage and not at the last."""
        return sum(self.rule.S)


def _update_cycles(design: Design, stage: int, digital: int) -> dict[int, int]:
    """Return the cycles of U by the slots that it uses."""
    grid = grid_config(design, stage)
    return {
        slots: digital + stage_update_cycles(grid, slots) for slots in slot_counts(grid.flat[0])
    }


def _check(design: Design, rule: Rule) -> None:
    """Refuse what the schedulers do not know, or could not finish without the number of samples."""
    if machine_resources(design).shared:
        key = "tile.adc.bank" if design.tile.adc.bank is not None else "timing.digital_unit"
        raise DesignError(f"{key}: the schedulers in Verilog share nothing between stages")
    if design.network.start is not None:
        raise DesignError(
            "network.start: the accelerator in Verilog starts with biases of 0; leave it out "
            "(a board's host can load them: pulsetrain board --start)"
        )
    check_deadlock(rule, None)


def make_plan(design: Design, samples: int) -> Plan:
    """Return the plan of a design's accelerator for a run over `samples` samples.

    They decide when the rate decays, nothing else. The first stage has a slot more for its inputs
    than the rule asks for: the next sample can arrive while all others wait.

    Raises
    ------
    DesignError
        When the design has a part that is not built.
    """
    stages = range(design.stages)
    configs = [digital_config(design, stage, samples) for stage in stages]
    configs[0] = replace(configs[0], x_depth=configs[0].x_depth + 1)
    lengths = op_lengths(design)
    rule = machine_rule(design, lengths)
    _check(design, rule)
    claims = machine_resources(design).claims
    plans = []
    for stage in stages:
        found = stage_transfers(grid_config(design, stage), design.arrangement)
        every, cycles = tuple(one for one, _ in found), tuple(own for _, own in found)
        plans.append(
            StagePlan(
                configs[stage],
                lengths.forward[stage],
                lengths.backward[stage],
                _update_cycles(design, stage, lengths.digital[stage]),
                Sharing.of(claims[stage], every, lengths.program[stage]),
                rule.priority,
                cycles,
            )
        )
    return Plan(rule, machine_ways(design, rule), tuple(plans))
