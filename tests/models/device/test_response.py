"""Every family against its formula: mean steps, pulse by pulse, and in distribution."""

from dataclasses import replace

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


def error(devices: DeviceArray, oracle: Oracle, w: np.ndarray, up: bool) -> np.ndarray:
    """What one pulse at w may be wrong by: parameters and operations rounded to float32.

    The weight's own sum rounds within 2^e. Bounds lie on the grid, so are half a step of it off. q
    is off by as much as a move of 8 roundings of the range and of w would make it. Of f, 12
    roundings or 4 errors of 2^x (2e-7 each) remain, and (1 + 5 noise) times all that.
    """
    away = 8 * ULP * (oracle.hi - oracle.lo + np.abs(w) + np.abs(oracle.ref))
    ends = [oracle.mean(w + move, up) for move in (-away, 0.0, away)]
    half = devices.grid / 2
    for high, low in ((half, half), (half, -half), (-half, half), (-half, -half)):
        ends.append(replace(oracle, hi=oracle.hi + high, lo=oracle.lo + low).mean(w, up))
    size = oracle.up if up else oracle.down
    f = np.max(ends, axis=0) - np.min(ends, axis=0) + 8e-7 * (np.max(ends, axis=0) + size)
    return f * (1 + 5 * float(devices.noise)) + ULP * 2.0**devices.exponent + devices.grid


def test_every_family_has_a_case():
    assert {keys["family"] for keys in CASES.values()} == set(FAMILIES)


@pytest.mark.parametrize("name", CASES)
def test_mean_steps_are_those_of_the_formula(name):
    devices, oracle = pair(case(name), 7, 9)
    for share in np.linspace(0, 1, 41):
        w = devices.w_min + np.float32(share) * (devices.w_max - devices.w_min)
        for up in (True, False):
            exact = oracle.mean(w.astype(np.float64), up)
            wrong = np.abs(devices.mean_step(w, up) - exact)
            assert (wrong <= error(devices, oracle, w.astype(np.float64), up)).all()


@pytest.mark.parametrize("name", CASES)
def test_pulses_move_each_device_like_the_formula(name):
    """1 to 1000 pulses up, then as many down, with the same draws and the same noise.

    Earlier errors travel as the formula moves weights that are off by as much; to them each pulse
    adds its own.
    """
    devices, oracle = pair(case(name), 5, 4)
    w = np.zeros((5, 4), np.float32)
    exact, pulse, bound = w.astype(np.float64), 0, np.zeros((5, 4))
    for up in (True, False):
        for pulses in range(1, PULSES[-1] + 1):
            xi = noise(pulse, w.shape)
            w = devices.move(w, up, xi)
            near = [exact, exact - bound, exact + bound, exact - bound / 2, exact + bound / 2]
            exact, *others = (oracle.move(start, up, xi.astype(np.float64)) for start in near)
            own = error(devices, oracle, exact, up)
            bound = np.max(np.abs(others - exact), axis=0) + own
            pulse += 1
            if pulses in PULSES:
                assert (np.abs(w - exact) <= bound).all()
    assert np.median(bound) < 1e-3


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
