"""Compiled updates whose coincidences are drawn, equal bit for bit to `models.binomial`."""

from typing import Any

import numpy as np
from numba import njit

from models.coincidence import make_row, take_row
from models.held import hold, keep
from models.jittered import line_key
from models.kernel import draw, extend, inner
from models.picked import make_picked, step_picked

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
    own_row, own_picked, n = make_row(columns), make_picked(columns, planes.shape[1]), np.int64(0)
    row, picked = hold(own_row), hold(own_picked)
    for j in range(columns):
        row.signs[j] = np.float32(-1.0) if d[j] > 0.0 else np.float32(1.0)
    total = 0
    for i in range(rows):
        if chances[0][i] == 0.0 or slots == 0:
            continue
        found = row_counts(keys[1], i, chances[0][i], chances[1], slots, row.counts)
        if found == 0:
            continue
        total += found
        if len(tally):
            for j in range(columns):
                tally[i * columns + j] += row.counts[j]
        sign = np.float32(-1.0) if x[i] < 0.0 else np.float32(1.0)
        row_key = line_key(rule, keys[0], i)
        n = take_row(weights, planes, step, rule, i, sign, row_key, row, picked, n)
    step_picked(picked, n, weights, planes, step, rule)
    keep(own_row)
    keep(own_picked)
    return total
