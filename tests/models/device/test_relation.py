"""Families that contain each other, and the drag and symmetric points of the papers' responses."""

import numpy as np
import pytest

from models.device.array import DeviceArray
from models.device.draw import draw_devices
from models.device.section import Device
from models.device.symmetry import drag, symmetric_point

SPREAD = {"dw_min": 0.01, "dw_min_dtod": 0.2, "up_down_dtod": 0.1, "w_max_dtod": 0.2}
ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}
#: Families that are soft bounds, to the last bit, with these keys.
SOFT_BOUNDS = {
    "linear-step": {
        "gamma_up": 1.0,
        "gamma_down": 1.0,
        "gamma_up_dtod": 0.0,
        "gamma_down_dtod": 0.0,
        "mean_bound_reference": False,
    },
    "soft-bounds-reference": {"mult_noise": True},
    "asymmetric-linear": {},
    "shifted-linear": {},
}


def drawn(family: str, **keys) -> DeviceArray:
    return draw_devices(Device(family=family, **keys), 30, 40, 3, 1)


@pytest.mark.parametrize("family", SOFT_BOUNDS)
def test_soft_bounds_are_a_case_of_other_families(family):
    soft = drawn("soft-bounds", **SPREAD)
    assert (drawn(family, **SPREAD | SOFT_BOUNDS[family]).planes == soft.planes).all()


def test_a_linear_step_without_slope_is_a_constant_step():
    flat = drawn("linear-step", gamma_up_dtod=0.0, gamma_down_dtod=0.0, **SPREAD)
    assert (flat.planes == drawn("constant-step", **SPREAD).planes).all()


#: Families whose mean step is a soft bound's times a factor, within [-0.6, 0.6].
NEARLY = {
    "power-step": ({"pow_gamma_dtod": 0.0}, 0.5),
    "power-response": ({"gamma_res": 1.0}, 1.0),
    "exponential-response": ({"gamma_res": 1e-3}, 1.0),
    "saturating-exponential": ({"gamma_up": 1e-3, "gamma_down": 1e-3}, 0.5e-3),
    "piecewise-step": ({"nodes_up": (2.0, 0.0), "nodes_down": (0.0, 2.0)}, 1.0),
}


@pytest.mark.parametrize("family", NEARLY)
def test_soft_bounds_are_a_limit_of_other_families(family):
    """Powers within 3e-7 (1 + gamma log); the exponentials to first order of gamma = 1e-3.

    In float32 an exponential of 1e-3 loses 10 bits: 2e-7 / 1e-3 of the step.
    """
    keys, factor = NEARLY[family]
    soft, other = drawn("soft-bounds", **ALIKE), drawn(family, **ALIKE | keys)
    small = 1e-3 if "exponential" in family else 0.0
    lost = 2e-7 / small if small else 0.0
    bound = 0.002 * (small + lost + 4e-6)
    for w in np.linspace(-0.6, 0.6, 25, dtype=np.float32):
        for up in (True, False):
            difference = other.mean_step(w, up) / factor - soft.mean_step(w, up)
            assert np.abs(difference).max() <= 2 * bound


@pytest.mark.parametrize("c", [-0.3, 0.0, 0.1, 0.3])
def test_a_shifted_linear_device_is_symmetric_at_c_tau(c):
    """arXiv 2502.06309, figure 2."""
    point = symmetric_point(drawn("shifted-linear", shift=c, w_max=3.5, w_min=-3.5, **ALIKE))
    assert np.abs(point - c * 3.5).max() < 1e-6


SYMMETRIC = {
    "power-response": {"gamma_res": 3.0},
    "exponential-response": {"gamma_res": 4.0},
    "saturating-exponential": {"gamma_up": 2.0, "gamma_down": 2.0},
    "power-step": {"pow_gamma_up": 2.0, "pow_gamma_down": 2.0, "pow_gamma_dtod": 0.0},
    "piecewise-step": {"nodes_up": (1.5, 1.0, 0.5), "nodes_down": (0.5, 1.0, 1.5)},
    "soft-bounds": {},
}
#: Slope of the mean step down less that up at 0, times tau = 0.6, in units of the device's step.
PULL = {
    "power-response": 2 * 3.0,
    "exponential-response": 2 * 4.0 * np.exp(4.0) / np.expm1(4.0),
    "saturating-exponential": 2 * np.exp(-1.0),
    "power-step": 2 * 2.0 * 0.5 / 2,
    "piecewise-step": 1.0,
    "soft-bounds": 2.0,
}


@pytest.mark.parametrize("family", SYMMETRIC)
def test_equal_responses_of_both_directions_are_symmetric_at_zero(family):
    point = symmetric_point(drawn(family, **ALIKE | SYMMETRIC[family]))
    assert np.abs(point).max() < 1e-6


@pytest.mark.parametrize("family", SYMMETRIC)
def test_the_drag_grows_from_the_symmetric_point_with_the_pull_of_the_response(family):
    """Per pair -(pull / tau) dw w to first order.

    What is left at |w| = tau / 20 is (4 / 20)^2 / 6 of it for the steepest exponential, and half
    the pull of one step, 1e-3 * 8 / 0.6 / 2: below 2 % together.
    """
    step, tau = 1e-3, 0.6
    devices = drawn(family, dw_min=step, dw_min_std=0.0, **ALIKE | SYMMETRIC[family])
    for w in (-0.03, 0.03):
        both = [drag(devices, np.full((30, 40), at, np.float32)).mean() for at in (w, -w)]
        slope = (both[0] - both[1]) / (2 * w)
        assert slope == pytest.approx(-PULL[family] * step / tau, rel=0.02)


def test_the_drag_of_lines_is_the_closed_form_of_two_steps():
    """(up - down) - (a + b) w - b (up - a w), steps up and down with rates a and b."""
    devices = drawn("linear-step", gamma_up=0.5, gamma_down=0.8, **SPREAD)
    up, a, down, b = devices.planes[:4].astype(np.float64)
    w = np.full((30, 40), 0.1, np.float32)
    exact = (up - down) - (a + b) * w - b * (up - a * w)
    assert np.abs(drag(devices, w) - exact).max() <= 8 * 2.0**-24
