"""Coincidences drawn without words: one binomial number a device, by inversion.

Where both lines of a device fire independently in each of n slots, with probabilities p and q, its
coincidences are Binomial(n, p q). One uniform number a device is held against the running sum of
those probabilities; float64 in a fixed order, so both twins give the same bits everywhere.
"""

import numpy as np
import numpy.typing as npt

from models.key import Words, draw, extend, uniform

Reals = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


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
