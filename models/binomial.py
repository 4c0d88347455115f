"""Coincidences drawn without words: one binomial number a device, by inversion.

Where both lines of a device fire independently in each of n slots, with probabilities p and q, its
coincidences are Binomial(n, p q). One uniform number a device is held against the running sum of
those probabilities; float64 in a fixed order, so both twins give the same bits everywhere.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from models.kernel import draw as draw_word
from models.kernel import extend as extend_key
from models.key import Words, draw, extend, uniform

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]
Array = Any  # compiled code sees arrays, not their static types

_TO_UNIT = 2.0**-53
_LOW = np.uint64(11)


def _power(base: Reals, exponent: int) -> Reals:
    """Return a power by squaring, lowest bit of the exponent first."""
    result = np.ones_like(base)
    while exponent:
        if exponent & 1:
            result = result * base
        base, exponent = base * base, exponent >> 1
    return result


def binomial(chance: Reals, part: Reals, slots: int) -> Counts:
    """Return the smallest counts whose cumulated probability is above `part`.

    Parameters
    ----------
    chance
        Probability of one coincidence, 0..1.
    part
        Uniform numbers in [0, 1), same shape.
    slots
        Number of trials, 0..63.
    """
    rare = np.minimum(chance, 1.0 - chance)
    rest = 1.0 - rare
    odds, weight = rare / rest, _power(rest, slots)
    total, count = weight, np.zeros(chance.shape, np.int32)
    for number in range(1, slots + 1):
        weight = weight * (odds * ((slots - number + 1) / number))
        count += part >= total
        total = total + weight
    return np.where(chance > 0.5, np.int32(slots) - count, count)


def counts(key: Words, rows: Reals, columns: Reals, slots: int) -> Counts:
    """Return the coincidences of every device, shape (rows, columns).

    `rows` and `columns` are the lines' probabilities; `key` belongs to an update. Row i draws from
    the key extended by i, with the column as counter.
    """
    keys = extend(key, np.arange(len(rows)))[:, None]
    part = uniform(draw(keys, np.arange(len(columns))[None, :]))
    return binomial(rows[:, None] * columns[None, :], part, slots)


@njit(cache=True, error_model="numpy")
def count_one(chance: float, part: float, slots: int) -> int:
    """Return `binomial` of one device."""
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
    row_key, total = extend_key(key, np.uint64(row)), 0
    for j in range(len(p_columns)):
        chance, count = p_row * p_columns[j], 0
        if chance > 0.0:
            part = np.float64(draw_word(row_key, np.uint64(j)) >> _LOW) * _TO_UNIT
            count = count_one(chance, part, slots)
        out[j] = count
        total += count
    return total
