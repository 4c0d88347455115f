"""Pairs of one pulse up and one down: how they drag a weight, measured with all noise."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.device.array import DeviceArray, Floats, to_grid
from models.device.kind import PAIR
from models.device.symmetry import decay, drag
from models.device.train import HIGH, LOW
from models.key import draw, extend, fold, normal

Reals = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

#: Pairs of each device at a weight of the curve, and at either side of the symmetric point.
CURVE_PAIRS, SLOPE_PAIRS = 32, 256
#: Distance of those sides from it, in ranges of the device, and of the bounds from it at least.
REACH, ROOM = 0.05, 0.1


@dataclass(frozen=True)
class Pairs:
    """Mean change of a weight by one pair, at each weight of a curve; NaN where no device is.

    `measured`: mean over devices and pairs; `error`: its standard error by the noise of pulses,
    for these devices; `closed`: `models.device.symmetry.drag` of the same devices, without noise.
    """

    weight: Reals
    measured: Reals
    error: Reals
    closed: Reals


@dataclass(frozen=True)
class Drag:
    """Slope of the change by a pair around the symmetric point: a decay toward it per pair.

    A definition of this project. `measured`: mean over devices, each pulsed in pairs at 5 % of its
    range to either side of the point, with `error`, its standard error by the noise of pulses;
    `closed`: mean of `models.device.symmetry.decay` there; `low`, `high`: the 16th and 84th
    percentile of that over devices. `devices`: how many have the point a tenth of their range or
    more within their bounds; NaN where none has.
    """

    devices: int
    measured: float
    error: float
    closed: float
    low: float
    high: float


def pair_changes(devices: DeviceArray, start: Floats, pairs: int, seed: int, run: int) -> Reals:
    """Return the change of each weight by one pair, `pairs` times from the same start.

    Parameters
    ----------
    start
        Weights of one row of devices, shape (1, N), on the grid.
    run
        Number of this experiment; keys the noise with the seed and the pair.

    Returns
    -------
    Changes, shape (pairs, N); each pulse is rounded to the grid, as an update is.
    """
    w, columns = np.broadcast_to(start, (pairs, start.shape[1])), np.arange(start.shape[1])
    for step, up in enumerate((True, False)):
        keys = extend(fold(seed, 0, PAIR, run, step), np.arange(pairs))
        xi = normal(draw(keys[:, None], columns[None, :]))
        w = to_grid(devices.move(w, up, xi), devices.exponent)
    return w.astype(np.float64) - start


def _mean(changes: Reals, chosen: Booleans) -> tuple[float, float]:
    """Return the mean over chosen devices and its standard error by noise alone."""
    found = changes[:, chosen]
    pairs, devices = found.shape
    error = np.sqrt(found.var(axis=0, ddof=1).sum() / pairs) / devices
    return float(found.mean()), float(error)


def measure_pairs(devices: DeviceArray, weights: Reals, seed: int) -> Pairs:
    """Return the mean change by a pair of the devices that reach each weight."""
    rows = []
    for run, weight in enumerate(weights.tolist(), start=2):  # 0 and 1 are the sides of the drag
        here = (devices.w_min < devices.w_max) & reaches(devices, weight)
        start = to_grid(np.clip(weight, devices.w_min, devices.w_max), devices.exponent)
        if here.any():
            changes = pair_changes(devices, start, CURVE_PAIRS, seed, run)
            closed = drag(devices, start)[here].mean(dtype=np.float64)
            rows.append((*_mean(changes, here[0]), float(closed)))
        else:
            rows.append((np.nan, np.nan, np.nan))
    measured, error, closed_form = np.array(rows).T
    return Pairs(weights, measured, error, closed_form)


def reaches(devices: DeviceArray, weight: float) -> Booleans:
    """Return whether a weight, rounded to the grid, lies within the bounds of each device."""
    at = to_grid(np.asarray(weight, np.float64), devices.exponent)
    return np.asarray((devices.w_min <= at) & (at <= devices.w_max))


def measure_drag(devices: DeviceArray, point: Reals, seed: int) -> Drag:
    """Return the decay toward `point`, shape (1, N), by up-down pairs.

    The two sides are read as d = (change below - change above) / (2 distance), which for steps
    linear in the weight is the closed form up to the noise and the grid.
    """
    w_min, w_max = devices.w_min.astype(np.float64), devices.w_max.astype(np.float64)
    extent = w_max - w_min
    room = np.minimum(point - w_min, w_max - point)
    chosen = (extent > 0) & (room >= ROOM * extent)  # NaN has no room
    if not chosen.any():
        return Drag(0, *(float("nan"),) * 5)
    center = np.where(chosen, point, w_min)
    changes, sides = [], []
    for run, sign in enumerate((-1.0, 1.0)):
        side = to_grid(center + sign * REACH * np.where(chosen, extent, 0.0), devices.exponent)
        changes.append(pair_changes(devices, side, SLOPE_PAIRS, seed, run))
        sides.append(side.astype(np.float64))
    distance = np.where(chosen, sides[1] - sides[0], 1.0)
    measured, error = _mean((changes[0] - changes[1]) / distance, chosen[0])
    closed = decay(devices, np.where(chosen, point, np.nan))[chosen]
    low, high = np.percentile(closed, [LOW, HIGH])
    return Drag(int(chosen.sum()), measured, error, float(closed.mean()), float(low), float(high))
