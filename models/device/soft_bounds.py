"""Soft bounds: the step shrinks linearly to 0 at the bound.

    up  q = 1 - w / w_max        down  q = 1 - w / w_min

aihwkit SoftBounds; with w_max = -w_min = tau the asymmetric linear device of Wu et al.,
arXiv 2406.12774, section 2.1. Key: `mult_noise`.
"""

from models.device.response import Drawn, Response, lines, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return steps that reach 0 at each device's own bounds."""
    del device
    return lines(drawn, ratio(drawn.scale_up, drawn.upper), ratio(drawn.scale_down, -drawn.lower))
