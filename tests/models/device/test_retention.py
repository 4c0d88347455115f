"""Weights left to themselves, against the closed forms of decay, drift and diffusion."""

import numpy as np
import pytest
from scipy import stats

from models.device.array import DeviceArray, to_grid
from models.device.draw import Place, draw_devices
from models.device.retention import Retention, make_retention, retain
from models.device.section import Device
from tests.models.device.test_draw import assert_normal

PLACE = Place(60, 50, 7, 1)
QUIET = {"dw_min_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0, "w_max": 1.0, "w_min": -1.0}


def left(start: float, steps: int, **keys) -> tuple[np.ndarray, DeviceArray, Retention]:
    """Weights of a tile after lazy steps, all at one weight before."""
    device = Device(**QUIET | keys)
    devices = draw_devices(device, *PLACE)
    retention = make_retention(device, PLACE)
    w = to_grid(np.full((PLACE.rows, PLACE.columns), start), devices.exponent)
    for step in range(steps):
        w = retain(w, devices, retention, PLACE, step)
    return w.astype(np.float64), devices, retention


def rounding(devices: DeviceArray, steps: int) -> float:
    """A step rounds to the grid, and its operations within |w| <= 1 to 8 roundings of float32.

    The powers of the drift are exact to 3e-7.
    """
    return steps * (devices.grid / 2 + 8 * 2.0**-24 + 3e-7)


def test_without_a_mechanism_there_is_no_retention():
    assert make_retention(Device(), PLACE) is None


@pytest.mark.parametrize("every", [1, 50, 400])
@pytest.mark.parametrize("rest", [0.0, -0.25])
def test_weights_decay_to_rest_with_their_lifetime(every, rest):
    steps = 800 // every
    w, devices, _ = left(0.75, steps, lifetime=500.0, rest=rest, retention_every=every)
    exact = rest + (0.75 - rest) * np.exp(-800 / 500)
    assert np.abs(w - exact).max() <= rounding(devices, steps)


@pytest.mark.parametrize("every", [10, 500])
@pytest.mark.parametrize("t0", [1.0, 300.0])
def test_weights_drift_by_the_power_law_since_the_start(every, t0):
    steps = 1000 // every
    keys = {"drift_nu": 0.06, "drift_t0": t0, "retention_every": every}
    w, devices, _ = left(-0.8, steps, **keys)
    exact = -0.8 * (1 + 1000 / t0) ** -0.06
    assert np.abs(w - exact).max() <= rounding(devices, steps)


def test_each_device_drifts_with_an_exponent_of_its_own():
    w, devices, retention = left(0.5, 20, drift_nu=0.1, drift_nu_dtod=0.2, retention_every=50)
    assert_normal(retention.nu.astype(float), 0.1, 0.02)
    exact = 0.5 * 1001.0 ** -retention.nu.astype(float)
    assert np.abs(w - exact).max() <= rounding(devices, 20)


def test_exponents_are_never_negative():
    _, _, retention = left(0.5, 0, drift_nu=0.1, drift_nu_dtod=2.0)
    share = stats.norm.cdf(-0.5)
    assert retention.nu.min() == 0
    assert stats.binomtest(int((retention.nu == 0).sum()), 3000, share).pvalue > 1e-4


@pytest.mark.parametrize("every", [1, 20])
def test_weights_diffuse_with_the_root_of_time(every):
    """400 samples of 0.005 each: a normal of 0.1, far from the bounds; the grid adds nothing."""
    w, _, _ = left(0.0, 400 // every, diffusion=0.005, retention_every=every)
    assert_normal(w, 0.0, 0.1)


def test_decay_and_diffusion_settle_at_the_variance_of_their_balance():
    """After n steps walk^2 (1 - d^2n) / (1 - d^2) about the decayed mean."""
    w, _, retention = left(0.4, 30, lifetime=1000.0, diffusion=0.002, retention_every=100)
    d = float(retention.decay)
    variance = float(retention.walk) ** 2 * (1 - d**60) / (1 - d**2)
    assert_normal(w, 0.4 * np.exp(-3), np.sqrt(variance))


def test_every_step_and_device_has_a_walk_of_its_own():
    one, _, _ = left(0.0, 1, diffusion=0.01)
    two, _, _ = left(0.0, 2, diffusion=0.01)
    for a, b in ((one, two - one), (one[1:], one[:-1]), (one[:, 1:], one[:, :-1])):
        correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        assert abs(correlation) < stats.norm.isf(1e-5) / np.sqrt(a.size)


def test_weights_stay_on_the_grid_within_their_bounds():
    keys = {"w_max_dtod": 0.2, "stuck_fraction": 0.1, "dead_fraction": 0.1, "lifetime": 1e4}
    w, devices, _ = left(0.0, 40, diffusion=0.05, **keys)
    assert (w >= devices.w_min).all()
    assert (w <= devices.w_max).all()
    assert (w / devices.grid == np.rint(w / devices.grid)).all()
    still = devices.w_max == devices.w_min
    assert still.mean() == pytest.approx(0.2, abs=0.05)
    assert (w == devices.w_max)[still].all()
    assert (w == devices.w_max)[~still].mean() > 0.01


def test_changes_below_half_a_grid_step_vanish_unless_they_are_gathered():
    """Why steps are lazy: 1e-9 of a weight a sample is nothing, a million samples of it are not."""
    often, _, _ = left(0.5, 1000, lifetime=1e9, retention_every=1)
    seldom, _, _ = left(0.5, 1, lifetime=1e9, retention_every=1_000_000)
    assert (often == 0.5).all()
    assert np.abs(seldom - 0.5 * np.exp(-1e-3)).max() < 2.0**-22
