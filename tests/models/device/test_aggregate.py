"""All coincidences of an update at once, against pulse by pulse: mean, variance, clipping."""

from statistics import NormalDist

import numpy as np
import pytest

from models.device.array import THOUSANDTH, DeviceArray
from models.device.draw import draw_devices
from models.device.family import FAMILIES
from models.device.response import Shape
from models.device.section import Device

N = 60_000
#: Two-sided bound of one comparison: all comparisons below together fail once in a million.
COMPARISONS = 300
BOUND = NormalDist().inv_cdf(1 - 0.5e-6 / COMPARISONS)


def equal_devices(rate: float, noise: float) -> DeviceArray:
    """One row of equal devices: steps of 0.01 at 0 that shrink by `rate` per unit of weight."""
    planes = np.empty((6, 1, N), np.float32)
    planes[0], planes[1], planes[2], planes[3] = 0.01, rate, 0.01, rate
    planes[4], planes[5] = 0.5, -0.5
    return DeviceArray(Shape.LINEAR, False, planes, np.zeros(0, np.float32), np.float32(noise), 0)


def one_by_one(devices: DeviceArray, start: float, up: bool, n: int, seed: int) -> np.ndarray:
    rng, w = np.random.default_rng(seed), np.full((1, N), start, np.float32)
    for _ in range(n):
        w = devices.move(w, up, rng.standard_normal((1, N)).astype(np.float32))
    return w[0].astype(np.float64)


def at_once(devices: DeviceArray, start: float, up: bool, n: int, seed: int) -> np.ndarray:
    rng, w = np.random.default_rng(seed), np.full((1, N), start, np.float32)
    xi = rng.standard_normal((1, N)).astype(np.float32)
    return devices.move_aggregated(w, up, np.full((1, N), n), xi)[0].astype(np.float64)


def variance_error(values: np.ndarray) -> float:
    """Standard error of the sample variance, from the fourth moment."""
    centred = values - values.mean()
    return float(np.sqrt(((centred**4).mean() - values.var() ** 2) / N))


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("n", [1, 2, 7, 31, 63])
@pytest.mark.parametrize(("reach", "up", "start"), [(0.0, True, -0.3), (0.24, False, 0.3)])
def test_mean_and_variance_are_those_of_single_steps(reach, up, start, n, noise):
    """Up to the fastest response that is aggregated, which shrinks by `reach` in n steps."""
    devices = equal_devices(reach / n, noise)
    assert devices.aggregable()
    assert (devices.together(up, np.array([[n]])) == n).all()
    single, together = (f(devices, start, up, n, n) for f in (one_by_one, at_once))
    rounding = n * 2.0**-24
    left_out = reach**4 / 120 * abs(start - single.mean()) * (n > 4)
    error = np.sqrt((single.var() + together.var()) / N)
    assert abs(single.mean() - together.mean()) < BOUND * error + rounding + left_out
    spread = np.hypot(variance_error(single), variance_error(together))
    assert abs(single.var() - together.var()) < BOUND * spread + rounding**2


@pytest.mark.parametrize("n", [2, 7, 31])
@pytest.mark.parametrize("rate", [0.0, 0.008])
def test_as_many_stop_at_the_bound(rate, n):
    """Beyond chance they differ by the steps against their direction: one in a thousand at most."""
    devices = equal_devices(rate, 0.999 / THOUSANDTH)
    assert devices.aggregable()
    assert (devices.together(True, np.array([[n]])) == n).all()
    for start in (0.5, 0.49, 0.45, 0.3):
        single, together = (f(devices, start, True, n, 5) for f in (one_by_one, at_once))
        stopped = [(w == 0.5).mean() for w in (single, together)]
        chance = BOUND * np.sqrt(sum(p * (1 - p) for p in stopped) / N)
        assert abs(stopped[0] - stopped[1]) <= chance + n * 1e-3


def test_the_closed_form_holds_for_the_variance():
    k, s, n, start = 0.01, 0.3, 20, 0.2
    together = at_once(equal_devices(k, s), start, True, n, 3)
    limit = 0.01 / k
    m, v = (1 - k) ** n, ((1 - k) ** 2 + (k * s) ** 2) ** n - (1 - k) ** (2 * n)
    assert abs(together.mean() - (limit + (start - limit) * m)) < BOUND * together.std() / N**0.5
    expected = (start - limit) ** 2 * v
    assert abs(together.var() - expected) < BOUND * variance_error(together)


@pytest.mark.parametrize("family", FAMILIES)
def test_only_straight_responses_with_multiplicative_noise_are_aggregated(family):
    devices = draw_devices(Device(family=family), 8, 8, 0, 0)
    straight = devices.shape == Shape.LINEAR and not devices.additive
    assert devices.aggregable() == straight
    wild = draw_devices(Device(family=family, dw_min_std=1.0), 8, 8, 0, 0)
    assert not wild.aggregable()


@pytest.mark.parametrize(
    ("rate", "taken"), [(0.0, 63), (0.004, 62), (0.008, 31), (0.1, 2), (0.13, 1), (0.9, 1)]
)
def test_an_update_that_goes_far_is_taken_in_parts(rate, taken):
    devices = equal_devices(rate, 0.3)
    for left in range(1, 64):
        part = devices.together(True, np.full((1, N), left))
        assert part[0, 0] == min(left, taken)
        assert (part == part[0, 0]).all()


def test_wild_noise_is_taken_one_by_one():
    assert equal_devices(0.001, 0.32).aggregable()
    assert not equal_devices(0.001, 0.33).aggregable()


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9, 31, 63])
def test_the_series_are_the_closed_forms(n):
    """Exact for up to four steps; otherwise off by no more than the first terms left out."""
    for k in np.linspace(0.0, 0.25 / n, 11)[1:]:
        devices = equal_devices(k, 0.25)
        devices.planes[4] = 2.0
        k = float(np.float32(k))
        still = devices.mean_step(np.zeros((1, N), np.float32), True)[0, 0]
        moved = [
            devices.move_aggregated(np.zeros((1, N), np.float32), True, np.full((1, N), n), xi)[
                0, 0
            ]
            for xi in (np.float32(0.0), np.float32(1.0))
        ]
        reach, keep = (1 - (1 - k) ** n) / k / n, (1 - k) ** (n - 1)
        left_out = (n * k) ** 4 * (n > 4)
        assert moved[0] / still / n == pytest.approx(reach, abs=left_out / 120 + 1e-6)
        deviation = (moved[1] - moved[0]) / still / n**0.5 / 0.25
        assert deviation == pytest.approx(keep, abs=left_out / 24 + 2e-6 * n**0.5)
