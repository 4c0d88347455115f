"""Power response with step 1 at weight 0 and 0 at the bound.

    up  q = (1 - w / w_max)^gamma        down  q = (1 - w / w_min)^gamma

arXiv 2502.06309, appendix K, where w_max = -w_min = tau. Keys: `gamma_res`, above 0; `mult_noise`.
"""

import numpy as np

from models.device.response import Drawn, Response, Shape, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return powers of the lines of soft bounds, one exponent for all devices."""
    one = np.ones_like(drawn.upper)
    gamma = device.number("gamma_res") * one
    return Response(
        shape=Shape.POWER,
        offset_up=one,
        rate_up=ratio(one, drawn.upper),
        offset_down=one,
        rate_down=ratio(one, -drawn.lower),
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
        gammas=(gamma, gamma),
    )
