"""Compiled pulse words, equal bit for bit to their twins in `models.pulse` and `models.spread`."""

from typing import Any

import numpy as np
from numba import njit

from models.kernel import draw, extend, inner, popcount
from models.pulsing import TYPES

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_NONE, _ONE = np.uint64(0), np.uint64(1)
_RANDOM, _ORDERED = TYPES["random"], TYPES["deterministic"]
_HIGH = np.uint64(1 << 31)


@njit(cache=True)
def linear_map(turned: Array, state: Any) -> Any:
    """Return `models.register.apply`; `turned` is `models.register.turn` of the map."""
    out = np.uint64(0)
    for bit in range(len(turned)):
        out ^= turned[bit] & (_NONE - (state >> np.uint64(bit) & _ONE))
    return out


@njit(cache=True)
def map_all(turned: Array, state: Array) -> None:
    """Replace every register by `linear_map` of it; registers are innermost."""
    if len(state) == 1:
        state[0] = linear_map(turned, state[0])
        return
    out = np.zeros(len(state), np.uint64)
    for bit in range(len(turned)):
        place, own = np.uint64(bit), turned[bit]
        for i in range(len(state)):
            out[i] ^= own & (_NONE - (state[i] >> place & _ONE))
    state[:] = out


@njit(cache=True)
def numbers(turned: Array, first: int, state: Array, out: Array) -> None:
    """Write the number that each line compares: what the register's set bits add up to.

    `turned`, shape (bits of a register, lines of all stages), of which the side's begin at `first`;
    `state` holds one register for all lines or one a line. Lines are innermost, so that a vector
    instruction takes several.
    """
    out[:] = np.uint32(0)
    shared = len(state) == 1
    for bit in range(len(turned)):
        place, own = np.uint64(bit), turned[bit, first : first + len(out)]
        if shared:
            if state[0] >> place & _ONE:
                for line in range(len(out)):
                    out[line] ^= own[line]
        else:
            for line in range(len(out)):
                out[line] ^= own[line] * np.uint32((state[line] >> place) & _ONE)


@njit(cache=True)
def side_words(
    turned: Array,
    first: int,
    registers: Array,
    slot_step: Array,
    limits: Array,
    slots: int,
    words: Array,
) -> int:
    """Write the pulse word of each line; return the pulses. `registers` stay as found."""
    words[:] = np.uint64(0)
    state, found = registers.copy(), np.empty(len(limits), np.uint32)
    for slot in range(slots):
        numbers(turned, first, state, found)
        place = np.uint64(slot)
        for line in range(len(limits)):
            words[line] |= np.uint64(np.int64(found[line]) < limits[line]) << place
        if slot + 1 < slots:
            map_all(slot_step, state)
    return _pulses(words)


@njit(cache=True)
def _pulses(words: Array) -> int:
    found = 0
    for line in range(len(words)):
        found += popcount(words[line])
    return found


@njit(cache=True)
def random_words(key: Any, limits: Array, slots: int, bits: int, words: Array) -> int:
    """Write the word of each line from numbers keyed by line and slot; return the pulses."""
    keys = np.empty(len(limits), np.uint64)
    for line in range(len(limits)):
        keys[line], words[line] = extend(key, np.uint64(line)), np.uint64(0)
    for slot in range(slots):
        place = np.uint64(slot)
        for line in range(len(limits)):
            number = draw(keys[line], place) >> np.uint64(64 - bits)
            words[line] |= np.uint64(np.int64(number) < limits[line]) << place
    return _pulses(words)


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
    turned: Array,
    first: int,
    registers: Array,
    limits: Array,
    slots: int,
    words: Array,
) -> int:
    """Write the words of one side from its registers, and leap these to the next update."""
    pulses = side_words(turned, first, registers, pulsing.slot_step, limits, slots, words)
    map_all(pulsing.leap, registers)
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
    turned = pulsing.column_turned if column else pulsing.row_turned
    first, last = (m, m + 1) if pulsing.shared else lines
    own = registers[first:last]
    return _bank_words(pulsing, turned, lines[0], own, limits, slots, words)
