"""Linear device whose symmetric point is shifted by unequal steps.

    up  q = (1 + c)(1 - w / w_max)        down  q = (1 - c)(1 - w / w_min)

arXiv 2502.06309, figure 2, where w_max = -w_min = tau and the symmetric point is c tau. Keys:
`shift`, c between -1 and 1; `mult_noise`.
"""

from dataclasses import replace

from models.device import soft_bounds
from models.device.response import Drawn, Response
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return soft bounds of steps multiplied by 1 + c and 1 - c."""
    c = device.number("shift")
    shifted = replace(
        drawn, scale_up=(1.0 + c) * drawn.scale_up, scale_down=(1.0 - c) * drawn.scale_down
    )
    return soft_bounds.respond(device, shifted)
