"""Spreads as pulses measure them, against the keys that made them."""

import numpy as np
import pytest
from scipy import stats

from models.device.draw import draw_devices
from models.device.section import Device
from models.device.spread import REPEATS, mean_steps, measure_spread

N, SEED = 3000, 3
Z = stats.norm.isf(0.5e-5)
QUIET = {"dw_min": 0.001, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}


def drawn(**keys):
    return draw_devices(Device(**QUIET | keys), 1, N, SEED, 0)


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("noise", [0.05, 0.3, 5.0])
@pytest.mark.parametrize(("family", "mult"), [("soft-bounds", True), ("soft-bounds", False)])
def test_the_spread_of_cycles_is_the_key(up, noise, family, mult):
    """A standard deviation of n draws is off by one part in sqrt(2 n)."""
    devices = drawn(family=family, mult_noise=mult, dw_min_std=noise, dw_min_dtod=0.1)
    found = measure_spread(devices, 0.0, up, SEED)
    mean_error = noise / np.sqrt(N * REPEATS)
    error = noise * (1 / np.sqrt(2 * N * REPEATS) + mean_error)
    assert abs(found.cycle - noise) <= Z * error + 1e-3 * noise  # the grid: 2.4e-7 of 1e-3
    assert abs(found.mean - 0.001) <= Z * 0.001 * np.hypot(mean_error, 0.1 / np.sqrt(N))


@pytest.mark.parametrize(("noise", "spread"), [(0.0, 0.2), (0.3, 0.2), (2.0, 0.3)])
def test_the_spread_of_devices_is_the_key_without_the_noise_of_cycles(noise, spread):
    devices = drawn(dw_min_std=noise, dw_min_dtod=spread)
    found = measure_spread(devices, 0.0, True, SEED)
    total = spread**2 + noise**2 * (1 + spread**2) / REPEATS
    error = total * np.sqrt(2 / N)  # of the variance
    relative = error / spread**2 / 2 + spread / np.sqrt(N)  # of its root, and of the mean below it
    assert abs(found.device - spread) <= Z * relative * spread


def test_devices_that_stand_still_have_no_spread():
    found = measure_spread(drawn(dead_fraction=1.0), 0.0, True, SEED)
    assert np.isnan([found.mean, found.cycle, found.device]).all()
    band = mean_steps(drawn(dead_fraction=1.0), np.array([0.0, 0.1]), True)
    assert np.isnan([band.mean, band.low, band.high]).all()


def test_exact_devices_have_no_spread():
    found = measure_spread(drawn(dw_min_dtod=0.0, dw_min_std=0.0), 0.0, False, SEED)
    assert (found.cycle, found.device) == (0, 0)
    assert found.mean == pytest.approx(0.001, abs=2.0**-23)


@pytest.mark.parametrize("up", [True, False])
def test_mean_steps_of_soft_bounds_fall_to_the_bound(up):
    weights = np.linspace(-0.6, 0.6, 13)
    band = mean_steps(drawn(dw_min_dtod=0.0), weights, up)
    wanted = 0.001 * (1 - weights / 0.6) if up else 0.001 * (1 + weights / 0.6)
    for values in (band.mean, band.low, band.high):
        assert np.abs(values - wanted).max() < 2.0**-22


def test_the_last_step_before_a_bound_is_only_as_long_as_the_way():
    devices = drawn(family="constant-step", dw_min=0.1, dw_min_dtod=0.0)
    band = mean_steps(devices, np.array([0.0, 0.575, 0.6]), True)
    assert band.mean == pytest.approx([0.1, 0.025, 0.0], abs=1e-6)
