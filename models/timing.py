"""Clock cycles of every op; the only place that knows a latency."""

from collections.abc import Iterator, Sequence
from math import ceil

from models.algorithm.base import Arrangement, Transfer
from models.programming import digit_count
from models.schedule import Op
from models.section import Timing
from models.tile import GridConfig, TileConfig

#: Fewest cycles between two `go` of one analog port.
MIN_CYCLES = 2
#: Cycles in which an op's vectors are scaled, in the shadow of the ops before.
SCALE_CYCLES = 3
#: Ops that a tile controller holds before their `go`.
PREPARED_OPS = 3


def drive_steps(config: TileConfig) -> tuple[int, int]:
    """Return the steps in which a line carries an input code, sign apart, and the cycles of each.

    Bit-serial drive has one for each bit of the magnitude, pulse width one for each unit of it.
    """
    magnitude_bits = config.tile.dac.bits - 1
    if config.tile.dac.drive == "bit-serial":
        return magnitude_bits, config.timing.bit_cycles
    return (1 << magnitude_bits) - 1, config.timing.slot_cycles


def drive_cycles(config: TileConfig) -> int:
    """Return the cycles that drive one vector of input codes, sign apart."""
    steps, cycles = drive_steps(config)
    return steps * cycles


def conversion_offset(config: TileConfig) -> int:
    """Return the cycle of a read, from its `go`, in which the first conversion starts."""
    timing = config.timing
    return timing.load_cycles + drive_cycles(config) + timing.settle_cycles


