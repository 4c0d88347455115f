"""Compiled pulse words, equal bit for bit to their twins in `models.pulse` and `models.spread`."""

from typing import Any

import numpy as np
from numba import njit

from models.kernel import draw, extend, inner, popcount
from models.pulsing import TYPES

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_ONE = np.uint64(1)
_RANDOM, _ORDERED = TYPES["random"], TYPES["deterministic"]
_HIGH = np.uint64(1 << 31)


@njit(cache=True)
def linear_map(matrix: Array, state: Any) -> Any:
    """Return `models.register.apply`."""
    out = np.uint64(0)
    for i in range(len(matrix)):
        out |= np.uint64(popcount(matrix[i] & state) & 1) << np.uint64(i)
    return out


@njit(cache=True)
def numbers(masks: Array, first: int, state: Array, out: Array) -> None:
    """Write the number that each line compares; its bits are parities of a register's.

    `masks`, shape (bits, lines of all stages), of which the side's begin at `first`; `state` holds
    one register for all lines or one a line. Lines are innermost: a vector instruction counts the
    bits of several.
    """
    out[:] = np.uint64(0)
    shared = len(state) == 1
    for bit in range(len(masks)):
        place = np.uint64(bit)
        if shared:
            seen = state[0]
            for line in range(len(out)):
                parity = np.uint64(popcount(masks[bit, first + line] & seen)) & _ONE
                out[line] |= parity << place
        else:
            for line in range(len(out)):
                parity = np.uint64(popcount(masks[bit, first + line] & state[line])) & _ONE
                out[line] |= parity << place


@njit(cache=True)
def side_words(
    masks: Array,
    first: int,
    registers: Array,
    slot_step: Array,
    limits: Array,
    slots: int,
    words: Array,
) -> int:
    """Write the pulse word of each line; return the pulses. `registers` stay as found."""
    words[:] = np.uint64(0)
    state, found = registers.copy(), np.empty(len(limits), np.uint64)
    for slot in range(slots):
        numbers(masks, first, state, found)
        place = np.uint64(slot)
        for line in range(len(limits)):
            words[line] |= np.uint64(np.int64(found[line]) < limits[line]) << place
        if slot + 1 < slots:
            for i in range(len(state)):
                state[i] = linear_map(slot_step, state[i])
    pulses = 0
    for line in range(len(limits)):
        pulses += popcount(words[line])
    return pulses


@njit(cache=True)
def random_words(key: Any, limits: Array, slots: int, bits: int, words: Array) -> int:
    """Write the word of each line from numbers keyed by line and slot; return the pulses."""
    pulses = 0
    for line in range(len(limits)):
        words[line] = np.uint64(0)
        if limits[line] == 0:
            continue
        line_key = extend(key, np.uint64(line))
        for slot in range(slots):
            number = draw(line_key, np.uint64(slot)) >> np.uint64(64 - bits)
            if np.int64(number) < limits[line]:
                words[line] |= _ONE << np.uint64(slot)
                pulses += 1
    return pulses


@inner
def _reverse(number: Any) -> Any:
    """Return `models.spread.reverse`."""
    found = np.uint64(0)
    for bit in range(32):
        found |= (number >> np.uint64(bit) & _ONE) << np.uint64(31 - bit)
    return found


@inner
def _pascal(number: Any) -> Any:
    """Return `models.spread.pascal`."""
    found, direction = np.uint64(0), _HIGH
    for bit in range(32):
        if number >> np.uint64(bit) & _ONE:
            found ^= direction
        direction ^= direction >> _ONE
    return found


@njit(cache=True)
def ordered_words(
    column: bool, update: int, limits: Array, slots: int, bits: int, words: Array
) -> int:
    """Write `models.spread.row_words` or `column_words` of an update; return the pulses."""
    number, rest = np.uint64(update), np.uint64(32 - bits)
    own = (_pascal(number) if column else _reverse(number)) >> rest
    pulses = 0
    for line in range(len(limits)):
        phase = np.int64(own ^ (_reverse(np.uint64(line)) >> rest))
        word = np.uint64(0)
        if column:
            for slot in range(slots):
                before = (slot * limits[line] + phase) >> bits
                if ((slot + 1) * limits[line] + phase) >> bits > before:
                    word |= _ONE << np.uint64(slot)
        else:
            word = (_ONE << np.uint64((slots * limits[line] + phase) >> bits)) - _ONE
        words[line] = word
        pulses += popcount(word)
    return pulses


@inner
def _bank_words(
    pulsing: Packed,
    masks: Array,
    first: int,
    registers: Array,
    limits: Array,
    slots: int,
    words: Array,
) -> int:
    """Write the words of one side from its registers, and leap these to the next update."""
    pulses = side_words(masks, first, registers, pulsing.slot_step, limits, slots, words)
    for i in range(len(registers)):
        registers[i] = linear_map(pulsing.leap, registers[i])
    return pulses


@inner
def line_words(
    pulsing: Packed,
    column: bool,
    m: int,
    k: int,
    lines: Any,
    registers: Array,
    limits: Array,
    slots: int,
    words: Array,
) -> Any:
    """Write one side's words of update `k` of tile `m`; return the pulses.

    `lines` are the first of the side's lines and the one after its last among all tiles';
    `registers` are those of all tiles.
    """
    bits = pulsing.comparator_bits
    if pulsing.kind == _RANDOM:
        key = pulsing.column_key[m] if column else pulsing.row_key[m]
        return random_words(extend(key, np.uint64(k)), limits, slots, bits, words)
    if pulsing.kind == _ORDERED:
        return ordered_words(column, k, limits, slots, bits, words)
    masks = pulsing.column_masks if column else pulsing.row_masks
    first, last = (m, m + 1) if pulsing.shared else lines
    own = registers[first:last]
    return _bank_words(pulsing, masks, lines[0], own, limits, slots, words)
