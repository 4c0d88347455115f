"""The devices of one tile: drawn once from keys, never changed."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2

import numpy as np
import numpy.typing as npt

from models.device import constant_step, soft_bounds
from models.key import draw, extend, fold, wide_normal
from models.section import Device

Floats = npt.NDArray[np.float32]

#: Weights are multiples of 2^(e - GRID_BITS), |w| <= 2^e.
GRID_BITS = 22

#: Keys of the draws that make a tile, apart from every op's code.
STEP, ASYMMETRY, UPPER, LOWER, START = 16, 17, 18, 19, 20

_SLOPES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "constant-step": constant_step.slope,
    "soft-bounds": soft_bounds.slope,
}


@dataclass(frozen=True)
class DeviceArray:
    """Response of each device of a tile, arrays of shape (rows, columns), float32.

    `step_up`, `step_down` are the steps at weight 0, `slope_up`, `slope_down` their decrease toward
    the bound, `w_max`, `w_min` the bounds (on the weight grid), `noise` the relative cycle-to-cycle
    spread of one step. `exponent` is e of the grid: the bounds are within 2^e.
    """

    step_up: Floats
    step_down: Floats
    slope_up: Floats
    slope_down: Floats
    w_max: Floats
    w_min: Floats
    noise: np.float32
    exponent: int

    @property
    def grid(self) -> float:
        """Distance of two neighbouring weights, 2^(e-22)."""
        return 2.0 ** (self.exponent - GRID_BITS)


def to_grid(weights: npt.NDArray[np.floating], exponent: int) -> Floats:
    """Return weights within 2^exponent rounded half to even to the grid, in float32."""
    bias = np.float32(3.0 * 2.0**exponent)
    return np.asarray((weights.astype(np.float32) + bias) - bias, np.float32)


def keyed_normal(shape: tuple[int, int], seed: int, tile: int, kind: int) -> Floats:
    """Return a standard normal a device: keyed by (seed, tile, kind, row), counted by column."""
    rows = extend(fold(seed, tile, kind), np.arange(shape[0]))
    return wide_normal(draw(rows[:, None], np.arange(shape[1])[None, :]))


def draw_devices(device: Device, rows: int, columns: int, seed: int, tile: int) -> DeviceArray:
    """Return the devices of one tile.

    Steps are dw_min (1 + dw_min_dtod xi +- up_down_dtod xi') and 0 at least, bounds w_max (1 +
    w_max_dtod xi) and 0 at least (aihwkit, PulsedDevice; the clip is ours).
    """
    shape = (rows, columns)
    gain = 1.0 + device.dw_min_dtod * keyed_normal(shape, seed, tile, STEP).astype(np.float64)
    tilt = device.up_down_dtod * keyed_normal(shape, seed, tile, ASYMMETRY).astype(np.float64)
    up_bias, down_bias = min(device.up_down, 0.0), -max(device.up_down, 0.0)
    step_up = np.maximum((gain + tilt + up_bias) * device.dw_min, 0.0).astype(np.float32)
    step_down = np.maximum((gain - tilt + down_bias) * device.dw_min, 0.0).astype(np.float32)
    upper = 1.0 + device.w_max_dtod * keyed_normal(shape, seed, tile, UPPER).astype(np.float64)
    lower = 1.0 + device.w_min_dtod * keyed_normal(shape, seed, tile, LOWER).astype(np.float64)
    high, low = np.maximum(device.w_max * upper, 0.0), np.minimum(device.w_min * lower, 0.0)
    exponent = ceil(log2(max(float(high.max()), float(-low.min()), 2.0**-20)))
    w_max, w_min = to_grid(high, exponent), to_grid(low, exponent)
    slope = _SLOPES[device.family]
    return DeviceArray(
        step_up=step_up,
        step_down=step_down,
        slope_up=slope(step_up, w_max),
        slope_down=slope(step_down, -w_min),
        w_max=w_max,
        w_min=w_min,
        noise=np.float32(device.dw_min_std),
        exponent=exponent,
    )


def symmetric_point(devices: DeviceArray) -> npt.NDArray[np.float64]:
    """Return the weight at which a mean step up equals a mean step down; NaN where none is.

    w* = (step_up - step_down) / (slope_up + slope_down); for soft bounds this is
    (a+ - a-) / (a+/w_max - a-/w_min) of Rasch et al., Nat. Commun. 15:7133 (2024).
    """
    pull = devices.slope_up.astype(np.float64) + devices.slope_down
    tilt = devices.step_up.astype(np.float64) - devices.step_down
    point = np.full(pull.shape, np.nan)
    return np.asarray(np.divide(tilt, pull, out=point, where=pull > 0))
