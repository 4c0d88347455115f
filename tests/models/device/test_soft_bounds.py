"""Soft bounds against the closed forms of the asymmetric linear device."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.device.array import OFFSET_UP, RATE_UP, DeviceArray
from models.device.response import ratio
from models.device.section import Device
from tests.models.properties import PROPERTY
from tests.models.pulsing import after, crossbar

EXACT = {"dw_min_std": 0.0, "dw_min_dtod": 0.2, "up_down_dtod": 0.05, "w_max_dtod": 0.1}
ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}


def response(devices: DeviceArray, up: bool) -> tuple[np.ndarray, np.ndarray]:
    """Bound b and relative step k of one direction: a pulse maps w to b + (w - b)(1 - k)."""
    up_step, up_k, down_step, down_k = devices.planes[:4].astype(np.float64)
    return (up_step / up_k, up_k) if up else (-down_step / down_k, down_k)


def rounding(devices: DeviceArray, pulses: int) -> float:
    """What float32 may add: three operations a pulse, none above 2^(e+1), then half a grid step."""
    return 3 * pulses * 2.0 ** (devices.exponent + 1 - 24) + devices.grid / 2


def test_the_step_is_zero_at_the_bound():
    devices = crossbar(Device(**EXACT), 3, 4).devices
    step, rate = devices.planes[OFFSET_UP], devices.planes[RATE_UP]
    assert np.abs(step - rate * devices.w_max).max() <= 2.0**-24


def test_a_device_without_room_has_no_slope():
    assert ratio(np.array([0.1, 0.1]), np.array([0.0, 0.5])).tolist() == [0.0, 0.2]


@PROPERTY
@given(st.integers(1, 63), st.booleans(), st.floats(-0.4, 0.4), st.sampled_from([0.001, 0.05]))
def test_n_pulses_approach_the_bound_geometrically(pulses, up, start, step):
    bar = crossbar(Device(dw_min=step, **EXACT), 3, 4, start)
    before = bar.weights.astype(np.float64)
    bound, k = response(bar.devices, up)
    exact = bound + (before - bound) * (1 - k) ** pulses
    assert np.abs(after(bar, pulses, up) - exact).max() <= rounding(bar.devices, pulses)


@PROPERTY
@given(
    st.lists(st.tuples(st.integers(1, 63), st.booleans()), min_size=1, max_size=8),
    st.sampled_from([0.001, 0.05, 0.6]),
    st.sampled_from([0.0, 0.3, 5.0]),
)
def test_no_train_leaves_the_bounds(trains, step, noise):
    """Wu et al., arXiv 2406.12774, theorem 1: |w| <= tau for ever."""
    bar = crossbar(Device(dw_min=step, dw_min_std=noise, **ALIKE), 4, 4)
    for sample, (pulses, up) in enumerate(trains):
        assert np.abs(after(bar, pulses, up, sample)).max() <= float(bar.devices.w_max.max())


@PROPERTY
@given(st.floats(0.01, 40.0), st.booleans(), st.floats(-0.6, 0.6), st.sampled_from([0.002, 0.0949]))
def test_pulses_follow_the_update_law_within_its_error(wanted, up, start, step):
    """ceil(|dw| / dw_min) pulses against U(w, dw) = w + dw q(w) (arXiv 2406.12774, appendix B).

    The last, unneeded part of a pulse adds less than dw_min q(w); the response that shrinks on the
    way at most q(w) dw_min^2 n (n - 1) / (2 tau), the paper's second term, whose q <= 1 toward the
    bound.
    """
    tau = 0.6
    bar = crossbar(Device(dw_min=step, w_max=tau, w_min=-tau, dw_min_std=0.0, **ALIKE), 1, 1, start)
    before = float(bar.weights[0, 0])
    sign = 1 if up else -1
    q = 1 - sign * before / tau
    pulses = int(np.ceil(wanted))
    law = before + sign * wanted * step * q
    error = abs(float(after(bar, pulses, up)[0, 0]) - law)
    granular = (pulses - wanted) * step
    assert granular < step
    curved = step**2 * pulses * (pulses - 1) / (2 * tau)
    assert error <= q * (granular + curved) + 2 * rounding(bar.devices, pulses)


def test_noisy_pulses_have_the_mean_and_variance_of_the_product():
    """b + (w - b)(m + sqrt(v) xi), m = (1-k)^n, v = ((1-k)^2 + k^2 s^2)^n - m^2."""
    pulses, noise, start = 5, 0.3, 0.1
    bar = crossbar(Device(dw_min=0.03, dw_min_std=noise, **ALIKE), 200, 200, start)
    bound, k = (float(part[0, 0]) for part in response(bar.devices, True))
    mean = (1 - k) ** pulses
    variance = ((1 - k) ** 2 + (k * noise) ** 2) ** pulses - mean**2
    found = (after(bar, pulses, True) - bound) / (float(np.float32(start)) - bound)
    many = found.size
    assert abs(found.mean() - mean) < stats.norm.isf(1e-5) * np.sqrt(variance / many)
    ratio = ((found - mean) ** 2).sum() / variance
    assert stats.chi2.ppf(1e-5, many) < ratio < stats.chi2.isf(1e-5, many)
