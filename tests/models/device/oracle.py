"""Devices written a second time, in float64 and straight from the formulas of their papers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.device.kind import (
    ASYMMETRY,
    LOWER,
    REFERENCE,
    SLOPE_DOWN,
    SLOPE_UP,
    STEP,
    UPPER,
)
from models.device.section import Device

Normal = Callable[[int], np.ndarray]

#: One or more designs of each family, with every draw in use.
SPREAD = {
    "dw_min_dtod": 0.2,
    "up_down_dtod": 0.05,
    "w_max_dtod": 0.1,
    "w_min_dtod": 0.1,
    "w_min": -0.5,
}
CASES: dict[str, dict] = {
    "constant-step": {"family": "constant-step", "up_down": 0.1},
    "linear-step": {"family": "linear-step", "gamma_up": 0.4, "gamma_down": 0.7},
    "linear-step-own": {
        "family": "linear-step",
        "gamma_up": -0.38,
        "gamma_down": 0.76,
        "gamma_up_dtod": 0.2,
        "mean_bound_reference": False,
        "allow_increasing": True,
    },
    "linear-step-additive": {"family": "linear-step", "gamma_up": 0.5, "mult_noise": False},
    "soft-bounds": {"family": "soft-bounds", "up_down": -0.2},
    "soft-bounds-additive": {"family": "soft-bounds", "mult_noise": False},
    "soft-bounds-reference": {
        "family": "soft-bounds-reference",
        "reference_mean": 0.1,
        "reference_std": 0.05,
    },
    "soft-bounds-reference-subtracted": {
        "family": "soft-bounds-reference",
        "reference_std": 0.02,
        "subtract_symmetric_point": True,
        "mult_noise": True,
        "up_down": 0.3,
    },
    "asymmetric-linear": {"family": "asymmetric-linear", "symmetric_point": 0.15},
    "shifted-linear": {"family": "shifted-linear", "shift": 0.3},
}


def case(name: str, **keys) -> Device:
    return Device(**SPREAD | {"dw_min": 0.004, "dw_min_std": 0.3} | CASES[name] | keys)


@dataclass
class Oracle:
    """Drawn devices; `up`, `down` steps, `hi`, `lo` bounds of v, `ref` of w = v - ref."""

    device: Device
    up: np.ndarray
    down: np.ndarray
    hi: np.ndarray
    lo: np.ndarray
    ref: np.ndarray
    own: tuple[np.ndarray, np.ndarray]

    def response(self, w: np.ndarray, up: bool) -> np.ndarray:
        """q(w) of one direction."""
        family, v = self.device.family, w + self.ref
        bound = self.hi if up else self.lo
        sign = 1.0 if up else -1.0
        if family == "constant-step":
            return np.ones_like(v)
        if family == "linear-step":
            mean = self.device.w_max if up else self.device.w_min
            end = mean if self.device.mean_bound_reference else bound
            return 1 - self.own[0 if up else 1] * v / end
        if family in ("soft-bounds", "soft-bounds-reference", "asymmetric-linear"):
            return 1 - v / bound
        if family == "shifted-linear":
            return (1 + sign * self.device.shift) * (1 - v / bound)
        raise AssertionError(family)

    def mean(self, w: np.ndarray, up: bool) -> np.ndarray:
        """Size of one mean step."""
        return (self.up if up else self.down) * self.response(w, up)

    def move(self, w: np.ndarray, up: bool, xi: np.ndarray) -> np.ndarray:
        """One pulse."""
        noise = self.device.dw_min_std * xi
        if self.device.mult_noise is False:
            step = (self.up if up else self.down) * (self.response(w, up) + noise)
        else:
            step = self.mean(w, up) * (1 + noise)
        return np.clip(w + step if up else w - step, self.lo - self.ref, self.hi - self.ref)


def make_oracle(device: Device, normal: Normal) -> Oracle:
    """Draw devices; `normal` gives a standard normal a device for each kind."""
    gain = 1 + device.dw_min_dtod * normal(STEP)
    tilt = device.up_down_dtod * normal(ASYMMETRY)
    less_up, less_down = max(-device.up_down, 0.0), max(device.up_down, 0.0)
    up = device.dw_min * np.maximum(gain + tilt - less_up, 0)
    down = device.dw_min * np.maximum(gain - tilt - less_down, 0)
    hi = device.w_max * np.maximum(1 + device.w_max_dtod * normal(UPPER), 0)
    lo = device.w_min * np.maximum(1 + device.w_min_dtod * normal(LOWER), 0)
    ref = np.zeros_like(up)
    if device.family == "asymmetric-linear":
        ref = ref - device.symmetric_point
    if device.family == "soft-bounds-reference":
        ref = device.reference_mean + device.reference_std * normal(REFERENCE)
        if device.subtract_symmetric_point:
            ref = ref + (up - down) / (up / hi - down / lo)
    own = (ref, ref)
    if device.family == "linear-step":
        rise = device.gamma_up + device.gamma_up_dtod * normal(SLOPE_UP)
        fall = device.gamma_down + device.gamma_down_dtod * normal(SLOPE_DOWN)
        own = (rise, fall) if device.allow_increasing else (abs(rise), abs(fall))
    return Oracle(device, up, down, hi, lo, ref, own)
