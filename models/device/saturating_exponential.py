"""Exponential saturation of the step at each bound.

    up    q = 1 - exp(-gamma_up (w_max - w) / (w_max - w_min))
    down  q = 1 - exp(-gamma_down (w - w_min) / (w_max - w_min))

Wu et al., arXiv 2406.12774, appendix C, equations 25 and 26. Keys: `gamma_up`, `gamma_down`, above
0; `mult_noise`. The step at weight 0 is not dw_min.
"""

import numpy as np

from models.device.response import LOG2E, Drawn, Response, Shape, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return 1 - 2^q, where q is 0 at the bound."""
    up, down = LOG2E * device.number("gamma_up"), LOG2E * device.number("gamma_down")
    per_range = ratio(np.ones_like(drawn.upper), drawn.upper - drawn.lower)
    return Response(
        shape=Shape.EXPONENTIAL,
        offset_up=-up * drawn.upper * per_range,
        rate_up=-up * per_range,
        offset_down=down * drawn.lower * per_range,
        rate_down=-down * per_range,
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
        coefficients=(1.0, -1.0, 1.0, -1.0),
    )
