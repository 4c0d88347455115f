"""Every family against its formula: mean steps, pulse by pulse, and in distribution."""

import numpy as np
import pytest
from scipy import stats

from models.device.array import DeviceArray
from models.device.draw import draw_devices, keyed_normal
from models.device.family import FAMILIES
from models.device.section import Device
from models.key import draw, normal
from tests.models.device.oracle import CASES, Oracle, case, make_oracle

SEED, TILE = 11, 2
PULSES = (1, 10, 100, 1000)
ULP = 2.0**-24


def pair(device: Device, rows: int, columns: int) -> tuple[DeviceArray, Oracle]:
    """The same devices twice."""

    def same(kind: int) -> np.ndarray:
        return keyed_normal((rows, columns), SEED, TILE, kind).astype(np.float64)

    return draw_devices(device, rows, columns, SEED, TILE), make_oracle(device, same)


def noise(pulse: int, shape: tuple[int, int]) -> np.ndarray:
    """Standard normals of the keyed kind, one a device and pulse."""
    return normal(draw(pulse, np.arange(shape[0] * shape[1]))).reshape(shape)


def one_step(devices: DeviceArray, oracle: Oracle) -> float:
    """Largest error of one pulse: parameters and each operation rounded to float32.

    The weight's own sum rounds within 2^e; the step is at most 8 roundings of numbers that are at
    most the step's largest size, times a noise factor below 1 + 5 noise. Bounds lie on the grid.
    """
    w = np.linspace(oracle.lo - oracle.ref, oracle.hi - oracle.ref, 33)
    size = max(float(np.abs(oracle.mean(w, up)).max()) for up in (True, False))
    return ULP * (2.0**devices.exponent + 8 * size * (1 + 5 * float(devices.noise))) + devices.grid


def test_every_family_has_a_case():
    assert {keys["family"] for keys in CASES.values()} == set(FAMILIES)


@pytest.mark.parametrize("name", CASES)
def test_mean_steps_are_those_of_the_formula(name):
    devices, oracle = pair(case(name), 7, 9)
    for share in np.linspace(0, 1, 41):
        w = devices.w_min + np.float32(share) * (devices.w_max - devices.w_min)
        for up in (True, False):
            exact = oracle.mean(w.astype(np.float64), up)
            assert np.abs(devices.mean_step(w, up) - exact).max() <= one_step(devices, oracle)


@pytest.mark.parametrize("name", CASES)
def test_pulses_move_each_device_like_the_formula(name):
    """1 to 1000 pulses up, then as many down, with the same draws and the same noise.

    Errors of pulses add up; a step shrinks them or, where steps grow toward a bound, stretches
    them by its slope.
    """
    devices, oracle = pair(case(name), 5, 4)
    w = np.zeros((5, 4), np.float32)
    exact, pulse = w.astype(np.float64), 0
    rates = np.abs(devices.planes[[1, 3]]).max() if "own" in name else 0.0
    for up in (True, False):
        for pulses in range(1, PULSES[-1] + 1):
            xi = noise(pulse, w.shape)
            w = devices.move(w, up, xi)
            exact = oracle.move(exact, up, xi.astype(np.float64))
            pulse += 1
            if pulses in PULSES:
                bound = pulse * one_step(devices, oracle) * np.exp(rates * PULSES[-1])
                assert np.abs(w - exact).max() <= bound


def z_of_means(a: np.ndarray, b: np.ndarray) -> float:
    return float((a.mean() - b.mean()) / np.sqrt(a.var() / a.size + b.var() / b.size))


def z_of_variances(a: np.ndarray, b: np.ndarray) -> float:
    """Difference of two sample variances over its error, from the fourth moments."""
    error = sum((((x - x.mean()) ** 2).var()) / x.size for x in (a, b))
    return float((a.var() - b.var()) / np.sqrt(error))


@pytest.mark.parametrize("name", CASES)
def test_trained_devices_have_the_distribution_of_the_formula(name):
    """Devices and noise of a NumPy generator after 1 to 1000 pulses up, then as many down."""
    shape, rng = (48, 48), np.random.default_rng(5)
    device = case(name)
    devices = draw_devices(device, *shape, SEED, TILE)
    oracle = make_oracle(device, lambda kind: rng.standard_normal(shape))
    w, other, pulse = np.zeros(shape, np.float32), np.zeros(shape), 0
    limit = stats.norm.isf(0.5e-5)
    for up in (True, False):
        for pulses in range(1, PULSES[-1] + 1):
            w = devices.move(w, up, noise(pulse, shape))
            other = oracle.move(other, up, rng.standard_normal(shape))
            pulse += 1
            if pulses in PULSES:
                found = w.astype(np.float64)
                assert abs(z_of_means(found, other)) < limit
                assert abs(z_of_variances(found, other)) < limit
                assert stats.ks_2samp(found.ravel(), other.ravel()).pvalue > 1e-5
