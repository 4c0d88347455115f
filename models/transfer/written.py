"""Compiled writes of a transfer: pulses of a line, into target after target."""

from typing import Any

import numpy as np

from models.coincidence import make_row, take_row
from models.combining import choose
from models.held import hold, keep
from models.jittered import line_key
from models.kernel import extend, inner, popcount
from models.member import array_of, rule_of, seen_of, sum_cells
from models.outer import compiled_gain, outer_rows
from models.picked import make_picked, step_picked
from models.pulsing import TYPES
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
def _registers(plan: Packed, state: Packed, tile: int, t: int, columns: int) -> Array:
    """Return the registers of a transfer to a tile."""
    first, last = t * len(plan.exponent) + tile, t * len(plan.exponent) + tile + 1
    if not plan.pulsing.shared:
        first = t * plan.lines + plan.placing.column_at[tile]
        last = first + columns
    return state.transfer_registers[first:last]


@inner
def _words(
    plan: Packed, state: Packed, tile: int, t: int, n: int, limits: Array, slots: int, words: Array
) -> None:
    """Write the columns' words of transfer line `n`, and leap their registers to the next."""
    own, pulsing = plan.transferring, plan.pulsing
    if pulsing.kind == _ORDERED:
        ordered_words(_COLUMN, n, limits, slots, pulsing.comparator_bits, words)
    elif pulsing.kind != _LFSR:
        key = extend(own.word_key[t, tile], np.uint64(n))
        random_words(key, limits, slots, pulsing.comparator_bits, words)
    else:
        at = t * plan.lines + plan.placing.column_at[tile]
        registers = _registers(plan, state, tile, t, len(limits))
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
    targets: Array,
    rows: int,
    wanted: Array,
    counts: Array,
) -> None:
    """Step the targets' devices of line `n`."""
    own, i, columns = plan.transferring, n % rows, len(wanted)
    own_row, own_picked = make_row(columns), make_picked(columns, plan.planes)
    row, picked = hold(own_row), hold(own_picked)
    for j in range(columns):
        row.signs[j] = np.float32(1.0) if wanted[j] > 0.0 else np.float32(-1.0)
    transfer_key = extend(own.key[t, tile], np.uint64(n))
    for target in targets:
        if target < 0:
            break
        first, last = choose(plan.combining, target, tile, n)
        for number in range(first, last):
            held, planes = array_of(plan, state, tile, number, rows, columns)
            rule, key = rule_of(plan, tile, number), extend(transfer_key, np.uint64(number))
            row.counts[:] = counts
            row_key = line_key(rule, key, i)
            waiting = take_row(held, planes, plan.step, rule, i, _UP, row_key, row, picked, _NONE)
            step_picked(picked, waiting, held, planes, plan.step, rule)
    keep(own_row)
    keep(own_picked)


@inner
def _ideal_line(
    plan: Packed, state: Packed, tile: int, n: int, targets: Array, rows: int, wanted: Array,
    gain: float,
) -> None:  # fmt: skip
    """Give line `n` of the targets what is wanted itself."""
    own, i, columns = plan.transferring, n % rows, len(wanted)
    change = compiled_gain(gain, 1.0, 1.0, own.step)
    one, against = np.ones(1), -wanted
    for target in targets:
        if target < 0:
            break
        first, last = choose(plan.combining, target, tile, n)
        for number in range(first, last):
            held, planes = array_of(plan, state, tile, number, rows, columns)
            own_held, own_planes = held[i : i + 1], planes[i : i + 1]
            outer_rows(own_held, own_planes, plan.exponent[tile], one, against, change)


@inner
def _settle_line(plan: Packed, state: Packed, tile: int, n: int, rows: int, counts: Array) -> None:
    """Bring what reads see of line `n` up to date."""
    columns, i = len(counts), n % rows
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
def write_line(
    plan: Packed, state: Packed, m: int, tile: int, t: int, n: int, targets: Array, rows: int,
    wanted: Array, gain: float,
) -> None:  # fmt: skip
    """Write what is wanted of line `n` into the targets, and count pulses and coincidences."""
    own, columns = plan.transferring, len(wanted)
    counts, sent = np.zeros(columns, np.int32), _NONE
    if own.counted:
        for j in range(columns):
            counts[j] = np.int32(abs(wanted[j]))
            sent += counts[j]
    elif own.ideal:
        _ideal_line(plan, state, tile, n, targets, rows, wanted, gain)
        for j in range(columns):
            counts[j] = wanted[j] != 0.0
    else:
        sent = _train(plan, state, tile, t, n, wanted, gain, counts)
    if own.counted or not own.ideal:
        _step_line(plan, state, tile, t, n, targets, rows, wanted, counts)
        state.transferred[m, 2] += counts.sum()
    _settle_line(plan, state, tile, n, rows, counts)
    state.transferred[m, 1] += sent


@inner
def skip_lines(plan: Packed, state: Packed, tile: int, t: int, columns: int) -> None:
    """Leap the registers of a transfer that is left out, as if its lines had been written."""
    own, pulsing = plan.transferring, plan.pulsing
    if pulsing.kind != _LFSR or own.counted:
        return
    registers = _registers(plan, state, tile, t, columns)
    for _ in range(own.columns[t]):
        map_all(pulsing.leap, registers)
