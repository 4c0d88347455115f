"""Compiled steps of emulated devices with noise, row by row; `models.jitter` is the plain twin.

Every number of them is exact, so no order of operations matters.
"""

from typing import Any

import numpy as np

from models.device.array import (
    OFFSET_DOWN,
    OFFSET_UP,
    RATE_DOWN,
    RATE_UP,
    SCALE_DOWN,
    SCALE_UP,
    W_MAX,
    W_MIN,
)
from models.device.response import Shape
from models.jitter import COLUMN, FIELD, PLACES, ROW, UPDATE, WIDTH, byte_table, turned_powers
from models.kernel import borrowing, extend, inner, popcount

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_INTEGER = int(Shape.INTEGER)
_ROW, _UPDATE, _COLUMN = turned_powers(ROW), turned_powers(UPDATE), byte_table(COLUMN)
_MASK, _FIELDS = np.uint64((1 << WIDTH) - 1), np.uint32((1 << FIELD) - 1)
_ONE, _NONE, _BYTE = np.uint64(1), np.uint64(0), np.uint32(255)
_UNIT = float(1 << PLACES)


@inner
def jittered(rule: Packed) -> Any:
    """Return whether devices draw their noise from a register; `models.stepping.Rule`."""
    return rule.shape == _INTEGER and not rule.additive and rule.noise > 0


@borrowing
def _leap(table: Array, key: Any, count: Any) -> Any:
    """Return a register after `count` times the steps of `turned_powers`."""
    state = key & _MASK
    if state == _NONE:
        state = _ONE
    power = 0
    while count != _NONE:
        if count & _ONE:
            found = _NONE
            for bit in range(WIDTH):
                if state >> np.uint64(bit) & _ONE:
                    found ^= np.uint64(table[power, bit])
            state = found
        count >>= _ONE
        power += 1
    return state


@inner
def update_key(rule: Packed, key: Any, update: Any) -> Any:
    """Return the key of an update's noise: a register (`models.jitter.update_state`) or a hash."""
    if jittered(rule):
        return _leap(_UPDATE, key, np.uint64(update) + _ONE)
    return extend(key, np.uint64(update))


@inner
def line_key(rule: Packed, key: Any, i: Any) -> Any:
    """Return the key of a row's noise: what the row sees of the register, or a hash."""
    if jittered(rule):
        return _leap(_ROW, key, np.uint64(i))
    return extend(key, np.uint64(i))


@borrowing
def jitter_row(
    weights: Array, planes: Array, counts: Array, sign: Any, signs: Array, rule: Any, key: Any
) -> None:
    """Move the devices of a row by their coincidences, as `models.coincidence.take_row` does."""
    gain, unit = np.rint(np.float64(rule.noise) * _UNIT / 3.0), np.float64(rule.coefficients[0])
    seen = np.uint32(key)
    for j in range(len(weights)):
        if j > 0:
            low = _COLUMN[0, seen & _BYTE] ^ _COLUMN[1, seen >> np.uint32(8) & _BYTE]
            high = _COLUMN[2, seen >> np.uint32(16) & _BYTE] ^ _COLUMN[3, seen >> np.uint32(24)]
            seen = np.uint32(low ^ high)
        state, up, w = seen, sign * signs[j] > 0, weights[j]
        offset = planes[OFFSET_UP, j] if up else planes[OFFSET_DOWN, j]
        rate = planes[RATE_UP, j] if up else -planes[RATE_DOWN, j]
        scale = np.float64(planes[SCALE_UP, j] if up else planes[SCALE_DOWN, j])
        for _ in range(counts[j]):
            field = state >> np.uint32(WIDTH - FIELD)
            ones = popcount(np.uint64(field))
            factor = (_UNIT + gain * np.float64(2 * ones - FIELD)) / _UNIT
            whole = np.rint(scale * np.float64(offset - rate * w) * factor / unit)
            step = np.float32(whole * unit)
            w = w + step if up else w - step
            w = min(max(w, planes[W_MIN, j]), planes[W_MAX, j])
            taps = field ^ state >> np.uint32(WIDTH - 3 - FIELD)
            kept = np.uint32(np.uint64(state) << np.uint64(FIELD) & _MASK)
            state = np.uint32(kept | taps & _FIELDS)
        weights[j] = w
