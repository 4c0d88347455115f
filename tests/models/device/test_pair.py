"""The drag as pulses measure it, against its closed forms."""

import numpy as np
import pytest
from scipy import stats

from models.device.array import DeviceArray, to_grid
from models.device.draw import draw_devices
from models.device.pair import REACH, ROOM, measure_drag, measure_pairs, pair_changes
from models.device.response import Shape
from models.device.section import Device
from models.device.symmetry import decay, drag, symmetric_point
from tests.models.device.oracle import CASES, case

N, SEED = 200, 5
Z = stats.norm.isf(0.5e-5)
ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}


def drawn(name: str) -> DeviceArray:
    return draw_devices(case(name, dw_min=2e-4), 1, N, SEED, 0)


def secant(devices: DeviceArray, point: np.ndarray) -> tuple[float, float]:
    """What pairs without noise would measure, and how much rounding may do to one device."""
    low, high = devices.w_min.astype(float), devices.w_max.astype(float)
    chosen = np.minimum(point - low, high - point) >= ROOM * (high - low)
    reach = REACH * (high - low)
    sides = [np.where(chosen, point + s * reach, low).astype(np.float32) for s in (-1, 1)]
    below, above = (drag(devices, w).astype(float) for w in sides)
    distance = (sides[1].astype(float) - sides[0])[chosen]
    # each side: two moves of three float32 operations within 2^e, each rounded to the grid
    rounding = 2 * 2 * (devices.grid / 2 + 3 * 2.0 ** (devices.exponent - 24))
    found = (below - above)[chosen] / distance
    return float(found.mean()), rounding / float(distance.min())


@pytest.mark.parametrize("name", [name for name in CASES if name != "constant-step"])
def test_the_measured_drag_is_the_closed_form_within_its_error(name):
    """Linear steps have the closed form as secant too; others up to their curvature."""
    devices = drawn(name)
    point = symmetric_point(devices)
    found = measure_drag(devices, point, SEED)
    exact, rounding = secant(devices, point)
    assert found.devices > N / 10
    assert abs(found.measured - exact) <= Z * found.error + rounding
    if devices.shape is Shape.LINEAR:
        assert abs(found.closed - exact) <= rounding
    assert found.low <= found.closed <= found.high


def test_a_constant_step_has_no_drag():
    devices = draw_devices(Device(family="constant-step"), 1, N, SEED, 0)
    found = measure_drag(devices, np.zeros((1, N)), SEED)
    assert (found.closed, found.low, found.high) == (0, 0, 0)
    assert abs(found.measured) <= Z * found.error + secant(devices, np.zeros((1, N)))[1]


def test_soft_bounds_lose_twice_the_relative_step_a_pair():
    """1 - (1 - d / tau)^2."""
    device = Device(dw_min=0.01, w_max=0.5, w_min=-0.5, dw_min_std=0.1, **ALIKE)
    found = measure_drag(draw_devices(device, 1, N, SEED, 0), np.zeros((1, N)), SEED)
    assert found.closed == pytest.approx(1 - 0.98**2, rel=1e-5)
    assert abs(found.measured - found.closed) <= Z * found.error + 1e-5


def test_the_error_is_that_of_repeated_experiments():
    devices = draw_devices(Device(), 1, 20, SEED, 0)
    point = symmetric_point(devices)
    runs = [measure_drag(devices, point, seed) for seed in range(60)]
    scores = [(run.measured - run.closed) / run.error for run in runs]
    square = float(np.sum(np.square(scores)))
    assert stats.chi2.ppf(0.5e-5, 60) < square < stats.chi2.isf(0.5e-5, 60)


def test_devices_whose_point_is_near_a_bound_are_left_out():
    devices = draw_devices(Device(**ALIKE), 1, 3, SEED, 0)
    inside = np.array([[0.0, 0.5, np.nan]])
    assert measure_drag(devices, inside, SEED).devices == 1
    none = measure_drag(devices, np.full((1, 3), np.nan), SEED)
    assert none.devices == 0
    assert np.isnan([none.measured, none.error, none.closed, none.low, none.high]).all()


def test_pairs_without_noise_change_weights_by_the_drag():
    devices = draw_devices(Device(dw_min=0.02, dw_min_std=0.0), 1, N, SEED, 0)
    start = to_grid(0.5 * devices.w_max, devices.exponent)
    changes = pair_changes(devices, start, 3, SEED, 0)
    assert (np.ptp(changes, axis=0) == 0).all()
    assert np.abs(changes[0] - drag(devices, start)).max() <= devices.grid + 2.0**-24


def test_the_curve_of_pairs_is_the_mean_drag_of_the_devices_that_reach_the_weight():
    devices = drawn("soft-bounds")
    weights = np.linspace(-0.4, 0.5, 7)
    found = measure_pairs(devices, weights, SEED)
    assert (np.abs(found.measured - found.closed) <= Z * found.error + 2 * devices.grid).all()
    for weight, closed in zip(weights, found.closed, strict=True):
        here = ((devices.w_min <= weight) & (weight <= devices.w_max))[0]
        start = np.full((1, N), weight, np.float32)
        assert closed == pytest.approx(float(drag(devices, start)[0, here].mean()), abs=1e-7)


def test_a_weight_that_no_device_reaches_has_no_change():
    found = measure_pairs(draw_devices(Device(**ALIKE), 1, 4, 0, 0), np.array([9.0]), 0)
    assert np.isnan([found.measured, found.error, found.closed]).all()


@pytest.mark.parametrize("name", CASES)
def test_the_decay_is_the_slope_of_the_drag(name):
    """By differences over a hundredth of the range, in the inner part of it.

    Off by the curvature: with rates of up to 13 a range 13^2 0.005^2 / 6 = 7e-4 of the slopes;
    and by rounding to float32: 8 operations within 2^e over that distance.
    """
    device = case(name)
    devices = draw_devices(device, 1, N, SEED, 0)
    low, high = devices.w_min.astype(float), devices.w_max.astype(float)
    extent = high - low
    some = extent > 0.2
    for share in (0.31, 0.45, 0.6):
        w = low + share * extent
        near = [(w + s * 0.005 * extent).astype(np.float32) for s in (-1, 1)]
        below, above = (drag(devices, side).astype(float) for side in near)
        distance = np.where(some, near[1].astype(float) - near[0], 1.0)
        found = decay(devices, w)
        rounding = 8 * 2.0 ** (devices.exponent - 24) / distance
        curved = 2e-3 * (np.abs(found) + 2 * device.dw_min / np.where(some, extent, 1.0))
        assert (np.abs((below - above) / distance - found) <= curved + rounding)[some].all()


def test_a_pair_that_ends_at_a_bound_forgets_where_it_began():
    device = Device(family="constant-step", dw_min=0.5, w_max=0.6, w_min=-0.6, **ALIKE)
    devices = draw_devices(device, 1, 1, 0, 0)
    places = {-0.3: 0.0, 0.3: 1.0, float("nan"): float("nan")}
    for w, expected in places.items():
        assert decay(devices, np.array([[w]]))[0, 0] == pytest.approx(expected, nan_ok=True)
