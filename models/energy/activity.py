"""What the tiles of a run do: reads, updates, transfers, digital work; the counts of an account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from models.algorithm.base import Arrangement
from models.design import Design
from models.tile import GridConfig, TileConfig, learning_grid
from models.timing import update_cycles
from models.work import stage_work


class Reads(NamedTuple):
    """Reads of tiles: how many, the devices in them, lines driven and outputs converted."""

    tiles: int = 0
    devices: int = 0
    inputs: int = 0
    outputs: int = 0

    def plus(self, other: "Reads") -> "Reads":
        """Return both together."""
        return Reads(*(one + more for one, more in zip(self, other, strict=True)))


def sum_reads(reads: Iterable[Reads]) -> Reads:
    """Return all reads together."""
    return Reads(*(sum(column) for column in zip(*reads, strict=True)))


class Ops(NamedTuple):
    """Ops of the tiles of a stage: F, B, U, and lines that transfers took."""

    forward: int = 0
    backward: int = 0
    updates: int = 0
    transfers: int = 0

    def plus(self, other: "Ops") -> "Ops":
        """Return both together."""
        return Ops(*(one + more for one, more in zip(self, other, strict=True)))


class Pulses(NamedTuple):
    """What only data tell; None where it was not counted.

    Parameters
    ----------
    sent
        Pulses on lines in updates.
    crossings
        Pulses times the devices that their lines cross.
    coincidences
        Coincidences of devices in updates.
    slots
        Slots that the updates of each stage used, all together.
    written, steps
        Pulses and coincidences of transfers.
    """

    sent: int | None = None
    crossings: int | None = None
    coincidences: int | None = None
    slots: tuple[int, ...] | None = None
    written: int | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Activity:
    """All that is counted of a run, over all tiles.

    Parameters
    ----------
    forward, backward
        Reads of F and B, repeated ones too.
    lines
        Reads of single lines by transfers, source after source.
    ops
        Ops of tiles, stage by stage.
    line_cycles
        Cycles of U times the lines of its tile.
    operations, bits
        Digital work of the learning rule.
    link_bits
        Bits that passed between neighbouring stages.
    pulses
        What only data tell.
    """

    forward: Reads
    backward: Reads
    lines: Reads
    ops: tuple[Ops, ...]
    line_cycles: int
    operations: int
    bits: int
    link_bits: int
    pulses: Pulses

    @property
    def updates(self) -> int:
        """U of a tile."""
        return sum(stage.updates for stage in self.ops)

    @property
    def transfers(self) -> int:
        """Lines of tiles that transfers took."""
        return sum(stage.transfers for stage in self.ops)


def arrays_read(design: Design) -> int:
    """Return the devices of a weight that a read passes: those of the arrays in the weight read.

    Replicas have as many each; a reference that is not pulsed is not among them.
    """
    count = sum(gamma != 0 for gamma in design.arrangement.gamma[0])
    return count * (1 if design.cell is None else design.cell.count)


def devices_pulsed(design: Design) -> int:
    """Return the devices of a weight that an update's coincidence steps."""
    cell = design.cell
    return cell.count if cell is not None and cell.policy == "all" else 1


def transfer_reads(
    tile: TileConfig, arrangement: Arrangement, updates: int, per_array: int
) -> tuple[Reads, int]:
    """Return the reads of a tile's transfers after so many updates, and the lines they took."""
    reads, count = Reads(), 0
    for one in arrangement.transfers:
        lines = updates // one.every * one.columns
        read = lines * len(one.sources)
        width = read * tile.columns
        reads, count = reads.plus(Reads(read, width * per_array, read, width)), count + lines
    return reads, count


def _update_line_cycles(tile: TileConfig, updates: int, slots: int | None) -> int:
    """Return U's cycles times lines of a tile; `slots` are those of all updates, if counted."""
    update, timing = tile.tile.update, tile.timing
    cycles = updates * update_cycles(tile)
    if updates and slots is not None and update.slots == "used" and timing.update_cycles is None:
        rows = tile.rows if timing.row_by_row else 1
        load = updates * timing.load_cycles
        cycles = load + update.phases * slots * timing.pulse_cycles * rows
    return cycles * (tile.rows + tile.columns)


def link_bits(design: Design, total: int) -> int:
    """Return the bits of values and errors that `total` samples send between stages."""
    elements = sum(part.outputs for part in design.parts[:-1])
    return 2 * total * elements * design.tile.digital_bits


def tile_activity(
    design: Design,
    stage: int,
    tile: TileConfig,
    total: int,
    retries: Sequence[int],
    slots: int | None,
) -> tuple[tuple[Reads, Reads, Reads], Ops, int]:
    """Return a tile's reads of F, B and transfers, its ops, and its line cycles.

    `retries`: repeated reads of F and of B; `slots` of all its updates, None if not counted.
    """
    part, arrangement = design.parts[stage], design.arrangement
    size = tile.rows * tile.columns * arrays_read(design)
    cells = 1 if design.cell is None else design.cell.count
    updates, backward = total * part.errors, Reads()
    count = total * part.reads + retries[0]
    forward = Reads(count, count * size, count * tile.rows, count * tile.columns)
    if stage or design.schedule.first_stage_backward:
        count = updates + retries[1]
        backward = Reads(count, count * size, count * tile.columns, count * tile.rows)
    if tile not in learning_grid(design, stage).flat:
        return (forward, backward, Reads()), Ops(forward.tiles, backward.tiles), 0
    lines, taken = transfer_reads(tile, arrangement, updates, cells)
    pulsed = 0 if arrangement.collects else updates
    ops = Ops(forward.tiles, backward.tiles, pulsed, taken)
    return (forward, backward, lines), ops, _update_line_cycles(tile, pulsed, slots)


def activity(
    design: Design,
    grids: Sequence[GridConfig],
    total: int,
    retries: Sequence[Sequence[int]] | None = None,
    pulses: Pulses | None = None,
) -> Activity:
    """Return the activity of `total` samples.

    `retries`: repeated reads of F and B of each tile, tile after tile; by default none. `pulses`:
    what the run counted.
    """
    found, ops = pulses or Pulses(), []
    reads, cycles, operations, bits = (Reads(),) * 3, 0, 0, 0
    for stage, grid in enumerate(grids):
        work = stage_work(design, stage, total)
        operations, bits = operations + work.operations, bits + work.bits
        slots, own = None if found.slots is None else found.slots[stage], Ops()
        for tile in () if design.algorithm.digital else grid.flat:
            repeated = (0, 0) if retries is None else retries[tile.index]
            more, done, powered = tile_activity(design, stage, tile, total, repeated, slots)
            reads = (reads[0].plus(more[0]), reads[1].plus(more[1]), reads[2].plus(more[2]))
            own, cycles = own.plus(done), cycles + powered
        ops.append(own)
    links = link_bits(design, total)
    return Activity(*reads, tuple(ops), cycles, operations, bits, links, found)
