"""Drawn devices: their distribution, their keys and their grid."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.device.array import (
    GRID_BITS,
    DeviceArray,
    draw_devices,
    keyed_normal,
    symmetric_point,
    to_grid,
)
from models.section import Device
from tests.models.properties import PROPERTY, devices
from tests.models.pulsing import after, crossbar

SIDE = 200
MANY = SIDE * SIDE


def assert_normal(values: np.ndarray, mean: float, spread: float) -> None:
    """Mean by a z-test, variance by its chi-square interval, both at 1 in 100,000."""
    error = spread / np.sqrt(values.size)
    assert abs(values.mean() - mean) < stats.norm.isf(0.5e-5) * error
    ratio = ((values - mean) ** 2).sum() / spread**2
    assert stats.chi2.ppf(0.5e-5, values.size) < ratio < stats.chi2.isf(0.5e-5, values.size)


def draw(**keys) -> DeviceArray:
    quiet = {"dw_min_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0, "up_down_dtod": 0.0}
    return draw_devices(Device(**quiet | {"dw_min": 0.01} | keys), SIDE, SIDE, 3, 1)


def test_without_spread_all_devices_are_alike():
    drawn = draw(dw_min=0.01, w_max=0.5, w_min=-0.25)
    for name, value in (
        ("step_up", np.float32(0.01)),
        ("step_down", np.float32(0.01)),
        ("w_max", 0.5),
        ("w_min", -0.25),
    ):
        assert (getattr(drawn, name) == value).all()
    assert (drawn.exponent, drawn.grid) == (-1, 2.0**-23)


def test_steps_have_the_mean_and_spread_of_the_design():
    drawn = draw(dw_min_dtod=0.1, up_down_dtod=0.02)
    up, down = drawn.step_up.astype(float), drawn.step_down.astype(float)
    assert_normal((up + down) / 2, 0.01, 0.01 * 0.1)
    assert_normal((up - down) / 2, 0.0, 0.01 * 0.02)


@pytest.mark.parametrize(("up_down", "up", "down"), [(0.25, 1.0, 0.75), (-0.25, 0.75, 1.0)])
def test_a_mean_asymmetry_makes_one_direction_smaller(up_down, up, down):
    drawn = draw(up_down=up_down, dw_min_dtod=0.1)
    assert_normal(drawn.step_up.astype(float), 0.01 * up, 0.001)
    assert_normal(drawn.step_down.astype(float), 0.01 * down, 0.001)


def test_bounds_have_the_mean_and_spread_of_the_design():
    drawn = draw(w_max=0.6, w_min=-0.4, w_max_dtod=0.1, w_min_dtod=0.2)
    assert_normal(drawn.w_max.astype(float), 0.6, 0.06)
    assert_normal(drawn.w_min.astype(float), -0.4, 0.08)


def test_nothing_is_drawn_with_the_wrong_sign():
    drawn = draw(dw_min_dtod=2.0, w_max_dtod=2.0, w_min_dtod=2.0)
    share = stats.norm.cdf(-0.5)
    for values, zero in (
        (drawn.step_up, drawn.step_up == 0),
        (drawn.w_max, drawn.w_max == 0),
        (-drawn.w_min, drawn.w_min == 0),
    ):
        assert (values >= 0).all()
        assert stats.binomtest(int(zero.sum()), MANY, share).pvalue > 1e-4


def test_the_kinds_of_draws_are_independent():
    drawn = draw(dw_min_dtod=0.1, up_down_dtod=0.1, w_max_dtod=0.1, w_min_dtod=0.1)
    kinds = [
        drawn.step_up + drawn.step_down,
        drawn.step_up - drawn.step_down,
        drawn.w_max,
        drawn.w_min,
    ]
    correlation = np.corrcoef([kind.ravel() for kind in kinds])
    off = np.abs(correlation[~np.eye(4, dtype=bool)])
    assert off.max() < stats.norm.isf(1e-6) / SIDE


def test_a_device_belongs_to_its_place_whatever_the_size_of_the_tile():
    large, small = keyed_normal((7, 9), 1, 2, 16), keyed_normal((3, 4), 1, 2, 16)
    assert (large[:3, :4] == small).all()


def test_tiles_seeds_and_kinds_have_their_own_draws():
    drawn = [
        keyed_normal((2, 2), *key)
        for key in [(0, 0, 16), (1, 0, 16), (0, 1, 16), (0, 0, 17), (0, 0, 20)]
    ]
    assert len({values.tobytes() for values in drawn}) == 5


@PROPERTY
@given(devices(), st.integers(0, 99))
def test_bounds_lie_on_the_grid_and_just_fill_its_exponent(device, seed):
    drawn = draw_devices(device, 9, 8, seed, 0)
    limit = 2.0**drawn.exponent
    both = np.stack([drawn.w_max, -drawn.w_min]).astype(np.float64)
    assert both.min() >= 0
    assert limit / 2 - drawn.grid < both.max() <= limit
    assert (both / drawn.grid == np.rint(both / drawn.grid)).all()
    assert (both / drawn.grid).max() <= 1 << GRID_BITS


@PROPERTY
@given(st.floats(-1, 1, width=32), st.integers(-20, 20))
def test_rounding_to_the_grid_is_half_to_even_and_done_once(share, exponent):
    value = np.float32(share) * np.float32(2.0**exponent)
    grid = Fraction(2) ** (exponent - GRID_BITS)
    found = to_grid(np.array([value]), exponent)
    assert Fraction(float(found[0])) == round(Fraction(float(value)) / grid) * grid
    assert (to_grid(found, exponent) == found).all()


def test_a_symmetric_point_is_where_both_mean_steps_are_equal():
    drawn = draw(family="soft-bounds", dw_min_dtod=0.3, up_down_dtod=0.2, w_max_dtod=0.2)
    point = symmetric_point(drawn)
    up = drawn.step_up - drawn.slope_up * point
    down = drawn.step_down + drawn.slope_down * point
    some = ~np.isnan(point)
    assert some.mean() > 0.99
    assert up[some] == pytest.approx(down[some], rel=1e-9, abs=1e-12)


def test_a_symmetric_point_is_that_of_rasch():
    drawn = draw(family="soft-bounds", up_down=0.3, w_max=0.6, w_min=-0.4)
    up, down = float(drawn.step_up[0, 0]), float(drawn.step_down[0, 0])
    expected = (up - down) / (up / 0.6 + down / 0.4)
    assert symmetric_point(drawn) == pytest.approx(expected, rel=1e-5)


def test_a_constant_step_has_no_symmetric_point():
    assert np.isnan(symmetric_point(draw(family="constant-step", up_down=0.1))).all()


@pytest.mark.parametrize("start", [-0.3, 0.0, 0.3])
def test_a_long_alternating_train_drifts_to_the_symmetric_point(start):
    """The pair's orbit encloses the point, and is one step up from its low end.

    That step is step + slope_up (point - low), so at most step / (1 - slope_up).
    """
    device = Device(dw_min=0.02, dw_min_std=0.0, dw_min_dtod=0.2, up_down_dtod=0.2, w_max_dtod=0.1)
    bar = crossbar(device, 6, 5, start)
    point = symmetric_point(bar.devices)
    step = (bar.devices.step_up - bar.devices.slope_up * point).astype(np.float64)
    assert (step > 0).all()
    for pair in range(300):
        high = after(bar, 1, True, pair)
        low = after(bar, 1, False, pair)
    assert (low < high).all()
    assert (low - bar.devices.grid <= point).all()
    assert (point <= high + bar.devices.grid).all()
    assert (high - low <= step / (1 - bar.devices.slope_up) + bar.devices.grid).all()
