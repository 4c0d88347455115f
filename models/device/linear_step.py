"""Linear step: the step changes linearly with the weight, up to hard bounds.

    up  q = 1 - gamma_up w / w_max        down  q = 1 - gamma_down w / w_min

aihwkit LinearStep (rpu_linearstep_device.cpp). Keys: `gamma_up`, `gamma_down`, relative decrease of
the step at the bound; `gamma_up_dtod`, `gamma_down_dtod`, their absolute device-to-device spread;
`mean_bound_reference`, whether w_max and w_min above are the design's mean bounds rather than the
device's own; `allow_increasing`, whether a drawn gamma may be negative, so that steps grow toward
the bound, rather than being replaced by its absolute value; `mult_noise`.
"""

import numpy as np

from models.device.kind import SLOPE_DOWN, SLOPE_UP
from models.device.response import Drawn, Reals, Response, lines, ratio
from models.device.section import Device


def _gamma(device: Device, drawn: Drawn, side: str, kind: int) -> Reals:
    spread = device.number(f"gamma_{side}_dtod") * drawn.normal(kind)
    gamma = device.number(f"gamma_{side}") + spread
    return gamma if device.allow_increasing else np.abs(gamma)


def respond(device: Device, drawn: Drawn) -> Response:
    """Return steps with a slope drawn for each device and direction."""
    upper, lower = drawn.upper, drawn.lower
    if device.mean_bound_reference:
        upper, lower = np.full_like(upper, device.w_max), np.full_like(lower, device.w_min)
    up = _gamma(device, drawn, "up", SLOPE_UP) * drawn.scale_up
    down = _gamma(device, drawn, "down", SLOPE_DOWN) * drawn.scale_down
    return lines(drawn, ratio(up, upper), ratio(down, -lower))
