"""Losses: the error that starts the backward pass, and the number that is reported."""

import numpy as np
import numpy.typing as npt

from models.activation import TABLE_BITS, exponential_table, table_gain
from models.converter import Numerics, Vectors

Labels = npt.NDArray[np.int64]


def one_hot(labels: Labels, classes: int, unit: float) -> Vectors:
    """Return target vectors: `unit` at the label, 0 elsewhere."""
    return np.asarray((labels[:, None] == np.arange(classes)[None, :]) * unit)


def _softmax(z: Vectors, numerics: Numerics) -> Vectors:
    below = z.max(axis=1, keepdims=True) - z
    if not numerics.integer:
        grown = np.exp(-below)
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))
    table = exponential_table(numerics.fraction_bits)
    index = np.rint(below * table_gain("exp", numerics.fraction_bits))
    grown = table[np.minimum(index, (1 << TABLE_BITS) - 1).astype(np.int64)]
    total = grown.sum(axis=1, keepdims=True)
    return np.asarray(np.floor_divide(2 * grown * numerics.unit + total, 2 * total))


def error(
    z: Vectors, value: Vectors, slope: Vectors, labels: Labels, loss: str, numerics: Numerics
) -> Vectors:
    """Return the loss's gradient with respect to the last pre-activation `z`, shape (n, classes).

    Cross-entropy: softmax(z) - target; in the hardware profile from the exponential's table,
    divided in integers. MSE (half the squared distance): (value - target) * slope.
    """
    target = one_hot(labels, z.shape[1], numerics.unit)
    if loss == "cross-entropy":
        return _softmax(z, numerics) - target
    gradient = (value - target) * slope / numerics.unit
    return np.rint(gradient) if numerics.integer else gradient


def mean_loss(z: Vectors, value: Vectors, labels: Labels, loss: str, numerics: Numerics) -> float:
    """Return the mean loss in float; the same bits on the same processor only."""
    if loss == "cross-entropy":
        real = z / numerics.unit
        top = real.max(axis=1)
        log_sum = top + np.log(np.exp(real - top[:, None]).sum(axis=1))
        return float(np.mean(log_sum - real[np.arange(len(labels)), labels]))
    target = one_hot(labels, z.shape[1], 1.0)
    return float(np.mean(0.5 * ((value / numerics.unit - target) ** 2).sum(axis=1)))
