"""Piecewise step: straight lines between nodes at equal distances over the device's range.

    p = (n - 1)(w - w_min) / (w_max - w_min)
    up    q = nodes_up at p, interpolated        down  q = nodes_down at p, interpolated

aihwkit PiecewiseStep (rpu_piecewisestep_device.cpp). Keys: `nodes_up`, `nodes_down`, n values each,
first the one at w_min, in units of the device's own step; `mult_noise`.
"""

import numpy as np

from models.device.response import Drawn, Response, Shape, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return the nodes of both directions at q = p."""
    up, down = device.nodes("nodes_up"), device.nodes("nodes_down")
    last = (len(up) - 1.0) * np.ones_like(drawn.upper)
    per_range = ratio(last, drawn.upper - drawn.lower)
    return Response(
        shape=Shape.PIECEWISE,
        offset_up=-drawn.lower * per_range,
        rate_up=-per_range,
        offset_down=-drawn.lower * per_range,
        rate_down=per_range,
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
        coefficients=(*up, *down),
    )
