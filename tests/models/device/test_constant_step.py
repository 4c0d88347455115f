"""Constant step: straight lines between hard bounds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.device.array import OFFSET_DOWN, OFFSET_UP, RATE_DOWN, RATE_UP
from models.device.section import Device
from tests.models.properties import PROPERTY
from tests.models.pulsing import after, crossbar

EXACT = {
    "family": "constant-step",
    "dw_min_std": 0.0,
    "dw_min_dtod": 0.2,
    "up_down_dtod": 0.05,
    "w_max_dtod": 0.1,
    "w_min_dtod": 0.1,
}


def test_the_step_does_not_depend_on_the_weight():
    planes = crossbar(Device(**EXACT), 3, 4).devices.planes
    assert (planes[[RATE_UP, RATE_DOWN]] == 0).all()


@PROPERTY
@given(st.integers(1, 63), st.booleans(), st.floats(-0.4, 0.4), st.sampled_from([0.001, 0.02]))
def test_n_pulses_are_n_steps_up_to_the_bound(pulses, up, start, step):
    """Each sum rounds in float32 within the bounds, the last one to the grid."""
    bar = crossbar(Device(dw_min=step, **EXACT), 3, 4, start)
    dev, before = bar.devices, bar.weights.astype(np.float64)
    if up:
        exact = np.minimum(before + pulses * dev.planes[OFFSET_UP].astype(np.float64), dev.w_max)
    else:
        exact = np.maximum(before - pulses * dev.planes[OFFSET_DOWN].astype(np.float64), dev.w_min)
    tolerance = pulses * 2.0 ** (dev.exponent + 1 - 24) + dev.grid / 2
    assert np.abs(after(bar, pulses, up) - exact).max() <= tolerance
