"""Losses: the error that starts the backward pass, and the number that is reported."""

import numpy as np
import numpy.typing as npt

from models.activation import TABLE_BITS, exponential_table, table_gain
from models.converter import Numerics, Vectors

Labels = npt.NDArray[np.int64]


def target_levels(classes: int, numerics: Numerics, smoothing: float) -> tuple[float, float]:
    """Return the targets of the label and of every other class; together they are one unit.

    The others have `smoothing` / classes each (Szegedy et al., CVPR 2016), rounded in the hardware
    profile.
    """
    other = smoothing * numerics.unit / classes
    if numerics.integer:
        other = float(np.rint(other))
    return numerics.unit - (classes - 1) * other, other


def targets(labels: Labels, classes: int, numerics: Numerics, smoothing: float) -> Vectors:
    """Return target vectors, shape (n, classes)."""
    label, other = target_levels(classes, numerics, smoothing)
    return np.where(labels[:, None] == np.arange(classes)[None, :], label, other)


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
    z: Vectors,
    value: Vectors,
    slope: Vectors,
    labels: Labels,
    loss: str,
    numerics: Numerics,
    smoothing: float = 0.0,
) -> Vectors:
    """Return the loss's gradient with respect to the last pre-activation `z`, shape (n, classes).

    Cross-entropy: softmax(z) - target; in the hardware profile from the exponential's table,
    divided in integers. MSE (half the squared distance): (value - target) * slope, saturated in the
    hardware profile.
    """
    target = targets(labels, z.shape[1], numerics, smoothing)
    if loss == "cross-entropy":
        return _softmax(z, numerics) - target
    gradient = (value - target) * slope / numerics.unit
    if not numerics.integer:
        return gradient
    return np.asarray(np.clip(np.rint(gradient), -numerics.limit, numerics.limit))


def mean_loss(
    z: Vectors,
    value: Vectors,
    labels: Labels,
    loss: str,
    numerics: Numerics,
    smoothing: float = 0.0,
) -> float:
    """Return the mean loss in float; the same bits on the same processor only.

    Under label smoothing that against the smoothed targets.
    """
    target = targets(labels, z.shape[1], numerics, smoothing) / numerics.unit
    if loss == "cross-entropy":
        real = z / numerics.unit
        top = real.max(axis=1)
        log_sum = top + np.log(np.exp(real - top[:, None]).sum(axis=1))
        if smoothing:
            return float(np.mean(log_sum - (target * real).sum(axis=1)))
        return float(np.mean(log_sum - real[np.arange(len(labels)), labels]))
    return float(np.mean(0.5 * ((value / numerics.unit - target) ** 2).sum(axis=1)))
