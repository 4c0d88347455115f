"""Drawn devices: their distribution, their keys and their grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.device.array import GRID_BITS, OFFSET_DOWN, OFFSET_UP, DeviceArray
from models.device.draw import draw_devices, keyed_normal
from models.device.emulated import SPARE_BITS
from models.device.section import Device
from models.device.symmetry import symmetric_point
from tests.models.device.oracle import CASES
from tests.models.properties import PROPERTY, devices

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


def steps(drawn: DeviceArray) -> tuple[np.ndarray, np.ndarray]:
    """Steps up and down at weight 0, float64."""
    return drawn.planes[OFFSET_UP].astype(float), drawn.planes[OFFSET_DOWN].astype(float)


def test_without_spread_all_devices_are_alike():
    drawn = draw(dw_min=0.01, w_max=0.5, w_min=-0.25)
    for step in steps(drawn):
        assert (step == np.float32(0.01)).all()
    assert (drawn.w_max == 0.5).all()
    assert (drawn.w_min == -0.25).all()
    assert (drawn.exponent, drawn.grid) == (-1, 2.0**-23)


def test_steps_have_the_mean_and_spread_of_the_design():
    drawn = draw(dw_min_dtod=0.1, up_down_dtod=0.02)
    up, down = steps(drawn)
    assert_normal((up + down) / 2, 0.01, 0.01 * 0.1)
    assert_normal((up - down) / 2, 0.0, 0.01 * 0.02)


@pytest.mark.parametrize(("up_down", "up", "down"), [(0.25, 1.0, 0.75), (-0.25, 0.75, 1.0)])
def test_a_mean_asymmetry_makes_one_direction_smaller(up_down, up, down):
    drawn = draw(up_down=up_down, dw_min_dtod=0.1)
    for found, wanted in zip(steps(drawn), (up, down), strict=True):
        assert_normal(found, 0.01 * wanted, 0.001)


def test_bounds_have_the_mean_and_spread_of_the_design():
    drawn = draw(w_max=0.6, w_min=-0.4, w_max_dtod=0.1, w_min_dtod=0.2)
    assert_normal(drawn.w_max.astype(float), 0.6, 0.06)
    assert_normal(drawn.w_min.astype(float), -0.4, 0.08)


def test_nothing_is_drawn_with_the_wrong_sign():
    drawn = draw(dw_min_dtod=2.0, w_max_dtod=2.0, w_min_dtod=2.0)
    share = stats.norm.cdf(-0.5)
    for values, zero in (
        (steps(drawn)[0], steps(drawn)[0] == 0),
        (drawn.w_max, drawn.w_max == 0),
        (-drawn.w_min, drawn.w_min == 0),
    ):
        assert (values >= 0).all()
        assert stats.binomtest(int(zero.sum()), MANY, share).pvalue > 1e-4


def test_the_kinds_of_draws_are_independent():
    drawn = draw(dw_min_dtod=0.1, up_down_dtod=0.1, w_max_dtod=0.1, w_min_dtod=0.1)
    up, down = steps(drawn)
    kinds = [up + down, up - down, drawn.w_max, drawn.w_min]
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
    """Those of devices that work: a stuck one has both bounds at the weight it is stuck at."""
    device = device.model_copy(update={"dead_fraction": 0.0, "stuck_fraction": 0.0})
    drawn = draw_devices(device, 9, 8, seed, 0)
    limit = 2.0**drawn.exponent
    both = np.stack([drawn.w_max, -drawn.w_min]).astype(np.float64)
    assert both.min() >= 0
    largest = both.max() * 2.0 ** (SPARE_BITS if device.family == "emulated" else 0)
    assert limit / 2 - drawn.grid < largest <= limit
    assert (both / drawn.grid == np.rint(both / drawn.grid)).all()
    assert (both / drawn.grid).max() <= 1 << GRID_BITS


def test_log_normal_steps_have_the_mean_and_spread_of_the_design():
    """log(step / dw_min) is normal; 2^x in float32 adds no more than 2e-7."""
    drawn = draw(dw_min_dtod=0.7829, dw_min_dtod_log_normal=True)
    assert_normal(np.log(steps(drawn)[0] / 0.01), 0.0, 0.7829)


FAMILY_NAMES = sorted({keys["family"] for keys in CASES.values()})


@pytest.mark.parametrize("family", FAMILY_NAMES)
def test_dead_and_stuck_devices_never_move_and_the_others_are_as_they_were(family):
    device = Device(family=family, dw_min=0.01)
    whole = draw_devices(device, SIDE, SIDE, 3, 1)
    faulty = device.model_copy(update={"dead_fraction": 0.1, "stuck_fraction": 0.2})
    drawn = draw_devices(faulty, SIDE, SIDE, 3, 1)
    still = drawn.w_max == drawn.w_min
    dead = still & (drawn.w_max == 0)
    assert stats.binomtest(int(still.sum()), MANY, 0.3).pvalue > 1e-4
    assert stats.binomtest(int(dead.sum()), MANY, 0.1).pvalue > 1e-4
    assert (drawn.planes[:, ~still] == whole.planes[:, ~still]).all()
    for up in (True, False):
        assert (drawn.mean_step(drawn.w_max, up)[still] == 0).all()
        shaken = drawn.move(drawn.w_max, up, np.full((SIDE, SIDE), np.float32(3.0)))
        assert (shaken == drawn.w_max)[still].all()


def test_stuck_weights_are_uniform_within_the_bounds():
    """Of the devices themselves: their bounds are those they had before."""
    whole = draw(w_max_dtod=0.2, w_min_dtod=0.2)
    drawn = draw(w_max_dtod=0.2, w_min_dtod=0.2, stuck_fraction=1.0)
    low, high = whole.w_min.astype(float), whole.w_max.astype(float)
    share = (drawn.w_max - low) / (high - low)
    assert stats.kstest(share.ravel(), "uniform").pvalue > 1e-4
    assert (drawn.w_max / drawn.grid == np.rint(drawn.w_max / drawn.grid)).all()


def test_bounds_and_symmetric_point_of_a_reference_move_together():
    """v = w + r keeps its soft bounds: w runs from w_min - r to w_max - r."""
    quiet = {"family": "soft-bounds-reference", "reference_mean": 0.125, "mult_noise": True}
    drawn = draw(w_max=0.5, w_min=-0.25, **quiet)
    assert (drawn.w_max == 0.375).all()
    assert (drawn.w_min == -0.375).all()
    assert np.abs(drawn.mean_step(drawn.w_max, True)).max() < 1e-9
    assert np.abs(drawn.mean_step(drawn.w_min, False)).max() < 1e-9
    assert np.abs(drawn.mean_step(np.float32(-0.125), True) - 0.01).max() < 1e-9
    assert symmetric_point(drawn) == pytest.approx(np.full((SIDE, SIDE), -0.125), abs=1e-7)


def test_a_subtracted_symmetric_point_lies_at_zero():
    drawn = draw(
        family="soft-bounds-reference",
        up_down_dtod=0.1,
        dw_min_dtod=0.1,
        w_max_dtod=0.1,
        subtract_symmetric_point=True,
    )
    assert np.abs(symmetric_point(drawn)).max() < 1e-6
