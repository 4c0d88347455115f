"""Compiled update of one sample: slots, pulse words, the array and the bias."""

from typing import Any

import numpy as np
from numba import njit

from models.aging import retain
from models.coincidence import pulse_update
from models.combining import choose
from models.converter import Scaling
from models.drawn import drawn_update
from models.kernel import extend, inner
from models.member import array_of, rule_of, seen_of, sum_cells
from models.outer import compiled_gain, outer_rows
from models.pulsing import TYPES
from models.refreshing import refresh_tile
from models.settling import Writing, settle, settle_drawn
from models.share import drive
from models.tally import count_words
from models.word import line_words

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

#: Of NumPy's type, as all counts.
_NONE: Any = np.int64(0)
_EXACT = int(Scaling.EXACT)
_ROW, _COLUMN = np.bool_(False), np.bool_(True)  # of NumPy's type: nothing is compiled twice
_BINOMIAL, _IDEAL = TYPES["binomial"], TYPES["ideal"]


@inner
def _update_bias(
    plan: Packed, state: Packed, m: int, d: Array, first: int, last: int, factor: float, rate: float
) -> None:
    """Subtract the rate times the error from the bias (models.algorithm.analog_sgd.update_bias)."""
    gain = factor * rate * plan.bias_unit
    limit = plan.limit * plan.bias_unit
    for j in range(first, last):
        at = plan.column_at[m] + j
        change = d[j] * gain
        if plan.integer:
            change = np.rint(change)
        state.bias[at] = min(max(state.bias[at] - change, -limit), limit)


@inner
def _update_biases(plan: Packed, state: Packed, m: int, d: Array, slot: int, rate: float) -> None:
    """Update the bias of a stage, block by block of its errors."""
    placing = plan.placing
    for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
        first, last = placing.column_from[c], placing.column_from[c] + placing.column_lines[c]
        _update_bias(plan, state, m, d, first, last, state.d_factor[c, slot], rate)


@inner
def _stash(plan: Packed, state: Packed, m: int, k: int) -> Any:
    """Return a sample's stashed inputs and errors at a stage."""
    x_at = plan.x_at[m] + k % plan.x_depth[m] * plan.rows[m]
    d_at = plan.d_at[m] + k % plan.d_depth[m] * plan.columns[m]
    return state.x[x_at : x_at + plan.rows[m]], state.d[d_at : d_at + plan.columns[m]]


@inner
def _exact_tile(plan: Packed, state: Packed, tile: int, x: Array, d: Array, step: float) -> None:
    """Subtract step x d' from the weights of a tile (models.algorithm.digital_sgd.update)."""
    at = plan.placing.weight_at[tile]
    for i in range(len(x)):
        change = x[i] * step
        if change != 0.0:
            for j in range(len(d)):
                w = at + i * len(d) + j
                state.weights[w] = state.weights[w] - np.float32(change * d[j])


@inner
def _writing(plan: Packed, tile: int, k: int) -> Any:
    key = extend(plan.settling.key[tile], np.uint64(k))
    return Writing(plan.settling.noise, plan.exponent[tile], key)


@inner
def _present(codes: Array) -> Any:
    """Return a word a line: 1 where its code is not 0."""
    words = np.zeros(len(codes), np.uint64)
    for i in range(len(codes)):
        words[i] = np.uint64(codes[i] != 0.0)
    return words


@inner
def _tally(plan: Packed, state: Packed, tile: int, size: int) -> Any:
    """Return a tile's counts of coincidences, flat; empty where they are not counted."""
    at = plan.placing.weight_at[tile]
    return state.coincidences[at : at + size] if plan.pulsing.counted else state.coincidences[:0]


@inner
def _drawn(
    plan: Packed,
    state: Packed,
    tile: int,
    k: int,
    x: Array,
    rows: Array,
    d: Array,
    columns: Array,
    slots: int,
) -> Any:
    """Apply drawn coincidences to the array of a tile; return their number."""
    full = float(1 << plan.pulsing.comparator_bits)
    counting = extend(plan.pulsing.count_key[tile], np.uint64(k))
    chances, tally = (rows / full, columns / full), _tally(plan, state, tile, len(x) * len(d))
    first, last = choose(plan.combining, tile, k)
    steps = _NONE
    for number in range(first, last):
        held, planes = array_of(plan, state, tile, number, len(x), len(d))
        keys = (extend(plan.combining.key[tile, number], np.uint64(k)), counting)
        rule = rule_of(plan, tile, number)
        steps = drawn_update(held, planes, plan.step, rule, x, d, chances, slots, keys, tally)
        tally = tally[:0]  # counted once
        if plan.settling.noise > 0:
            seen, writing = seen_of(plan, state, tile, len(x), len(d)), _writing(plan, tile, k)
            settle_drawn(seen, held, planes, chances, slots, counting, writing)
    return steps


