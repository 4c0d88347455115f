"""Exponential response with step 1 at weight 0 and 0 at the bound.

    up  q = (exp(gamma (1 - w / w_max)) - 1) / (exp(gamma) - 1)
    down  the same with w_min

arXiv 2502.06309, appendix K, where w_max = -w_min = tau. Keys: `gamma_res`, above 0; `mult_noise`.
"""

from decimal import Decimal

import numpy as np

from models.device.response import LOG2E, Drawn, Response, Shape, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return c (2^q - 1), where q is 0 at the bound."""
    gamma = device.number("gamma_res")
    factor, c = LOG2E * gamma, float(1 / (Decimal(gamma).exp() - 1))
    one = np.ones_like(drawn.upper)
    return Response(
        shape=Shape.EXPONENTIAL,
        offset_up=factor * one,
        rate_up=factor * ratio(one, drawn.upper),
        offset_down=factor * one,
        rate_down=factor * ratio(one, -drawn.lower),
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
        coefficients=(-c, c, -c, c),
    )
