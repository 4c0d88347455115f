"""Constant step: every coincidence moves the weight alike until it meets its bound.

    up  q = 1        down  q = 1        (times the device's own step)

aihwkit ConstantStep; the device of Gokmen & Vlasov, Front. Neurosci. 10:333 (2016). No keys of its
own; its noise is the same multiplied or added.
"""

import numpy as np

from models.device.response import Drawn, Response, lines
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return steps that do not depend on the weight."""
    del device
    none = np.zeros_like(drawn.scale_up)
    return lines(drawn, none, none)
