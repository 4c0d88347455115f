"""Cycles of the ops of a design's machine, and the rule that follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.design import Design
from models.schedule import Rule, schedule_rule
from models.tile import grid_config, learning_grid
from models.timing import (
    passing_cycles,
    program_cycles,
    sample_cycles,
    slot_cycles,
    update_digital_cycles,
)
from models.way import Ways


@dataclass(frozen=True)
class OpLengths:
    """Clock cycles of a sample's F, B and U and of the first writing, one entry a stage.

    They count an update of `slots = "used"` at its longest, and neither repeated reads nor
    refreshes. `digital` is the part of U ahead of the pulses of each of its vectors.
    """

    forward: tuple[int, ...]
    backward: tuple[int, ...]
    update: tuple[int, ...]
    digital: tuple[int, ...]
    program: tuple[int, ...]


def op_lengths(design: Design) -> OpLengths:
    """Return the cycles of every op of a design."""
    arrangement, stages = design.arrangement, range(design.stages)
    grids = [grid_config(design, stage) for stage in stages]
    digital = tuple(
        update_digital_cycles(learning_grid(design, stage), arrangement) for stage in stages
    )
    forward, backward, update = zip(
        *(
            sample_cycles(grid, part.reads, part.errors, not arrangement.collects, work)
            for grid, part, work in zip(grids, design.parts, digital, strict=True)
        ),
        strict=True,
    )
    program = tuple(program_cycles(grid) for grid in grids)
    return OpLengths(forward, backward, update, digital, program)


def machine_rule(design: Design, lengths: OpLengths, work: Sequence[int] | None = None) -> Rule:
    """Return the rule of a machine, with the slot that fits its ops where the schedule has one.

    `work` are the cycles of each stage's U with the transfers due after it, by default those of U.
    """
    rule = schedule_rule(design.schedule, design.stages)
    each = list(zip(lengths.forward, lengths.backward, work or lengths.update, strict=True))
    slot = slot_cycles(each, rule.link, rule.first_stage_backward)
    return schedule_rule(design.schedule, design.stages, slot)


def machine_ways(design: Design, rule: Rule) -> Ways:
    """Return the ways of tokens, with the cycles in which a digital unit passes elements on."""
    timing = design.timing
    up = tuple(passing_cycles(part.outputs, timing) for part in design.parts)
    down = tuple(passing_cycles(part.inputs, timing) for part in design.parts)
    return Ways.of(rule, (up, down))
