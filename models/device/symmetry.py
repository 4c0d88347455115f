"""The symmetric point of each device, and how an up-down pair drags the weight toward it."""

import numpy as np
import numpy.typing as npt

from models.device.array import OFFSET_DOWN, OFFSET_UP, RATE_DOWN, RATE_UP, DeviceArray, Floats
from models.device.response import Shape
from models.device.slope import mean_slope

Reals = npt.NDArray[np.float64]


#: Halvings of a range that leave less than float32 can tell.
HALVINGS = 32


def symmetric_point(devices: DeviceArray) -> Reals:
    """Return the weight at which a mean step up equals a mean step down; NaN where none is.

    It lies within the device's bounds, and below it a step up is the larger one, so that up-down
    pairs pull toward it. For lines w* = (offset_up - offset_down) / (rate_up + rate_down); for soft
    bounds this is (a+ - a-) / (a+/w_max - a-/w_min) of Rasch et al., Nat. Commun. 15:7133 (2024).
    For other shapes it is found by halving the range, one of the points if there are several.
    """
    if devices.shape is not Shape.LINEAR:
        return _bisect(devices)
    lines = devices.planes[:4].astype(np.float64)
    pull = lines[RATE_UP] + lines[RATE_DOWN]
    tilt = lines[OFFSET_UP] - lines[OFFSET_DOWN]
    point = np.divide(tilt, pull, out=np.full(pull.shape, np.nan), where=pull > 0)
    within = (point >= devices.w_min) & (point <= devices.w_max)
    return np.where(within, point, np.nan)


def _excess(devices: DeviceArray, w: Reals) -> Floats:
    at = w.astype(np.float32)
    return np.asarray(devices.mean_step(at, True) - devices.mean_step(at, False))


def _bisect(devices: DeviceArray) -> Reals:
    low, high = devices.w_min.astype(np.float64), devices.w_max.astype(np.float64)
    some = (_excess(devices, low) > 0) & (_excess(devices, high) < 0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rises = _excess(devices, middle) > 0
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    return np.where(some, (low + high) / 2, np.nan)


def drag(devices: DeviceArray, w: Floats) -> Floats:
    """Return the mean change of each weight by one pulse up and one down, noise apart.

    It is 0 near the symmetric point w* and about -(f_down' - f_up')(w - w*) around it: the pull
    that Tiki-Taka algorithms live on. Two steps of soft bounds within [-1, 1] give about -2 dw_min
    w (Rasch et al., Nat. Commun. 15:7133, 2024, eq. 7).
    """
    still = np.zeros((), np.float32)
    return devices.move(devices.move(w, True, still), False, still) - w


def decay(devices: DeviceArray, w: Reals) -> Reals:
    """Return -d(drag)/dw: the share of a small distance from w that an up-down pair takes back.

    A definition of this project, in closed form: with steps f_up, f_down the pair maps w to
    w_up = w + f_up(w), then to w_up - f_down(w_up), so that it keeps the share

        (1 + f_up'(w)) (1 - f_down'(w_up))

    of a distance, and nothing of it where a step ends at a bound. Noise is left out. At the
    symmetric point it is the strength of the pull toward it: about 2 dw_min / tau for soft bounds
    at +-tau, 0 for a constant step, negative where steps grow on the way away from the point.

    Parameters
    ----------
    w
        Weights, shape (rows, columns), within the bounds; NaN gives NaN.
    """
    at = np.where(np.isnan(w), devices.w_min, w)
    risen = at + devices.mean_step(at.astype(np.float32), True)
    kept = np.where(risen < devices.w_max, 1.0 + mean_slope(devices, at, True), 0.0)
    top = np.minimum(risen, devices.w_max)
    fallen = top - devices.mean_step(top.astype(np.float32), False)
    kept = kept * np.where(fallen > devices.w_min, 1.0 - mean_slope(devices, top, False), 0.0)
    return np.where(np.isnan(w), np.nan, 1.0 - kept)
