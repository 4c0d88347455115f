"""Compiled application of one sample's wanted change to a tile, in the ways a design has.

One of them is compiled for a design; `models.layer.learning.update_tile` and
`models.layer.exact.update` are the twins.
"""

from typing import Any

import numpy as np

from models.coincidence import pulse_update
from models.combining import choose
from models.drawn import drawn_update
from models.jittered import update_key
from models.kernel import extend, inner
from models.member import array_of, rule_of, seen_of, sum_cells
from models.outer import compiled_gain, outer_rows
from models.settling import Writing, settle, settle_drawn
from models.share import drive
from models.tally import count_words
from models.word import line_words

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

#: Of NumPy's type, as all counts.
_NONE: Any = np.int64(0)
_ROW, _COLUMN = np.bool_(False), np.bool_(True)  # of NumPy's type: nothing is compiled twice


def apply_exact(
    plan: Packed, state: Packed, tile: int, _k: int, x: Array, d: Array,
    _x_factor: float, _d_factor: float, amplitude: float,
) -> None:  # fmt: skip
    """Subtract amplitude x d' from the weights of a tile: `models.layer.exact.update`."""
    at = plan.placing.weight_at[tile]
    for i in range(len(x)):
        change = x[i] * amplitude
        if change != 0.0:
            for j in range(len(d)):
                w = at + i * len(d) + j
                state.weights[w] = state.weights[w] - np.float32(change * d[j])


def apply_collected(
    plan: Packed, state: Packed, tile: int, _k: int, x: Array, d: Array,
    x_factor: float, d_factor: float, amplitude: float,
) -> None:  # fmt: skip
    """Subtract the coincidences wanted from the memory of the first transfer."""
    change, count = amplitude * x_factor * d_factor, plan.transferring.memory
    at = count * plan.placing.weight_at[tile]
    for i in range(len(x)):
        part = x[i] * change
        if part != 0.0:
            for j in range(len(d)):
                place = at + i * count * len(d) + j
                state.digital[place] = state.digital[place] - part * d[j]


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
    first, last = choose(plan.combining, state.found[3], tile, k)
    steps = _NONE
    for number in range(first, last):
        held, planes = array_of(plan, state, tile, number, len(x), len(d))
        rule = rule_of(plan, tile, number)
        keys = (update_key(rule, plan.combining.key[tile, number], k), counting)
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
    first, last = choose(plan.combining, state.found[3], tile, k)
    steps = _NONE
    for number in range(first, last):
        held, planes = array_of(plan, state, tile, number, len(x), len(d))
        rule = rule_of(plan, tile, number)
        key = update_key(rule, plan.combining.key[tile, number], k)
        steps = pulse_update(held, planes, plan.step, rule, xw, xs, dw, ds, key)
        if plan.settling.noise > 0:
            seen = seen_of(plan, state, tile, len(x), len(d))
            settle(seen, held, planes, xw, dw, _writing(plan, tile, k))
    return sent, steps


@inner
def _drive(plan: Packed, x: Array, d: Array, pair: Any, amplitude: float) -> Any:
    """Return slots and both sides' thresholds of one sample (models.layer.learning.share)."""
    rows, columns = np.zeros(len(x), np.int64), np.zeros(len(d), np.int64)
    slots = drive(plan.pulsing, plan.integer, x, d, pair, amplitude, rows, columns)
    return slots, rows, columns


@inner
def _close(
    plan: Packed, state: Packed, tile: int, x: Array, d: Array, slots: int, sent: int, steps: int
) -> None:
    """Sum up cells of several devices and keep the counts of an update."""
    if plan.combining.devices > 1 and not plan.combining.silent:
        sum_cells(plan, state, tile, x, len(d))
    state.found[0], state.found[1], state.found[2] = slots, sent, steps


def apply_ideal(
    plan: Packed, state: Packed, tile: int, k: int, x: Array, d: Array,
    x_factor: float, d_factor: float, amplitude: float,
) -> None:  # fmt: skip
    """Give the devices the wanted change itself; the slots are those that pulses would take."""
    slots, _, _ = _drive(plan, x, d, (x_factor, d_factor), amplitude)
    gain = compiled_gain(amplitude, x_factor, d_factor, plan.pulsing.dw_min)
    first, last = choose(plan.combining, state.found[3], tile, k)
    for number in range(first, last):
        held, planes = array_of(plan, state, tile, number, len(x), len(d))
        outer_rows(held, planes, plan.exponent[tile], x, d, gain)
        if plan.settling.noise > 0:
            seen = seen_of(plan, state, tile, len(x), len(d))
            settle(seen, held, planes, _present(x), _present(d), _writing(plan, tile, k))
    _close(plan, state, tile, x, d, slots, _NONE, _NONE)


def apply_drawn(
    plan: Packed, state: Packed, tile: int, k: int, x: Array, d: Array,
    x_factor: float, d_factor: float, amplitude: float,
) -> None:  # fmt: skip
    """Give the devices coincidences drawn without words."""
    slots, rows, columns = _drive(plan, x, d, (x_factor, d_factor), amplitude)
    steps = _drawn(plan, state, tile, k, x, rows, d, columns, slots)
    _close(plan, state, tile, x, d, slots, _NONE, steps)


def apply_pulsed(
    plan: Packed, state: Packed, tile: int, k: int, x: Array, d: Array,
    x_factor: float, d_factor: float, amplitude: float,
) -> None:  # fmt: skip
    """Give the devices the coincidences of pulse words."""
    slots, rows, columns = _drive(plan, x, d, (x_factor, d_factor), amplitude)
    sent, steps = _pulsed(plan, state, tile, k, x, rows, d, columns, slots)
    _close(plan, state, tile, x, d, slots, sent, steps)


#: The ways, by the name in `models.pulsing.applied`.
WAYS = {
    "exact": apply_exact,
    "collected": apply_collected,
    "ideal": apply_ideal,
    "drawn": apply_drawn,
    "pulsed": apply_pulsed,
}
