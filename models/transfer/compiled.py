"""Compiled transfers of one tile; `models.transfer.plain` is the twin, equal bit for bit."""

from typing import Any

import numpy as np

from models.coincidence import make_row, take_row
from models.combining import choose
from models.held import hold, keep
from models.kernel import draw, extend, inner, popcount
from models.member import array_of, rule_of, seen_of, sum_cells
from models.outer import compiled_gain, outer_rows
from models.picked import make_picked, step_picked
from models.pulsing import TYPES
from models.read import drooped, read_vector, uniform
from models.settling import Writing, settle_row
from models.transfer.train import compiled_train
from models.word import map_all, ordered_words, random_words, side_words

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_LFSR, _ORDERED = TYPES["lfsr"], TYPES["deterministic"]
_UP = np.float32(1.0)
_COLUMN: Any = np.bool_(True)  # of NumPy's type: nothing is compiled twice
_NONE: Any = np.int64(0)


@inner
def _own_line(
    plan: Packed, state: Packed, tile: int, array: int, i: int, rows: int, columns: int, out: Array
) -> None:
    """Write row `i` of one array's weights (models.cell.UnitCell.array_weights)."""
    combining, size = plan.combining, rows * columns
    at = combining.devices * plan.placing.weight_at[tile] + array * combining.per * size
    limit = np.float32(2.0 ** plan.exponent[tile])
    bias = np.float32(3.0 * 2.0 ** plan.exponent[tile])
    for j in range(columns):
        place = at + i * columns + j
        total = combining.own_gamma[0] * state.held[place]
        for number in range(1, combining.per):
            total = total + combining.own_gamma[number] * state.held[place + number * size]
        w = min(max(total, -limit), limit)
        out[j] = (w + bias) - bias


@inner
def _read_line(
    plan: Packed,
    state: Packed,
    m: int,
    tile: int,
    t: int,
    n: int,
    i: int,
    source: int,
    rows: int,
    codes: Array,
) -> None:
    """Write the ADC codes of row `i` of an array, driven alone at full scale."""
    own, periphery, columns = plan.transferring, plan.reading.periphery, len(codes)
    whole = periphery.wire != 0.0 or periphery.input_noise != 0.0
    first, last = (np.int64(0), rows) if whole else (i, i + 1)
    seen = np.empty((last - first, columns), np.float32)
    for row in range(first, last):
        _own_line(plan, state, tile, source, row, rows, columns, seen[row - first])
    if periphery.wire != 0.0:
        seen = drooped(seen, plan.exponent[tile], periphery.wire)
    driven, scratch = np.zeros(last - first), np.empty(last - first)
    driven[i - first] = own.limit
    keys = line_keys(own.read_key[t, tile], np.uint64(n), np.uint64(source))
    grid, noise = plan.grid[tile], plan.noise[m]
    read_vector(periphery, seen, False, driven, scratch, keys, grid, own.lsb, noise, codes)


@inner
def line_keys(tile_keys: Array, n: Any, source: Any) -> Any:
    """Return the keys of one read of a line: noise, input noise, rounding."""
    return (
        extend(extend(tile_keys[0], n), source),
        extend(extend(tile_keys[1], n), source),
        extend(extend(tile_keys[2], n), source),
    )


@inner
def _flips(plan: Packed, tile: int, n: int, i: int) -> bool:
    """Whether the chopper of row `i` flips after transfer line `n`."""
    own = plan.transferring
    word = draw(extend(own.chop_key[tile], np.uint64(n)), np.uint64(i))
    return bool(own.chop > 0.0 and uniform(word) < own.chop)


@inner
def _words(
    plan: Packed, state: Packed, tile: int, t: int, n: int, limits: Array, slots: int, words: Array
) -> None:
    """Write the columns' words of transfer line `n`, and leap their registers to the next."""
    own, pulsing, tiles = plan.transferring, plan.pulsing, len(plan.exponent)
    if pulsing.kind == _ORDERED:
        ordered_words(_COLUMN, n, limits, slots, pulsing.comparator_bits, words)
    elif pulsing.kind != _LFSR:
        key = extend(own.word_key[t, tile], np.uint64(n))
        random_words(key, limits, slots, pulsing.comparator_bits, words)
    else:
        at = t * plan.lines + plan.placing.column_at[tile]
        first, last = at, at + len(limits)
        if pulsing.shared:
            first, last = t * tiles + tile, t * tiles + tile + 1
        registers = state.transfer_registers[first:last]
        side_words(own.turned, at, registers, pulsing.slot_step, limits, slots, words)
        map_all(pulsing.leap, registers)


@inner
def _train(
    plan: Packed, state: Packed, tile: int, t: int, n: int, wanted: Array, gain: float, out: Array
) -> Any:
    """Write the coincidences of a pulse train; return its pulses."""
    limits, words = np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.uint64)
    slots = compiled_train(plan.pulsing, wanted, gain, plan.integer, limits)
    _words(plan, state, tile, t, n, limits, slots, words)
    sent = np.int64(slots)
    for j in range(len(wanted)):
        out[j] = np.int32(popcount(words[j]))
        sent += out[j]
    return sent


