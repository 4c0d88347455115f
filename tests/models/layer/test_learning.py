"""Analog SGD: the translator's words on the array, and an exact digital bias."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.converter import Numerics, Scaling
from models.device.section import Device
from models.grid import TileGrid
from models.layer.learning import share, update, update_bias
from models.layer.linear import Linear
from models.management import integer_drive
from models.pulse import PulseTranslator
from models.section import Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from models.update import Update
from tests.models.properties import PROPERTY

REAL = Numerics(False, Scaling.ABS_MAX, 10, 1.0, np.inf, 1.0)
INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)
IDEAL = Device(
    family="constant-step",
    dw_min=0.001,
    dw_min_std=0.0,
    dw_min_dtod=0.0,
    up_down_dtod=0.0,
    w_max_dtod=0.0,
    w_min_dtod=0.0,
)


def layer(
    numerics: Numerics, biased: bool = True, seed: int = 0, pulse_type: str = "lfsr"
) -> Linear:
    tile = Tile(output_noise=0.0, update=Update.model_validate({"pulse_type": pulse_type}))
    config = TileConfig(3, 2, tile, seed=seed)
    bar = make_crossbar(config, IDEAL, 0.1, 1.0)
    bar.weights[...] = 0.0
    return Linear(TileGrid.of(bar), 1.0, "tanh", np.zeros(2), biased, numerics, np.ones(2))


def update_one(one, translator, x, x_factor, d, d_factor, *rest) -> tuple[int, int, int]:
    """Update a layer on one tile."""
    return update(one, (translator,), x, np.array([x_factor]), d, np.array([d_factor]), *rest)


@PROPERTY
@given(st.integers(-20, 3), st.lists(st.integers(-63, 63), min_size=2, max_size=2))
def test_an_integer_amplitude_enters_as_its_exponent(exponent, errors):
    one = layer(INTEGER)
    translator = PulseTranslator(one.crossbar.config)
    x, d = np.array([5.0, -63.0, 0.0]), np.array(errors, float)
    found = share(translator, INTEGER, x, d, 2.0**exponent)
    expected = integer_drive(Update(), x.astype(int), d.astype(int), exponent)
    assert found.slots == expected.slots
    assert (found.rows == expected.rows).all()
    assert (found.columns == expected.columns).all()


def test_counts_are_the_slots_the_pulses_and_the_steps_of_the_words():
    one = layer(INTEGER)
    translator = PulseTranslator(one.crossbar.config)
    x, d = np.array([5.0, -63.0, 0.0]), np.array([60.0, -31.0])
    words = translator.words(x.astype(int), d.astype(int), -10, 4)
    slots, sent, steps = update_one(one, translator, x, 2.0, d, 4.0, 2.0**-13, 2.0**-6, 4, 0.001)
    assert slots == words.slots == 4
    assert sent == sum(int(w).bit_count() for w in [*words.xw, *words.dw])
    count = np.bitwise_count(words.xw[:, None] & words.dw[None, :])
    assert steps == count.sum() > 0
    moved = -np.sign(np.outer(x, d)) * count * 0.001
    assert one.crossbar.weights == pytest.approx(moved, abs=1e-6)


@pytest.mark.parametrize("numerics", [INTEGER, REAL])
@pytest.mark.parametrize("kind", ["lfsr", "random", "binomial"])
def test_an_update_moves_the_weights_by_the_rate_times_the_outer_product(numerics, kind):
    """z-test over seeds: x and d in codes times factors, amplitude lr / (s dw_min)."""
    x, d, amplitude = np.array([5.0, -63.0, 40.0]), np.array([60.0, -31.0]), 2.0**-12
    runs, total = 1500, np.zeros((3, 2))
    for seed in range(runs):
        one = layer(numerics, seed=seed, pulse_type=kind)
        translator = PulseTranslator(one.crossbar.config)
        slots, _, _ = update_one(one, translator, x, 0.5, d, 2.0, amplitude, 0.0, 0, 0.001)
        total += one.crossbar.weights
    wanted = np.abs(np.outer(x, d)) * amplitude
    p = wanted / slots
    z = (-total * np.sign(np.outer(x, d)) / 0.001 - runs * wanted) / np.sqrt(
        runs * slots * p * (1 - p)
    )
    assert np.abs(z).max() < stats.norm.isf(0.5e-4 / z.size)


@pytest.mark.parametrize("numerics", [INTEGER, REAL])
def test_an_ideal_update_is_the_rate_times_the_outer_product(numerics):
    """To half a grid step; no pulse is counted, but the slots that pulses would take."""
    x, d = np.array([5.0, -63.0, 0.0]), np.array([60.0, -31.0])
    one = layer(numerics, pulse_type="ideal")
    translator = PulseTranslator(one.crossbar.config)
    found = update_one(one, translator, x, 2.0, d, 4.0, 2.0**-13, 2.0**-6, 4, 0.001)
    assert found == (4, 0, 0)
    wanted = -(2.0**-10) * 0.001 * np.outer(x, d)
    grid = one.crossbar.devices.grid
    assert np.abs(one.crossbar.weights - wanted).max() <= grid * 0.5000001 + 1e-7 * 0.004


@PROPERTY
@given(st.lists(st.integers(-63, 63), min_size=2, max_size=2), st.integers(-16, 0))
def test_an_integer_bias_takes_the_rounded_change(errors, log_rate):
    one = layer(INTEGER)
    one.bias[...] = [7.0, -9.0]
    update_bias(one, np.array(errors, float), np.array([8.0]), 2.0**log_rate)
    change = [round(e * 8 * 2.0**log_rate * 4096) for e in errors]
    assert one.bias.tolist() == [7.0 - change[0], -9.0 - change[1]]


def test_an_integer_bias_saturates_with_the_digital_rails():
    one = layer(INTEGER)
    update_bias(one, np.array([-63.0, 63.0]), np.array([2.0**20]), 1.0)
    assert one.bias.tolist() == [32767.0 * 4096, -32767.0 * 4096]


def test_a_real_bias_takes_the_exact_change():
    one = layer(REAL)
    update_bias(one, np.array([3.0, -0.5]), np.array([0.5]), 0.1)
    assert one.bias == pytest.approx([-0.15, 0.025], rel=1e-15)


def test_a_layer_without_bias_keeps_none():
    one = layer(REAL, biased=False)
    translator = PulseTranslator(one.crossbar.config)
    x, d = np.array([5.0, -63.0, 0.0]), np.array([60.0, -31.0])
    update_one(one, translator, x, 1.0, d, 1.0, 1e-3, 0.1, 0, 0.001)
    assert not one.bias.any()
    update_one(replace(one, biased=True), translator, x, 1.0, d, 1.0, 1e-3, 0.1, 0, 0.001)
    assert one.bias == pytest.approx([-6.0, 3.1])
