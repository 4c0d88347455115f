"""Derivatives of mean steps against the formulas of the families."""

import numpy as np
import pytest

from models.device.draw import draw_devices, keyed_normal
from models.device.slope import mean_slope
from tests.models.device.oracle import CASES, case, make_oracle

SIDE = (12, 15)


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_a_slope_is_the_derivative_of_the_family_s_formula(name, up):
    """By central differences of the oracle over 2 h, h a thousandth of the range.

    They are off by h^2 f''' / 6: with rates of up to 13 a range 3e-5 of the slope, more for roots
    near the bounds, which the inner half of the range keeps off. Planes in float32 add 1e-6.
    """
    device = case(name)
    devices = draw_devices(device, *SIDE, 11, 2)
    oracle = make_oracle(device, lambda kind: keyed_normal(SIDE, 11, 2, kind).astype(float))
    low, high = devices.w_min.astype(float), devices.w_max.astype(float)
    some = high - low > 1e-3
    for share in np.linspace(0.26, 0.74, 8):  # between the nodes of the piecewise cases
        w = low + share * (high - low)
        h = 1e-3 * (high - low)
        rise = oracle.mean(w + h, up) - oracle.mean(w - h, up)
        expected = np.divide(rise, 2 * h, out=np.zeros_like(h), where=some)
        scale = np.abs(expected) + device.dw_min
        assert (np.abs(mean_slope(devices, w, up) - expected) <= 1e-4 * scale)[some].all()
