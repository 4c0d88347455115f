"""Write noise: what reads see about the states that pulses move."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.array import CompiledArray
from models.crossbar import Crossbar
from models.device.section import Device
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.device.test_draw import assert_normal
from tests.models.properties import PROPERTY, crossbars, random_codes, random_words
from tests.models.pulsing import train

ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}


def noisy(rows: int = 60, columns: int = 50, **keys) -> Crossbar:
    """A tile whose states lie at random, seen as they are."""
    device = Device(**ALIKE | {"w_max": 1.0, "w_min": -1.0, "dw_min": 0.001} | keys)
    return make_crossbar(TileConfig(rows, columns, seed=5), device, 0.5, 4.0)


def deviation(bar: Crossbar) -> np.ndarray:
    return bar.weights.astype(np.float64) - bar.states


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), st.integers(1, 63), st.sampled_from([0.01, 0.5]))
def test_compiled_write_noise_is_the_twin_s(bar, seed, slots, noise):
    bar = replace(bar, write_noise=float(np.float32(noise)), held=bar.weights.copy())
    twin, rng = bar.with_weights(bar.weights.copy()), np.random.default_rng(seed)
    for sample in range(3):
        words = random_words(bar, rng, slots)
        before = bar.weights.copy()
        assert CompiledArray(bar).update(words, sample) == twin.update(words, sample)
        assert bar.weights.tobytes() == twin.weights.tobytes()
        assert bar.states.tobytes() == twin.states.tobytes()
        untouched = words.xw[:, None] & words.dw[None, :] == 0
        assert (bar.weights[untouched] == before[untouched]).all()
        units = bar.weights.astype(np.float64) / bar.devices.grid
        assert (units == np.rint(units)).all()
        assert np.abs(bar.weights).max() <= 2.0**bar.devices.exponent


@PROPERTY
@given(crossbars(largest=12), st.integers(0, 1 << 30))
def test_states_move_as_the_weights_of_devices_without_write_noise(bar, seed):
    noisy = replace(bar, write_noise=0.125, held=bar.weights.copy(), weights=bar.weights.copy())
    rng = np.random.default_rng(seed)
    for sample in range(3):
        words = random_words(bar, rng, 31)
        assert noisy.update(words, sample) == bar.update(words, sample)
        assert (noisy.states == bar.weights).all()


@pytest.mark.parametrize("pulses", [1, 20])
@pytest.mark.parametrize("up", [True, False])
def test_the_deviation_is_normal_with_the_spread_asked_for(pulses, up):
    """write_noise dw_min = 0.05 after any number of pulses; the grid adds 2^-23 at most."""
    bar = noisy(write_noise=50.0)
    assert (deviation(bar) == 0).all()
    bar.update(train(bar, pulses, up), 0)
    assert np.abs(bar.states).max() < 0.7
    assert_normal(deviation(bar), 0.0, 0.05)


def test_every_update_and_device_has_a_deviation_of_its_own():
    bar = noisy(write_noise=50.0)
    found = []
    for sample in range(2):
        bar.update(train(bar, 1, True), sample)
        found.append(deviation(bar))
    one, two = found
    for a, b in ((one, two), (one[1:], one[:-1]), (one[:, 1:], one[:, :-1])):
        correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        assert abs(correlation) < stats.norm.isf(1e-5) / np.sqrt(a.size)


def test_deviations_do_not_pile_up():
    """After 200 updates their spread is that of one: updates start from the states."""
    bar = noisy(write_noise=50.0)
    for sample in range(200):
        bar.update(train(bar, 1, sample % 2 == 0), sample)
    assert_normal(deviation(bar), 0.0, 0.05)


def test_what_is_seen_stays_within_the_grid_s_range():
    """A spread of 1 about states within 0.5 of 0, on a grid that ends at 1: a share is clipped."""
    bar = noisy(write_noise=1000.0)
    bar.update(train(bar, 1, True), 0)
    assert np.abs(bar.weights).max() == 1.0
    states = bar.states.astype(np.float64)
    share = (stats.norm.sf(1 - states) + stats.norm.sf(1 + states)).mean()
    clipped = int((np.abs(bar.weights) == 1.0).sum())
    assert stats.binomtest(clipped, states.size, share).pvalue > 1e-4


def test_reads_see_the_apparent_weights_alone():
    bar = noisy(write_noise=50.0)
    bar.update(train(bar, 1, True), 0)
    shown = replace(bar, weights=bar.weights.copy(), held=None, write_noise=0.0)
    x = random_codes(np.random.default_rng(2), 12, bar.config.rows, 7)
    samples = np.arange(12)
    for array in (bar, CompiledArray(bar)):
        assert (array.forward(x, samples) == shown.forward(x, samples)).all()


def test_dead_and_stuck_devices_are_seen_as_they_are():
    bar = noisy(write_noise=50.0, dead_fraction=0.2, stuck_fraction=0.2)
    compiled = bar.with_weights(bar.weights.copy())
    bar.update(train(bar, 3, True), 0)
    CompiledArray(compiled).update(train(bar, 3, True), 0)
    still = bar.devices.w_max == bar.devices.w_min
    assert 0.3 < still.mean() < 0.5
    assert (bar.weights == bar.states)[still].all()
    assert (compiled.weights == bar.weights).all()
    assert (bar.weights != bar.states)[~still].mean() > 0.99


def test_without_write_noise_the_states_are_the_weights():
    bar = noisy()
    assert bar.states is bar.weights
    copy = bar.weights.copy()
    assert bar.with_weights(copy).states is copy
