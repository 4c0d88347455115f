"""Compiled draws of coincidences, equal bit for bit to their twin in `models.binomial`."""

from typing import Any

import numpy as np
from numba import njit

from models.kernel import draw, extend

Array = Any  # compiled code sees arrays, not their static types

_TO_UNIT = 2.0**-53
_LOW = np.uint64(11)


@njit(cache=True, error_model="numpy")
def count_one(chance: float, part: float, slots: int) -> int:
    """Return `models.binomial.binomial` of one device."""
    rare = min(chance, 1.0 - chance)
    rest = 1.0 - rare
    odds, weight, base, exponent = rare / rest, 1.0, rest, slots
    while exponent:
        if exponent & 1:
            weight = weight * base
        base, exponent = base * base, exponent >> 1
    total, count = weight, 0
    while count < slots and part >= total:
        count += 1
        weight = weight * (odds * ((slots - count + 1) / count))
        total = total + weight
    return slots - count if chance > 0.5 else count


@njit(cache=True, error_model="numpy")
def row_counts(key: Any, row: int, p_row: float, p_columns: Array, slots: int, out: Array) -> int:
    """Write the coincidences of row `row` with each column; return their sum."""
    row_key, total = extend(key, np.uint64(row)), 0
    for j in range(len(p_columns)):
        chance, count = p_row * p_columns[j], 0
        if chance > 0.0:
            part = np.float64(draw(row_key, np.uint64(j)) >> _LOW) * _TO_UNIT
            count = count_one(chance, part, slots)
        out[j] = count
        total += count
    return total
