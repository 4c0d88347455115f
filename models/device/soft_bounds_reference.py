"""Soft bounds read against a reference device: w = v - r, where v has soft bounds.

    up  q = 1 - (w + r) / w_max        down  q = 1 - (w + r) / w_min

aihwkit SoftBoundsReference (rpu_softbounds_reference_device.cpp); so the weight lies between
w_min - r and w_max - r. Keys: `reference_mean`, `reference_std`, the normal draw of r;
`subtract_symmetric_point`, whether the device's own symmetric point is added to r, so that it
comes to lie at -r of the draw; `mult_noise`, false by default.
"""

import numpy as np

from models.device import soft_bounds
from models.device.kind import REFERENCE
from models.device.response import Drawn, Reals, Response, ratio
from models.device.section import Device


def reference(device: Device, drawn: Drawn) -> Reals:
    """Return r of each device.

    The symmetric point is (a+ - a-) / (a+/w_max - a-/w_min) (Rasch et al., Nat. Commun. 15:7133,
    2024), counted as 0 where a device has no room on one side.
    """
    drift = device.number("reference_std") * drawn.normal(REFERENCE)
    found = np.asarray(device.number("reference_mean") + drift)
    if device.subtract_symmetric_point:
        rise, fall = ratio(drawn.scale_up, drawn.upper), ratio(drawn.scale_down, -drawn.lower)
        point = ratio(drawn.scale_up - drawn.scale_down, rise + fall)
        found = found + np.where((drawn.upper > 0) & (drawn.lower < 0), point, 0.0)
    return found


def respond(device: Device, drawn: Drawn) -> Response:
    """Return the soft bounds of v."""
    return soft_bounds.respond(device, drawn)
