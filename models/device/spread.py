"""Single steps of drawn devices: their mean against the weight, and how much they vary."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.device.array import DeviceArray, Floats, to_grid
from models.device.kind import SPREAD
from models.device.pair import reaches
from models.device.train import HIGH, LOW
from models.key import draw, extend, fold, normal

Reals = npt.NDArray[np.float64]

#: Pulses of each device and direction from which its spread is measured.
REPEATS = 256


@dataclass(frozen=True)
class Band:
    """Mean over devices and their 16th and 84th percentile at each weight; NaN where none is."""

    mean: Reals
    low: Reals
    high: Reals


@dataclass(frozen=True)
class Spread:
    """Steps in one direction from one weight.

    `mean`: mean step. `cycle`: spread from pulse to pulse, relative to the device's own mean step
    (root mean squares of both). `device`: spread of mean steps from device to device, relative to
    `mean`. NaN where no device moves.
    """

    mean: float
    cycle: float
    device: float


def _placed(devices: DeviceArray, weight: float) -> Floats:
    return to_grid(np.clip(weight, devices.w_min, devices.w_max), devices.exponent)


def mean_steps(devices: DeviceArray, weights: Reals, up: bool) -> Band:
    """Return the size of a step without noise, the bounds included, of devices that reach them."""
    still, rows = np.zeros((), np.float32), []
    for weight in weights.tolist():
        start = _placed(devices, weight)
        here = (devices.w_min < devices.w_max) & reaches(devices, weight)
        steps = np.abs(devices.move(start, up, still) - start)[here].astype(np.float64)
        if len(steps):
            rows.append((steps.mean(), *np.percentile(steps, [LOW, HIGH])))
        else:
            rows.append((np.nan, np.nan, np.nan))
    return Band(*np.array(rows).T)


def measure_spread(devices: DeviceArray, weight: float, up: bool, seed: int) -> Spread:
    """Return mean and spreads of noisy steps from one weight.

    Means over `REPEATS` pulses still carry noise: its part is taken off their squares and variance.

    Parameters
    ----------
    devices
        One row of devices, shape (1, N); those count that have a range and reach the weight.
    """
    start = _placed(devices, weight)
    chosen = ((devices.w_min < devices.w_max) & reaches(devices, weight))[0]
    keys = extend(fold(seed, 0, SPREAD, int(up)), np.arange(REPEATS))
    xi = normal(draw(keys[:, None], np.arange(start.shape[1])[None, :]))
    moved = to_grid(devices.move(start, up, xi), devices.exponent).astype(np.float64) - start
    steps = (moved if up else -moved)[:, chosen]
    if steps.size == 0 or not steps.any():
        return Spread(*(float("nan"),) * 3)
    means, noise = steps.mean(axis=0), float(steps.var(axis=0, ddof=1).mean())
    rest = noise / REPEATS
    mean, square = float(means.mean()), float((means**2).mean()) - rest
    between = max(float(means.var()) - rest, 0.0)
    cycle = (noise / square) ** 0.5 if square > 0 else float("nan")
    return Spread(mean, cycle, between**0.5 / abs(mean) if mean else float("nan"))
