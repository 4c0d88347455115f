"""Symmetric points and the drag toward them."""

import numpy as np
import pytest

from models.device.array import OFFSET_UP, RATE_UP, DeviceArray
from models.device.draw import draw_devices
from models.device.section import Device
from models.device.symmetry import drag, symmetric_point
from tests.models.device.oracle import CASES, case
from tests.models.pulsing import after, crossbar

QUIET = {"dw_min": 0.01, "dw_min_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}


def draw(**keys):
    return draw_devices(Device(**QUIET | {"up_down_dtod": 0.0} | keys), 40, 40, 3, 1)


def largest_step(devices: DeviceArray) -> float:
    """Over the whole range and both directions."""
    way = [np.float32(share) for share in np.linspace(0, 1, 33)]
    weights = [devices.w_min + share * (devices.w_max - devices.w_min) for share in way]
    return max(devices.mean_step(w, up).max() for w in weights for up in (True, False))


@pytest.mark.parametrize("name", CASES)
def test_at_a_symmetric_point_both_mean_steps_are_equal(name):
    """Up to float32: what a function of w may jump between two neighbouring weights."""
    devices = draw_devices(case(name), 40, 40, 3, 1)
    point = symmetric_point(devices)
    some = ~np.isnan(point)
    assert some.any() != (name == "constant-step")
    w = np.where(some, point, 0).astype(np.float32)
    away = np.float32(4e-7) * (devices.w_max - devices.w_min)
    below, above = (
        devices.mean_step(at, True) - devices.mean_step(at, False) for at in (w - away, w + away)
    )
    tiny = np.float32(4 * 2.0**-24) * largest_step(devices)
    assert (below >= -tiny)[some].all()
    assert (above <= tiny)[some].all()
    assert (below - above)[some].max(initial=0) < 0.01 * largest_step(devices)
    assert (devices.w_min <= w)[some].all()
    assert (w <= devices.w_max)[some].all()


@pytest.mark.parametrize("name", CASES)
def test_an_up_down_pair_drags_each_weight_toward_its_symmetric_point(name):
    """Away from the point by more than the pair's own step."""
    devices = draw_devices(case(name, dw_min=1e-4), 40, 40, 3, 1)
    point = symmetric_point(devices)
    for w in (devices.w_min, devices.w_max):
        far = np.abs(w - point) > 2 * largest_step(devices)
        assert (np.sign(drag(devices, w)) == np.sign(point - w))[far].all()
        assert far.any() != (name == "constant-step")


def test_the_drag_of_soft_bounds_has_a_closed_form():
    """Up then down by steps d within [-1, 1]: (w + d (1 - w)) then minus d (1 + that).

    The change is -2 d w - d^2 (1 - w): eq. 7 of Rasch et al. (2024) and its next order.
    """
    d = 0.03
    devices = draw(dw_min=d, w_max=1.0, w_min=-1.0)
    for w in np.linspace(-1, 1, 21):
        found = drag(devices, np.full((40, 40), w, np.float32))
        exact = -2 * d * w - d**2 * (1 - w)
        assert np.abs(found - exact).max() <= 8 * 2.0**-24


def test_the_drag_is_what_an_alternating_train_measures():
    device = Device(dw_min=0.01, dw_min_std=0.0, dw_min_dtod=0.2, up_down_dtod=0.1)
    bar = crossbar(device, 6, 5, 0.2)
    before = bar.weights.copy()
    wanted = drag(bar.devices, before)
    after(bar, 1, True, 0)
    moved = after(bar, 1, False, 1) - before
    assert np.abs(moved - wanted).max() <= bar.devices.grid + 4 * 2.0**-24


def test_a_constant_step_has_no_drag():
    assert np.abs(drag(draw(family="constant-step"), np.zeros((40, 40), np.float32))).max() == 0


def test_a_symmetric_point_is_that_of_rasch():
    drawn = draw(family="soft-bounds", up_down=0.3, w_max=0.6, w_min=-0.4)
    up, _, down = (float(plane[0, 0]) for plane in drawn.planes[:3])
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
    rise = bar.devices.planes[RATE_UP].astype(np.float64)
    step = bar.devices.planes[OFFSET_UP] - rise * point
    assert (step > 0).all()
    for pair in range(300):
        high = after(bar, 1, True, pair)
        low = after(bar, 1, False, pair)
    assert (low < high).all()
    assert (low - bar.devices.grid <= point).all()
    assert (point <= high + bar.devices.grid).all()
    assert (high - low <= step / (1 - rise) + bar.devices.grid).all()
