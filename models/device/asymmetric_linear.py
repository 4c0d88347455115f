"""Asymmetric linear device around a given symmetric point w0.

    up  q = 1 - (w - w0) / w_max        down  q = 1 - (w - w0) / w_min

Wu et al., arXiv 2406.12774, section 2.1 and appendix C: w_max and w_min are distances from w0 (the
paper's tau_max and tau_min), so the weight lies between w0 + w_min and w0 + w_max. With
w_max = -w_min = tau it is the paper's ALD. Keys: `symmetric_point`, w0; `mult_noise`.
"""

import numpy as np

from models.device import soft_bounds
from models.device.response import Drawn, Reals, Response
from models.device.section import Device


def reference(device: Device, drawn: Drawn) -> Reals:
    """Return -w0: the device is one with soft bounds, read against it."""
    return np.full_like(drawn.scale_up, -device.number("symmetric_point"))


def respond(device: Device, drawn: Drawn) -> Response:
    """Return the soft bounds of w - w0."""
    return soft_bounds.respond(device, drawn)
