"""How much the mean step of each device changes with its weight: derivatives in closed form."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from models.device.array import (
    GAMMA_DOWN,
    GAMMA_UP,
    OFFSET_DOWN,
    OFFSET_UP,
    RATE_DOWN,
    RATE_UP,
    SCALE_DOWN,
    SCALE_UP,
    DeviceArray,
)
from models.device.response import Shape

Reals = npt.NDArray[np.float64]


def mean_slope(devices: DeviceArray, w: Reals, up: bool) -> Reals:
    """Return df/dw of the mean step f, before the bounds, in float64.

    Parameters
    ----------
    w
        Weights; shape broadcasts to (rows, columns).
    up
        Whether it is that of the step up.
    """
    planes = devices.planes.astype(np.float64)
    inner = -planes[RATE_UP] if up else planes[RATE_DOWN]
    if devices.shape is Shape.LINEAR:
        return np.asarray(inner + np.zeros_like(w))
    q = planes[OFFSET_UP if up else OFFSET_DOWN] + inner * w
    outer = _SLOPES[devices.shape](devices, q, up)
    return np.asarray(planes[SCALE_UP if up else SCALE_DOWN] * outer * inner)


def _exponential(devices: DeviceArray, q: Reals, up: bool) -> Reals:
    c0, c1 = devices.coefficients.astype(np.float64)[slice(0, 2) if up else slice(2, 4)]
    part = c1 * np.exp2(q)
    return np.where(c0 + part > 0, np.log(2.0) * part, 0.0)


def _power(devices: DeviceArray, q: Reals, up: bool) -> Reals:
    gamma = devices.planes[GAMMA_UP if up else GAMMA_DOWN].astype(np.float64)
    some = q > 0
    return np.where(some, gamma * np.where(some, q, 1.0) ** (gamma - 1.0), 0.0)


def _piecewise(devices: DeviceArray, q: Reals, up: bool) -> Reals:
    nodes = devices.coefficients.astype(np.float64).reshape(2, -1)[0 if up else 1]
    rises = np.diff(nodes)
    i = np.clip(np.floor(q).astype(np.int64), 0, len(rises) - 1)
    return np.where((q >= 0) & (q <= len(rises)), rises[i], 0.0)


def _whole(devices: DeviceArray, q: Reals, up: bool) -> Reals:
    """The rounding to whole units apart."""
    del devices, up
    return np.ones_like(q)


_SLOPES: dict[Shape, Callable[[DeviceArray, Reals, bool], Reals]] = {
    Shape.EXPONENTIAL: _exponential,
    Shape.POWER: _power,
    Shape.PIECEWISE: _piecewise,
    Shape.INTEGER: _whole,
}