@inner
def _step_line(
    plan: Packed,
    state: Packed,
    tile: int,
    t: int,
    n: int,
    i: int,
    rows: int,
    wanted: Array,
    counts: Array,
) -> None:
    """Step the target's devices of row `i`."""
    own, columns = plan.transferring, len(wanted)
    own_row, own_picked = make_row(columns), make_picked(columns, plan.planes)
    row, picked = hold(own_row), hold(own_picked)
    for j in range(columns):
        row.signs[j] = np.float32(1.0) if wanted[j] > 0.0 else np.float32(-1.0)
    line_key = extend(own.key[t, tile], np.uint64(n))
    for target in own.targets[t]:
        if target < 0:
            break
        first, last = choose(plan.combining, target, tile, n)
        for number in range(first, last):
            held, planes = array_of(plan, state, tile, number, rows, columns)
            rule, key = rule_of(plan, tile, number), extend(line_key, np.uint64(number))
            row.counts[:] = counts
            row_key = extend(key, np.uint64(i))
            waiting = take_row(held, planes, plan.step, rule, i, _UP, row_key, row, picked, _NONE)
            step_picked(picked, waiting, held, planes, plan.step, rule)
    keep(own_row)
    keep(own_picked)


@inner
def _ideal_line(
    plan: Packed, state: Packed, tile: int, t: int, n: int, i: int, rows: int, wanted: Array,
    gain: float,
) -> None:  # fmt: skip
    """Give row `i` of the target what is wanted itself."""
    own, columns = plan.transferring, len(wanted)
    change = compiled_gain(gain, 1.0, 1.0, own.step)
    one, against = np.ones(1), -wanted
    for target in own.targets[t]:
        if target < 0:
            break
        first, last = choose(plan.combining, target, tile, n)
        for number in range(first, last):
            held, planes = array_of(plan, state, tile, number, rows, columns)
            own_held, own_planes = held[i : i + 1], planes[i : i + 1]
            outer_rows(own_held, own_planes, plan.exponent[tile], one, against, change)


@inner
def _settle_line(
    plan: Packed, state: Packed, tile: int, n: int, i: int, rows: int, counts: Array
) -> None:
    """Bring what reads see of row `i` up to date."""
    columns = len(counts)
    if plan.combining.devices > 1:
        written = np.zeros(rows)
        written[i] = 1.0
        sum_cells(plan, state, tile, written, columns)
    elif plan.settling.noise > 0:
        seen = seen_of(plan, state, tile, rows, columns)
        held, planes = array_of(plan, state, tile, _NONE, rows, columns)
        key = extend(plan.settling.key[tile], np.uint64(n))
        writing = Writing(plan.settling.noise, plan.exponent[tile], key)
        settle_row(seen[i], held[i], planes[i], counts, i, writing)


@inner
def _memory_of(plan: Packed, state: Packed, tile: int, t: int, rows: int, columns: int) -> Any:
    """Return a transfer's digital memory of a tile, shape (rows, K, columns)."""
    count = plan.transferring.memory
    first = count * (t * plan.weights + plan.placing.weight_at[tile])
    size = count * rows * columns
    return state.digital[first : first + size].reshape(rows, count, columns)


@inner
def _gather(
    plan: Packed, state: Packed, m: int, tile: int, t: int, n: int, rate: int, rows: int,
    memory: Array, flip: bool,
) -> None:  # fmt: skip
    """Read line `n` of source after source into its memory, shape (K, columns)."""
    own, i, codes = plan.transferring, n % rows, np.zeros(memory.shape[1])
    sign = state.chopper[plan.placing.row_at[tile] + i]
    for place in range(own.sources.shape[1]):
        source = own.sources[t, place]
        if source < 0:
            break
        _read_line(plan, state, m, tile, t, n, i, source, rows, codes)
        kept = memory[1 + own.own * place : 1 + own.own * (place + 1)]
        constants = own.constants[t, rate]
        own.take(codes, memory[0], kept, constants, sign, 1.0 if flip else 0.0)


@inner
def _transfer_line(
    plan: Packed, state: Packed, m: int, tile: int, t: int, n: int, rate: int, rows: int,
    columns: int,
) -> None:  # fmt: skip
    """Read, digest and write transfer line `n`."""
    own, i, wanted = plan.transferring, n % rows, np.zeros(columns)
    place, memory = plan.placing.row_at[tile] + i, _memory_of(plan, state, tile, t, rows, columns)
    flip = _flips(plan, tile, n, i)
    _gather(plan, state, m, tile, t, n, rate, rows, memory[i], flip)
    own.give(memory[i, 0], own.constants[t, rate], wanted)
    if flip:
        state.chopper[place] = -state.chopper[place]
    counts, sent = np.zeros(columns, np.int32), _NONE
    if own.counted:
        for j in range(columns):
            counts[j] = np.int32(abs(wanted[j]))
            sent += counts[j]
    elif own.ideal:
        _ideal_line(plan, state, tile, t, n, i, rows, wanted, own.gain[t, rate])
        for j in range(columns):
            counts[j] = wanted[j] != 0.0
    else:
        sent = _train(plan, state, tile, t, n, wanted, own.gain[t, rate], counts)
    if own.counted or not own.ideal:
        _step_line(plan, state, tile, t, n, i, rows, wanted, counts)
        state.transferred[m, 2] += counts.sum()
    _settle_line(plan, state, tile, n, i, rows, counts)
    state.transferred[m, 0] += 1
    state.transferred[m, 1] += sent


def transfer_tile(
    plan: Packed, state: Packed, m: int, tile: int, k: int, rows: int, columns: int
) -> None:
    """Execute the transfers of a tile that are due after update `k`."""
    own, rate = plan.transferring, np.int64(k // plan.passing.errors[m] >= plan.decay_from)
    for t in range(own.number):
        if (k + 1) % own.every[t] != 0:
            continue
        first = ((k + 1) // own.every[t] - 1) * own.columns[t]
        for n in range(first, first + own.columns[t]):
            _transfer_line(plan, state, m, tile, t, n, rate, rows, columns)
