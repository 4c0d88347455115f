"""Power step: a power of the distance from the bound, relative to the device's range.

    up    q = ((w_max - w) / (w_max - w_min))^gamma_up
    down  q = ((w - w_min) / (w_max - w_min))^gamma_down

aihwkit PowStep (rpu_powstep_device.cpp) and the power function of Wu et al., arXiv 2406.12774,
appendix C. Keys: `pow_gamma_up`, `pow_gamma_down`, the mean exponents; `pow_gamma_dtod`, their
device-to-device spread, alike for both directions, and `pow_up_down_dtod`, opposite for both, each
relative; a drawn exponent counts by its absolute value; `mult_noise`. The step at weight 0 is not
dw_min.
"""

import numpy as np

from models.device.kind import POWER_GAIN, POWER_TILT
from models.device.response import Drawn, Response, Shape, ratio
from models.device.section import Device


def respond(device: Device, drawn: Drawn) -> Response:
    """Return powers with exponents drawn for each device and direction."""
    gain = 1.0 + device.number("pow_gamma_dtod") * drawn.normal(POWER_GAIN)
    tilt = device.number("pow_up_down_dtod") * drawn.normal(POWER_TILT)
    per_range = ratio(np.ones_like(drawn.upper), drawn.upper - drawn.lower)
    return Response(
        shape=Shape.POWER,
        offset_up=drawn.upper * per_range,
        rate_up=per_range,
        offset_down=-drawn.lower * per_range,
        rate_down=per_range,
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
        gammas=(
            np.abs(device.number("pow_gamma_up") * (gain + tilt)),
            np.abs(device.number("pow_gamma_down") * (gain - tilt)),
        ),
    )
