"""Exponential step: the step falls off exponentially toward the bound, CMOS-like.

    z = 2 a w / (w_max - w_min) + b
    up  q = max(1 - A_up e^(gamma_up z), 0)        down  q = max(1 - A_down e^(-gamma_down z), 0)

aihwkit ExpStep (rpu_expstep_device.cpp), without its noise that grows with the weight. Keys:
`amplitude_up`, `amplitude_down` (A), `gamma_up`, `gamma_down`, `exponent_slope` (a),
`exponent_offset` (b), all of the whole tile; `mult_noise`. The step at weight 0 is not dw_min.
"""

import numpy as np

from models.device.response import LOG2E, Drawn, Response, Shape, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return 1 - A 2^q: the exponent's factor log2(e) gamma is folded into q."""
    up, down = LOG2E * device.number("gamma_up"), LOG2E * device.number("gamma_down")
    one = np.ones_like(drawn.upper)
    slope = ratio(2.0 * device.number("exponent_slope") * one, drawn.upper - drawn.lower)
    offset = device.number("exponent_offset") * one
    return Response(
        shape=Shape.EXPONENTIAL,
        offset_up=up * offset,
        rate_up=-up * slope,
        offset_down=-down * offset,
        rate_down=-down * slope,
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
        coefficients=(1.0, -device.number("amplitude_up"), 1.0, -device.number("amplitude_down")),
    )
