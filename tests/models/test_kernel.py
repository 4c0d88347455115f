"""Compiled kernels against their NumPy twins, bit for bit."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from models import kernel, key
from models.key import extend, fold
from models.pulse import PulseTranslator
from models.schedule import Op
from tests.models.properties import PROPERTY, crossbars, random_codes, random_words

words = st.integers(0, (1 << 64) - 1)


@njit
def all_draws(part, counter):
    """Every drawing function of the kernels once."""
    made = kernel.extend(part, counter)
    drawn = kernel.draw(made, counter)
    return (
        kernel.popcount(drawn),
        kernel.mix(drawn),
        made,
        drawn,
        kernel.normal(drawn),
        kernel.wide_normal(drawn),
    )


@PROPERTY
@given(words, words)
def test_compiled_draws_are_those_of_the_keys(part, counter):
    bits, mixed, made, drawn, one, wide = all_draws(np.uint64(part), np.uint64(counter))
    assert made == key.extend(part, counter)
    assert drawn == key.draw(made, counter)
    assert bits == int(drawn).bit_count()
    assert mixed == key.mix64(int(drawn))
    word = np.array([drawn], np.uint64)
    assert np.float32(one).tobytes() == key.normal(word).tobytes()
    assert np.float32(wide).tobytes() == key.wide_normal(word).tobytes()


def update_compiled(bar, pulses, sample: int) -> int:
    dev, config = bar.devices, bar.config
    keyed = extend(fold(config.seed, config.index, Op.UPDATE), sample)[()]
    return kernel.pulse_update(
        bar.weights,
        dev.planes,
        dev.noise,
        dev.exponent,
        pulses.xw,
        pulses.xs,
        pulses.dw,
        pulses.ds,
        keyed,
    )


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), st.integers(1, 63))
def test_compiled_updates_are_those_of_the_twin(bar, seed, slots):
    twin = replace(bar, weights=bar.weights.copy())
    rng = np.random.default_rng(seed)
    for sample in range(3):
        pulses = random_words(bar, rng, slots)
        assert update_compiled(bar, pulses, sample) == twin.update(pulses, sample)
        assert bar.weights.tobytes() == twin.weights.tobytes()


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), st.integers(-14, 6))
def test_compiled_updates_take_the_translator_s_words(bar, seed, exponent):
    twin = replace(bar, weights=bar.weights.copy())
    rng, config = np.random.default_rng(seed), bar.config
    bits = config.tile.dac.bits
    x, d = (random_codes(rng, 1, n, bits)[0] for n in (config.rows, config.columns))
    pulses = PulseTranslator(config).words(x, d, exponent, seed)
    assert update_compiled(bar, pulses, seed) == twin.update(pulses, seed)
    assert bar.weights.tobytes() == twin.weights.tobytes()


@PROPERTY
@given(crossbars(largest=12), st.integers(0, 1 << 30))
def test_sign_phases_one_after_another_meet_the_same_devices(bar, seed):
    """Every device meets its coincidences in one phase alone, so the phases' order is free."""
    rng, config = np.random.default_rng(seed), bar.config
    x, d = (random_codes(rng, 1, n, 4)[0] for n in (config.rows, config.columns))
    translator = PulseTranslator(config)
    whole = translator.words(x, d, 0, seed)
    twin = replace(bar, weights=bar.weights.copy())
    steps = sum(update_compiled(bar, part, seed) for part in translator.phase_words(whole)[::-1])
    assert steps == twin.update(whole, seed)
    assert bar.weights.tobytes() == twin.weights.tobytes()
