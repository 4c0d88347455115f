"""Devices written a second time, in float64 and straight from the formulas of their papers."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.device.kind import (
    ASYMMETRY,
    LOWER,
    POWER_GAIN,
    POWER_TILT,
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
    "exponential-step": {"family": "exponential-step"},
    "exponential-step-reram": {
        "family": "exponential-step",
        "amplitude_up": -1.18445,
        "amplitude_down": -0.081404,
        "gamma_up": 5.0,
        "gamma_down": 5.0,
        "exponent_slope": -0.5,
        "exponent_offset": -0.5,
        "mult_noise": False,
    },
    "power-step": {
        "family": "power-step",
        "pow_gamma_up": 1.5,
        "pow_gamma_down": 0.7,
        "pow_up_down_dtod": 0.1,
    },
    "piecewise-step": {
        "family": "piecewise-step",
        "nodes_up": (1.5, 1.2, 1.3, 0.4, 0.1),
        "nodes_down": (0.0, 0.7, 0.8, 1.0, 1.6),
    },
    "piecewise-step-two": {
        "family": "piecewise-step",
        "nodes_up": (1.5, 0.2),
        "nodes_down": (0.0, 1.7),
        "mult_noise": False,
    },
    "power-response": {"family": "power-response", "gamma_res": 3.0},
    "power-response-root": {"family": "power-response", "gamma_res": 0.5, "mult_noise": False},
    "saturating-exponential": {
        "family": "saturating-exponential",
        "gamma_up": 2.0,
        "gamma_down": 0.5,
    },
    "exponential-response": {"family": "exponential-response", "gamma_res": 4.0},
    "emulated": {"family": "emulated", "up_down": 0.1, "dw_min": 0.02},
    "log-normal": {
        "family": "soft-bounds",
        "dw_min_dtod_log_normal": True,
        "dw_min_dtod": 0.7829,
    },
    "mirrored": {
        "family": "soft-bounds",
        "mirror_draws": True,
        "dw_min_dtod": 1.0,
        "w_max_dtod": 0.8,
        "w_min_dtod": 0.8,
        "dw_min": 0.001,
    },
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

    @property
    def shift(self) -> int:
        """The s with which the mean rate of the faster direction is 64 to 127."""
        device = self.device
        rates = (device.dw_min / device.w_max, device.dw_min * (1 - device.up_down) / -device.w_min)
        return next(s for s in range(8, 40) if max(rates) * 2**s >= 64)

    def response(self, w: np.ndarray, up: bool) -> np.ndarray:
        """q(w) of one direction."""
        device, family, v = self.device, self.device.family, w + self.ref
        bound = self.hi if up else self.lo
        sign = 1.0 if up else -1.0
        own = self.own[0 if up else 1]
        if family == "constant-step":
            return np.ones_like(v)
        if family == "linear-step":
            mean = device.w_max if up else device.w_min
            end = mean if device.mean_bound_reference else bound
            return 1 - own * v / end
        if family in ("soft-bounds", "soft-bounds-reference", "asymmetric-linear"):
            return 1 - np.divide(v, bound, out=np.zeros_like(v), where=bound != 0)
        if family == "shifted-linear":
            return (1 + sign * device.shift) * (1 - v / bound)
        if family == "power-response":
            return np.maximum(1 - v / bound, 0) ** device.gamma_res
        if family == "exponential-response":
            gamma = device.gamma_res
            return np.maximum((np.exp(gamma * (1 - v / bound)) - 1) / (np.exp(gamma) - 1), 0)
        if family == "emulated":
            step = self.up if up else self.down
            rates = np.minimum(np.rint(step / np.abs(bound) * 2.0**self.shift), 255)
            return rates / 2.0**self.shift * np.abs(bound - v) / step
        extent = self.hi - self.lo
        room = sign * (bound - v) / extent
        if family == "saturating-exponential":
            gamma = device.gamma_up if up else device.gamma_down
            return np.maximum(1 - np.exp(-gamma * room), 0)
        if family == "power-step":
            return np.maximum(room, 0) ** own
        if family == "exponential-step":
            z = 2 * device.exponent_slope * v / extent + device.exponent_offset
            a = device.amplitude_up if up else device.amplitude_down
            gamma = device.gamma_up if up else device.gamma_down
            return np.maximum(1 - a * np.exp(sign * gamma * z), 0)
        nodes = device.nodes_up if up else device.nodes_down
        return np.interp((v - self.lo) / extent, np.linspace(0, 1, len(nodes)), nodes)

    def mean(self, w: np.ndarray, up: bool) -> np.ndarray:
        """Size of one mean step."""
        return (self.up if up else self.down) * self.response(w, up)

    def move(self, w: np.ndarray, up: bool, xi: np.ndarray) -> np.ndarray:
        """One pulse."""
        noise = self.device.dw_min_std * xi
        if self.device.family == "emulated":
            noise = round(self.device.dw_min_std * 512 / 3) * np.rint(3 * xi) / 512
        if self.device.mult_noise is False:
            step = (self.up if up else self.down) * (self.response(w, up) + noise)
        else:
            step = self.mean(w, up) * (1 + noise)
        return np.clip(w + step if up else w - step, self.lo - self.ref, self.hi - self.ref)


def make_oracle(device: Device, normal: Normal) -> Oracle:
    """Draw devices; `normal` gives a standard normal a device for each kind."""
    spread = device.dw_min_dtod * normal(STEP)
    gain = np.exp(spread) if device.dw_min_dtod_log_normal else 1 + spread
    tilt = device.up_down_dtod * normal(ASYMMETRY)
    less_up, less_down = max(-device.up_down, 0.0), max(device.up_down, 0.0)
    right = np.abs if device.mirror_draws else lambda drawn: np.maximum(drawn, 0)
    up = device.dw_min * right(gain + tilt - less_up)
    down = device.dw_min * right(gain - tilt - less_down)
    hi = device.w_max * (1 + device.w_max_dtod * normal(UPPER))
    lo = device.w_min * (1 + device.w_min_dtod * normal(LOWER))
    if device.mirror_draws:
        wrong = lo > hi
        hi, lo = np.where(wrong, lo, hi), np.where(wrong, hi, lo)
    hi, lo = right(hi), -right(-lo)
    ref = np.zeros_like(up)
    if device.family == "asymmetric-linear":
        ref = ref - device.symmetric_point
    if device.family == "soft-bounds-reference":
        ref = device.reference_mean + device.reference_std * normal(REFERENCE)
        if device.subtract_symmetric_point:
            both = (hi > 0) & (lo < 0)
            pull = np.where(both, up / np.where(both, hi, 1) - down / np.where(both, lo, -1), 1)
            ref = ref + np.where(both, (up - down) / pull, 0)
    own = (ref, ref)
    if device.family == "linear-step":
        rise = device.gamma_up + device.gamma_up_dtod * normal(SLOPE_UP)
        fall = device.gamma_down + device.gamma_down_dtod * normal(SLOPE_DOWN)
        own = (rise, fall) if device.allow_increasing else (abs(rise), abs(fall))
    if device.family == "power-step":
        alike = 1 + device.pow_gamma_dtod * normal(POWER_GAIN)
        apart = device.pow_up_down_dtod * normal(POWER_TILT)
        up_gamma, down_gamma = device.pow_gamma_up, device.pow_gamma_down
        own = (abs(up_gamma * (alike + apart)), abs(down_gamma * (alike - apart)))
    return Oracle(device, up, down, hi, lo, ref, own)
