"""The asymmetric linear device against the lemmas of Wu et al., arXiv 2406.12774."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.device.array import DeviceArray
from models.device.draw import draw_devices
from models.device.section import Device
from models.device.symmetry import symmetric_point
from tests.models.properties import PROPERTY

ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}
shares = st.floats(-1.0, 1.0)


def ald(tau: float, point: float, dw_min: float, noise: float = 0.0) -> DeviceArray:
    """One symmetric device around w0."""
    device = Device(
        family="asymmetric-linear",
        symmetric_point=point,
        w_max=tau,
        w_min=-tau,
        dw_min=dw_min,
        dw_min_std=noise,
        **ALIKE,
    )
    return draw_devices(device, 1, 1, 0, 0)


def ulp(devices: DeviceArray) -> float:
    """One rounding of float32 within the weight grid's 2^e."""
    return 2.0 ** (devices.exponent - 23)


def pulse(devices: DeviceArray, w: float, up: bool, pulses: int = 1, xi: float = 0.0) -> float:
    weights = np.full((1, 1), w, np.float32)
    for _ in range(pulses):
        weights = devices.move(weights, up, np.full((1, 1), xi, np.float32))
    return float(weights[0, 0])


@PROPERTY
@given(st.floats(0.1, 4.0), shares, shares, st.sampled_from([0.001, 0.05]), st.booleans())
def test_a_step_saturates_away_from_the_symmetric_point_and_resets_fast_toward_it(
    tau, shift, share, step, up
):
    """Lemma 1: |w' - w| = |1 -+ |w - w0| / tau| |dw|."""
    devices = ald(tau, shift * tau, step * tau)
    before = float(np.float32(shift * tau + 0.99 * share * tau))
    distance = abs(before - shift * tau) / tau
    away = (before > shift * tau) == up
    wanted = (1 - distance if away else 1 + distance) * step * tau
    moved = abs(pulse(devices, before, up) - before)
    at_bound = tau * (1 - distance) if away else tau * (1 + distance)
    assert abs(moved - min(wanted, at_bound)) <= 8 * ulp(devices) + devices.grid


@PROPERTY
@given(
    st.floats(0.1, 4.0),
    shares,
    st.lists(st.tuples(st.integers(1, 20), st.booleans(), st.floats(-4, 4)), min_size=1),
    st.sampled_from([0.01, 0.5, 1.0]),
)
def test_no_train_leaves_the_dynamic_range(tau, shift, trains, step):
    """Theorem 1: |w - w0| <= tau for ever, whatever the steps of at most tau and their noise."""
    devices = ald(tau, shift * tau, step * tau, noise=1.0)
    w = shift * tau
    for pulses, up, xi in trains:
        w = pulse(devices, w, up, pulses, xi)
        assert abs(w - shift * tau) <= tau + devices.grid


@PROPERTY
@given(st.floats(0.01, 60.0), st.booleans(), shares, st.sampled_from([0.002, 0.0949]))
def test_pulses_follow_the_update_law_within_the_paper_s_error(wanted, up, share, step):
    """Appendix B: ceil(|dw| / dw_min) pulses against w + dw q(w), tau = 1.

    The last pulse is part unneeded: less than dw_min q. The response shrinks on the way by at most
    q dw_min^2 n (n - 1) / (2 tau), which is below q (|dw| + dw_min)^2 / (2 tau).
    """
    devices = ald(1.0, 0.0, step)
    before, sign = float(np.float32(share)), 1 if up else -1
    q, n = 1 - sign * before, int(np.ceil(wanted))
    error = abs(pulse(devices, before, up, n) - (before + sign * wanted * step * q))
    bound = q * (step * (n - wanted) + step**2 * n * (n - 1) / 2)
    assert error <= bound + n * 4 * ulp(devices) + devices.grid
    assert bound <= q * (step + (wanted * step + step) ** 2 / 2)


@PROPERTY
@given(st.floats(0.1, 4.0), shares)
def test_the_symmetric_point_is_the_design_s(tau, shift):
    devices = ald(tau, shift * tau, 0.01)
    assert abs(float(symmetric_point(devices)[0, 0]) - shift * tau) <= 8 * ulp(devices)
