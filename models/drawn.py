"""Compiled updates whose coincidences are drawn, equal bit for bit to `models.binomial`."""

from typing import Any

import numpy as np
from numba import njit

from models.kernel import draw, extend, inner
from models.stepping import WORK

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


@inner
def drawn_update(
    weights: Array,
    planes: Array,
    step: Any,
    rule: Any,
    x: Array,
    d: Array,
    chances: Any,
    slots: int,
    keys: Any,
    tally: Array,
) -> int:
    """Apply one update of drawn coincidences in place; return their number.

    `step` is `models.coincidence.step_row`; `x` and `d` are codes, whose signs count; `chances`
    both sides' probabilities; `keys` that of the step noise and that of the draws. `tally`, flat,
    adds each device's coincidences up; it is empty where they are not counted.
    """
    rows, columns = weights.shape
    counts, signs = np.empty(columns, np.int32), np.empty(columns, np.float32)
    for j in range(columns):
        signs[j] = np.float32(-1.0) if d[j] > 0.0 else np.float32(1.0)
    work, words = np.empty((WORK, columns), np.float32), np.empty((columns + 1) // 2, np.uint64)
    total = 0
    for i in range(rows):
        if chances[0][i] == 0.0 or slots == 0:
            continue
        found = row_counts(keys[1], i, chances[0][i], chances[1], slots, counts)
        if found == 0:
            continue
        total += found
        sign = np.float32(-1.0) if x[i] < 0.0 else np.float32(1.0)
        row_key = extend(keys[0], np.uint64(i))
        step(weights[i], planes[i], counts, sign, signs, rule, row_key, work, words)
        if len(tally):
            for j in range(columns):
                tally[i * columns + j] += counts[j]
    return total