def conversion_rounds(config: TileConfig, outputs: int) -> int:
    """Return the rounds in which the converters of a tile serve so many outputs."""
    return -(-outputs // (config.tile.adc.count or outputs))


def trial_cycles(config: TileConfig) -> int:
    """Return the cycles of one trial of a conversion by successive approximation.

    A conversion samples, tries one bit after another, and shows its code in its last cycle. What
    is left of `timing.adc_cycles` samples; 0 where they are too few, see `approximation_cycles`.
    """
    return max(0, config.timing.adc_cycles - 2) // config.tile.adc.bits


def approximation_cycles(config: TileConfig) -> int:
    """Return the fewest cycles of a conversion by successive approximation."""
    return config.tile.adc.bits + 2


def read_cycles(config: TileConfig, outputs: int) -> int:
    """Return the cycles of a read by its steps, whatever constant may stand for it."""
    convert = conversion_rounds(config, outputs) * config.timing.adc_cycles
    return max(MIN_CYCLES, conversion_offset(config) + convert)


def forward_cycles(config: TileConfig, retries: int = 0) -> int:
    """Return the cycles of F: load, drive the rows, settle, convert the columns.

    Each of the `retries` of bound management is one more read of the same length.
    """
    constant = config.timing.forward_cycles
    once = read_cycles(config, config.columns) if constant is None else constant
    return (1 + retries) * once


def backward_cycles(config: TileConfig, retries: int = 0) -> int:
    """Return the cycles of B: load, drive the columns, settle, convert the rows; as for F."""
    constant = config.timing.backward_cycles
    once = read_cycles(config, config.rows) if constant is None else constant
    return (1 + retries) * once


def update_cycles(config: TileConfig, slots: int | None = None, pulsed: bool = True) -> int:
    """Return the cycles of U with `slots` slots used (0..longest; None: all that are built).

    With `slots = "built"` an update always takes every slot, whatever it used. It has none where it
    is not `pulsed` but collected digitally.
    """
    update, constant = config.tile.update, config.timing.update_cycles
    if not pulsed:
        return max(MIN_CYCLES, config.timing.load_cycles)
    if constant is not None:
        return max(constant, update.phases)
    pulses = update.phases * phase_cycles(config, slots)
    return max(MIN_CYCLES, config.timing.load_cycles + pulses)


def digit_cycles(config: TileConfig) -> int:
    """Return the cycles of one PROGRAM: the digits of a row share those of the row."""
    digits = digit_count(config.tile.dac.bits)
    return max(MIN_CYCLES, -(-config.timing.program_row_cycles // digits))


def phase_cycles(config: TileConfig, slots: int | None) -> int:
    """Return the cycles of one sign phase's pulses, row after row where they follow one another."""
    update = config.tile.update
    taken = update.longest if slots is None or update.slots == "built" else slots
    return taken * config.timing.pulse_cycles * (config.rows if config.timing.row_by_row else 1)


def phase_offsets(config: TileConfig, slots: int | None = None) -> tuple[int, ...]:
    """Return the cycle of each sign phase's `go`, from the first; one phase if no slot is used.

    The phases share a constant U in equal parts.
    """
    if slots == 0:
        return (0,)
    phases = config.tile.update.phases
    if config.timing.update_cycles is None:
        load, width = config.timing.load_cycles, phase_cycles(config, slots)
    else:
        load, width = 0, update_cycles(config) // phases
    return (0, *(load + phase * width for phase in range(1, phases)))


def prepare_cycles(config: TileConfig, op: Op, slots: int | None = None) -> int:
    """Return the cycles from an op's acceptance by the tile controller to its earliest `go`.

    Three cycles scale the vectors, one makes the codes and one drives the port. U makes its words
    one slot a cycle after that, by its `slots` used (0..longest; None: all that are built), at
    least 1; with `slots = "built"` it always passes through every slot. All this is done while ops
    before run: only what follows the scaling waits for the `go` of the op before, and ends
    `prepare_cycles` - `SCALE_CYCLES` - 1 cycles after it at the earliest.
    """
    if op != Op.UPDATE:
        return SCALE_CYCLES + 2
    update = config.tile.update
    taken = update.longest if slots is None or update.slots == "built" else slots
    return SCALE_CYCLES + 2 + max(1, taken)


def _add_cycles(grid: GridConfig, parts: int) -> int:
    """Return the cycles that add `parts` partial sums, two by two."""
    return grid.tiles[0][0].timing.add_cycles * (parts - 1).bit_length()


def _with_retries(
    grid: GridConfig, retries: Sequence[int] | None
) -> Iterator[tuple[TileConfig, int]]:
    tiles = grid.flat
    return zip(tiles, (0,) * len(tiles) if retries is None else retries, strict=True)


def stage_forward_cycles(grid: GridConfig, retries: Sequence[int] | None = None) -> int:
    """Return the cycles of a vector's F: its slowest tile, then the sum over the block rows.

    `retries` are those of each tile, block row after block row; by default none.
    """
    slowest = max(forward_cycles(tile, n) for tile, n in _with_retries(grid, retries))
    return slowest + _add_cycles(grid, len(grid.tiles))


def stage_backward_cycles(grid: GridConfig, retries: Sequence[int] | None = None) -> int:
    """Return the cycles of a vector's B: its slowest tile, then the sum over the block columns."""
    slowest = max(backward_cycles(tile, n) for tile, n in _with_retries(grid, retries))
    return slowest + _add_cycles(grid, len(grid.tiles[0]))


def refresh_cycles(config: TileConfig, written: int, slots: int) -> int:
    """Return the cycles of a refresh of a tile's pairs: two reads of every row, then the writes.

    Each of the `written` rows is loaded; `slots` are those of all of them, a reset and at least one
    pulse each (`models.refreshing`).
    """
    writes = written * config.timing.load_cycles + slots * config.timing.pulse_cycles
    return 2 * config.rows * forward_cycles(config) + writes


def digital_cycles(config: TileConfig, operations: int) -> int:
    """Return the cycles of so many digital operations beside one tile; 0 where they are hidden."""
    rate = config.timing.digital_rate
    return 0 if rate is None else ceil(operations / rate)


def update_digital_cycles(grid: GridConfig, arrangement: Arrangement) -> int:
    """Return the cycles of the digital work of a vector's update, ahead of its pulses.

    That of the slowest tile: each has a unit of its own.
    """
    own, dense = arrangement.update_work.operations, arrangement.dense_work.operations
    work = [(t.rows + t.columns) * own + t.rows * t.columns * dense for t in grid.flat]
    return max(digital_cycles(tile, one) for tile, one in zip(grid.flat, work, strict=True))


def program_cycles(grid: GridConfig) -> int:
    """Return the cycles in which the tiles of a layer are written, row after row, all at once."""
    return max(tile.rows for tile in grid.flat) * grid.tiles[0][0].timing.program_row_cycles


def passing_cycles(elements: int, timing: Timing) -> int:
    """Return the cycles in which a sample's elements pass from stage to stage; 0 if it keeps up."""
    rate = timing.activation_rate
    return 0 if rate is None else ceil(elements / rate)


def stage_update_cycles(
    grid: GridConfig,
    slots: int | None = None,
    refreshed: Sequence[tuple[int, int]] | None = None,
    pulsed: bool = True,
) -> int:
    """Return the cycles of a vector's U at a layer whose slowest tile uses `slots` (None: all).

    `refreshed`, where a refresh follows before U ends, holds rows written and slots of each tile,
    block row after block row. Digital work is left out.
    """
    once = update_cycles(grid.tiles[0][0], slots, pulsed)
    if refreshed is None:
        return once
    counts = zip(grid.flat, refreshed, strict=True)
    return once + max(refresh_cycles(tile, written, own) for tile, (written, own) in counts)


def transfer_cycles(config: TileConfig, transfer: Transfer) -> int:
    """Return the cycles of T: for every line an F with one row driven, and a write of it.

    Several sources are read at once, as several targets are written. In between stands the line's
    digital work. A write loads, and takes every slot that is built for it: those of a pulse train,
    or the most pulses counted; one sign after the other where updates have sign phases.
    """
    update, timing = config.tile.update, config.timing
    slots = transfer.most if transfer.writes == "counts" else update.bl
    pulses = min(update.phases, 2) * slots * timing.pulse_cycles
    read = forward_cycles(config) if transfer.sources else 0
    digest = digital_cycles(config, config.columns * transfer.work.operations)
    return transfer.columns * (read + digest + max(MIN_CYCLES, timing.load_cycles + pulses))


def stage_transfers(grid: GridConfig, arrangement: Arrangement) -> tuple[tuple[int, int], ...]:
    """Return the updates between two of each transfer of a layer, and the cycles of one."""
    return tuple(
        (one.every, max(transfer_cycles(tile, one) for tile in grid.flat))
        for one in arrangement.transfers
    )


def slot_cycles(
    lengths: Sequence[tuple[int, int, int]], link: tuple[int, ...], first_backward: bool
) -> int:
    """Return the shortest lock-step slot: the slowest stage's F + B + U and the slowest link.

    `lengths`: F, B and U of each stage, a sample each.
    """
    work = [
        forward + update + (backward if m or first_backward else 0)
        for m, (forward, backward, update) in enumerate(lengths)
    ]
    return max(work) + max(link, default=0)


def sample_cycles(
    grid: GridConfig, reads: int, errors: int, pulsed: bool = True, digital: int = 0
) -> tuple[int, int, int]:
    """Return the cycles of F, B and U of a sample at a layer, without retries and what ends a U.

    Its vectors follow one another: `reads` of them in F, `errors` in B and in U, each of these with
    `digital` cycles ahead of its pulses.
    """
    forward, backward = stage_forward_cycles(grid), stage_backward_cycles(grid)
    update = digital + stage_update_cycles(grid, pulsed=pulsed)
    return reads * forward, errors * backward, errors * update


def seconds(cycles: int, timing: Timing) -> float:
    """Return `cycles` in seconds; for reports alone."""
    return cycles / timing.clock_hz
