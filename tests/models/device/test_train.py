"""Trains on drawn devices against a tile's array and against closed forms."""

import numpy as np
import pytest
from scipy import stats

from models.device.draw import draw_devices
from models.device.section import Device
from models.device.train import FEWEST, MOST, default_pulses, pulse_train, pulse_weights
from tests.models.device.oracle import CASES, case
from tests.models.pulsing import after, crossbar

ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}
N, PULSES, NOISE = 4000, 60, 0.15
#: A normal draw is within 5, so that no step turns back at this noise; 1 in 100,000 a comparison.
Z = stats.norm.isf(0.5e-5)


@pytest.mark.parametrize("name", CASES)
def test_a_train_is_what_a_tile_s_array_does_bit_for_bit(name):
    device = case(name)
    bar = crossbar(device, 1, 9)
    bar.weights[...] = bar.devices.w_min
    drawn = draw_devices(device, 1, 9, bar.config.seed, bar.config.index)
    found = pulse_weights(drawn, 6, bar.config.seed, bar.config.index)
    assert (next(found) == bar.weights).all()
    for pulse, w in enumerate(found):
        assert (after(bar, 1, pulse < 6, pulse) == w).all()


def trained(**keys):
    device = Device(dw_min=0.01, dw_min_std=NOISE, w_max=1.0, w_min=-1.0, **ALIKE | keys)
    drawn = draw_devices(device, 1, N, 7, 0)
    train = pulse_train(drawn, PULSES, 7)
    rounding = (drawn.grid / 2 + 3 * 2.0**-24) * 2 * PULSES
    return train, rounding


def test_constant_steps_make_a_straight_line_up_and_down():
    """Up w_min + n d with a variance of n (d s)^2; down from there alike."""
    train, rounding = trained(family="constant-step")
    steps = np.minimum(train.pulse, 2 * PULSES - train.pulse)
    error = 0.01 * NOISE * np.sqrt(train.pulse / N)
    inner = train.pulse < 1.9 * PULSES  # before the lower bound is met again
    assert (np.abs(train.mean - (-1 + 0.01 * steps)) <= Z * error + rounding)[inner].all()


def test_soft_bounds_approach_each_bound_geometrically():
    """Up 1 - 2 (1 - k)^n, down the same from there; variance of the product of noisy factors."""
    train, rounding = trained(family="soft-bounds")
    k = 0.01
    n = np.minimum(train.pulse, PULSES)
    mean, square = (1 - k) ** n, ((1 - k) ** 2 + (k * NOISE) ** 2) ** n
    low, spread = 2 - 2 * mean, 4 * (square - mean**2)  # of w + 1
    m = np.maximum(train.pulse - PULSES, 0)
    fall, fall_square = (1 - k) ** m, ((1 - k) ** 2 + (k * NOISE) ** 2) ** m
    wanted = low * fall
    variance = (spread + low**2) * fall_square - wanted**2
    assert (np.abs(train.mean + 1 - wanted) <= Z * np.sqrt(variance / N) + rounding).all()


def test_the_band_holds_the_middle_68_percent():
    """16th and 84th percentile of a normal: one standard deviation, which n steps have."""
    train, _ = trained(family="constant-step")
    at = train.pulse.tolist().index(PULSES)
    sigma = 0.01 * NOISE * np.sqrt(PULSES)
    level = stats.norm.isf(0.16)
    error = np.sqrt(0.16 * 0.84 / N) / stats.norm.pdf(level) * sigma
    middle = -1 + 0.01 * PULSES
    assert abs(train.high[at] - (middle + level * sigma)) < Z * error
    assert abs(train.low[at] - (middle - level * sigma)) < Z * error


@pytest.mark.parametrize(("pulses", "points"), [(1, 3), (60, 121), (100, 201), (1234, 201)])
def test_a_curve_keeps_both_ends_the_turn_and_at_most_201_points(pulses, points):
    drawn = draw_devices(Device(), 1, 3, 0, 0)
    seen: list[int] = []
    train = pulse_train(drawn, pulses, 0, singles=2, progress=seen.append)
    assert len(train.pulse) == points
    assert {0, pulses, 2 * pulses} <= set(train.pulse.tolist())
    assert (np.diff(train.pulse) > 0).all()
    assert train.singles.shape == (2, points)
    assert seen == train.pulse.tolist()


@pytest.mark.parametrize(
    ("keys", "pulses"),
    [
        ({"dw_min": 0.002, "w_max": 0.6, "w_min": -0.6}, 600),
        ({"states": 21, "w_max": 1.0, "w_min": -1.0}, 21),
        ({"dw_min": 0.4622, "w_max": 1.0, "w_min": -1.0}, FEWEST),
        ({"dw_min": 1e-9}, MOST),
    ],
)
def test_by_default_there_is_a_pulse_for_every_state(keys, pulses):
    assert default_pulses(Device(**keys)) == pulses