@inner
def _pulsed(
    plan: Packed,
    state: Packed,
    tile: int,
    k: int,
    x: Array,
    rows: Array,
    d: Array,
    columns: Array,
    slots: int,
) -> Any:
    """Apply pulse words to the array of a tile; return the pulses and the coincidences."""
    pulsing = plan.pulsing
    row_lines = (plan.placing.row_at[tile], plan.placing.row_at[tile] + len(x))
    column_lines = (plan.placing.column_at[tile], plan.placing.column_at[tile] + len(d))
    xw, dw = np.zeros(len(x), np.uint64), np.zeros(len(d), np.uint64)
    sent = line_words(pulsing, _ROW, tile, k, row_lines, state.row_registers, rows, slots, xw)
    sent += line_words(
        pulsing, _COLUMN, tile, k, column_lines, state.column_registers, columns, slots, dw
    )
    if pulsing.counted:
        row_pulses = state.row_pulses[row_lines[0] : row_lines[1]]
        column_pulses = state.column_pulses[column_lines[0] : column_lines[1]]
        count_words(row_pulses, column_pulses, _tally(plan, state, tile, len(x) * len(d)), xw, dw)
    xs, ds = np.zeros(len(x), np.uint8), np.zeros(len(d), np.uint8)
    for i in range(len(x)):
        xs[i] = x[i] < 0.0
    for j in range(len(d)):
        ds[j] = d[j] > 0.0
    first, last = choose(plan.combining, tile, k)
    steps = _NONE
    for number in range(first, last):
        held, planes = array_of(plan, state, tile, number, len(x), len(d))
        key, rule = (
            extend(plan.combining.key[tile, number], np.uint64(k)),
            rule_of(plan, tile, number),
        )
        steps = pulse_update(held, planes, plan.step, rule, xw, xs, dw, ds, key)
        if plan.settling.noise > 0:
            seen = seen_of(plan, state, tile, len(x), len(d))
            settle(seen, held, planes, xw, dw, _writing(plan, tile, k))
    return sent, steps


@inner
def _update_tile(
    plan: Packed, state: Packed, tile: int, k: int, x: Array, d: Array, pair: Any, amplitude: float
) -> Any:
    """Apply one sample's update to a tile; return slots used, pulses sent and coincidences."""
    pulsing = plan.pulsing
    rows, columns = np.zeros(len(x), np.int64), np.zeros(len(d), np.int64)
    slots = drive(pulsing, plan.integer, x, d, pair, amplitude, rows, columns)
    sent, steps = 0, 0
    if pulsing.kind == _IDEAL:
        gain = compiled_gain(amplitude, pair[0], pair[1], pulsing.dw_min)
        first, last = choose(plan.combining, tile, k)
        for number in range(first, last):
            held, planes = array_of(plan, state, tile, number, len(x), len(d))
            outer_rows(held, planes, plan.exponent[tile], x, d, gain)
            if plan.settling.noise > 0:
                seen = seen_of(plan, state, tile, len(x), len(d))
                settle(seen, held, planes, _present(x), _present(d), _writing(plan, tile, k))
    elif pulsing.kind == _BINOMIAL:
        steps = _drawn(plan, state, tile, k, x, rows, d, columns, slots)
    else:
        sent, steps = _pulsed(plan, state, tile, k, x, rows, d, columns, slots)
    if plan.combining.devices > 1:
        sum_cells(plan, state, tile, x, len(d))
    return slots, sent, steps


@inner
def _age(plan: Packed, state: Packed, tile: int, k: int, rows: int, columns: int) -> None:
    """Apply the lazy step of retention that ends with sample `k`, if one does."""
    every, count = plan.aging.every, plan.combining.devices
    if every == 0 or (k + 1) % every != 0:
        return
    step, size = (k + 1) // every - 1, rows * columns
    for number in range(count):
        held, planes = array_of(plan, state, tile, number, rows, columns)
        seen = held if count > 1 else seen_of(plan, state, tile, rows, columns)
        own, at = tile * count + number, count * plan.placing.weight_at[tile] + number * size
        retain(plan.aging, seen, held, planes, plan.exponent[tile], own, at, step)
    if count > 1:
        sum_cells(plan, state, tile, np.ones(rows), columns)


@njit(cache=True, error_model="numpy")
def update(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute U: models.algorithm.analog_sgd.update, or digital_sgd.update without converters."""
    exact = plan.scaling == _EXACT
    x, d = _stash(plan, state, m, k)
    rate, placing = int(k >= plan.decay_from), plan.placing
    x_slot, d_slot = k % plan.x_depth[m], k % plan.d_depth[m]
    amplitude, most = plan.amplitude[m, rate], 0
    tile = placing.tiles[m]
    for r in range(placing.row_block[m], placing.row_block[m] + placing.row_blocks[m]):
        inputs = x[placing.row_from[r] : placing.row_from[r] + placing.row_lines[r]]
        for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
            errors = d[placing.column_from[c] : placing.column_from[c] + placing.column_lines[c]]
            if exact:
                _exact_tile(plan, state, tile, inputs, errors, amplitude)
            else:
                pair = (state.x_factor[r, x_slot], state.d_factor[c, d_slot])
                slots, sent, steps = _update_tile(
                    plan, state, tile, k, inputs, errors, pair, amplitude
                )
                _age(plan, state, tile, k, len(inputs), len(errors))
                refresh_tile(plan, state, m, tile, k, len(inputs), len(errors))
                most = max(most, slots)
                state.counters[m, 1] += sent
                state.counters[m, 2] += steps
            tile += 1
    if plan.biased[m]:
        _update_biases(plan, state, m, d, d_slot, plan.bias_rate[rate])
    if not exact:
        state.counters[m, 0] += most
        state.used[m] = most
