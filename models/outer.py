"""The wanted outer product added to the weights at once: updates without pulses.

A weight changes by the whole of -lr x d, in units of weight, within its device's bounds: what a
pulsed update would do on average on devices of constant step. Float32 in a fixed order.
"""

from typing import Any

import numpy as np
from numba import njit

from models.converter import Vectors
from models.device.array import W_MAX, W_MIN, Floats, to_grid

Array = Any  # compiled code sees arrays, not their static types

#: Changes a unit of x d beyond these are none, or all.
_LEAST, _MOST = 2.0**-120, 2.0**60


def outer_gain(amplitude: float, x_factor: float, d_factor: float, dw_min: float) -> np.float32:
    """Return the change of a weight a unit of code x code.

    `amplitude` times both factors is the number of coincidences wanted a unit of code x code, each
    of which is `dw_min` at weight 0.
    """
    gain = amplitude * x_factor * d_factor * dw_min
    return np.float32(min(gain, _MOST) if gain > _LEAST else 0.0)


def outer_update(
    weights: Floats,
    w_min: Floats,
    w_max: Floats,
    exponent: int,
    x: Vectors,
    d: Vectors,
    gain: np.float32,
) -> None:
    """Subtract gain x d from `weights`, shape (rows, columns), in place; x and d are codes."""
    change = (x.astype(np.float32) * gain)[:, None] * d.astype(np.float32)[None, :]
    moved = np.minimum(np.maximum(weights - change, w_min), w_max)
    weights[...] = np.where((x == 0)[:, None], weights, to_grid(moved, exponent))


@njit(cache=True, error_model="numpy")
def compiled_gain(amplitude: float, x_factor: float, d_factor: float, dw_min: float) -> Any:
    """Return `outer_gain`."""
    gain = amplitude * x_factor * d_factor * dw_min
    return np.float32(min(gain, _MOST) if gain > _LEAST else 0.0)


@njit(cache=True, error_model="numpy")
def outer_rows(weights: Array, planes: Array, exponent: int, x: Array, d: Array, gain: Any) -> None:
    """Execute `outer_update`; `planes`, shape (rows, P, columns), hold the bounds."""
    rows, columns = weights.shape
    bias = np.float32(3.0 * 2.0**exponent)
    for i in range(rows):
        if x[i] == 0.0:
            continue
        part = np.float32(x[i]) * gain
        for j in range(columns):
            w = weights[i, j] - part * np.float32(d[j])
            w = min(max(w, planes[i, W_MIN, j]), planes[i, W_MAX, j])
            weights[i, j] = (w + bias) - bias
