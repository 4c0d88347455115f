"""The compiled update against its NumPy twin, bit for bit: every shape, thin and dense words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.array import CompiledArray
from models.coincidence import WIDE
from models.crossbar import Crossbar
from models.device.array import RATE_DOWN, RATE_UP, DeviceArray, Taking
from models.device.response import Shape
from models.device.section import Device
from models.pulse import PulseTranslator, PulseWords
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.properties import PROPERTY, crossbars, random_codes, random_words

FEW = settings(PROPERTY, max_examples=60)


def update_compiled(bar: Crossbar, pulses: PulseWords, sample: int) -> int:
    return CompiledArray(bar).update(pulses, sample)


def twins(bar: Crossbar) -> tuple[Crossbar, Crossbar]:
    return bar, replace(bar, weights=bar.weights.copy())


def assert_same(bar: Crossbar, twin: Crossbar, pulses: PulseWords, sample: int) -> None:
    assert update_compiled(bar, pulses, sample) == twin.update(pulses, sample)
    assert bar.weights.tobytes() == twin.weights.tobytes()


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), st.integers(1, 63))
def test_compiled_updates_are_those_of_the_twin(bar, seed, slots):
    bar, twin = twins(bar)
    rng = np.random.default_rng(seed)
    for sample in range(3):
        assert_same(bar, twin, random_words(bar, rng, slots), sample)


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), st.integers(-14, 6))
def test_compiled_updates_take_the_translator_s_words(bar, seed, exponent):
    bar, twin = twins(bar)
    rng, config = np.random.default_rng(seed), bar.config
    x, d = (random_codes(rng, 1, n, config.tile.dac.bits)[0] for n in (config.rows, config.columns))
    assert_same(bar, twin, PulseTranslator(config).words(x, d, exponent, seed), seed)


@PROPERTY
@given(crossbars(largest=12), st.integers(0, 1 << 30))
def test_sign_phases_one_after_another_meet_the_same_devices(bar, seed):
    """Every device meets its coincidences in one phase alone, so the phases' order is free."""
    bar, twin = twins(bar)
    rng, config = np.random.default_rng(seed), bar.config
    x, d = (random_codes(rng, 1, n, 4)[0] for n in (config.rows, config.columns))
    translator = PulseTranslator(config)
    whole = translator.words(x, d, 0, seed)
    steps = sum(update_compiled(bar, part, seed) for part in translator.phase_words(whole)[::-1])
    assert steps == twin.update(whole, seed)
    assert bar.weights.tobytes() == twin.weights.tobytes()


COEFFICIENTS = {
    Shape.LINEAR: [],
    Shape.EXPONENTIAL: [1.0, -0.3, 0.9, -0.5],
    Shape.POWER: [],
    Shape.PIECEWISE: [1.0, 0.5, 0.25, 0.2, 0.75, 1.0],
    Shape.INTEGER: [2.0**-17, 2.0**-17],
}
SHAPES = [(shape, additive) for shape in Shape for additive in (False, True)]


def any_array(rng, rows: int, columns: int, shape: Shape, additive: bool) -> DeviceArray:
    """Devices of any shape, some of them stuck; not those of a family."""
    count = {Shape.LINEAR: 8 if additive else 6, Shape.POWER: 10}.get(shape, 8)
    planes = rng.uniform(0.3, 1.5, (count, rows, columns)).astype(np.float32)
    if shape == Shape.LINEAR:
        planes[:4] *= rng.choice([0.01, 0.3], (rows, columns), p=[0.9, 0.1]).astype(np.float32)
    planes[4], planes[5] = 0.5, -0.5
    planes[6:8] *= np.float32(0.02)
    stuck = rng.random((rows, columns)) < 0.1
    planes[4:6, stuck] = 0.125
    coefficients = np.array(COEFFICIENTS[shape], np.float32)
    return DeviceArray(shape, additive, planes, coefficients, np.float32(0.3), 0)


def any_crossbar(seed: int, shape: Shape, additive: bool, steps: str = "each") -> Crossbar:
    rng = np.random.default_rng(seed)
    rows, columns = int(rng.integers(1, 6)), int(rng.integers(1, 5 * WIDE))
    config = TileConfig(rows, columns, seed=seed)
    update = config.tile.update.model_copy(update={"steps": steps})
    config = replace(config, tile=config.tile.model_copy(update={"update": update}))
    devices = any_array(rng, rows, columns, shape, additive)
    weights = (rng.integers(-1000, 1001, (rows, columns)) / 2048).astype(np.float32)
    bounded = np.clip(weights, devices.w_min, devices.w_max)
    return replace(make_crossbar(config, Device(), 0.1, 4.0), devices=devices, weights=bounded)


def words_of(rng, lines: int, density: float) -> np.ndarray:
    """Words of 63 slots that are 0 for most lines where the density is low."""
    alive = rng.random(lines) < min(1.0, 4 * density)
    bits = rng.random((lines, 63)) < density
    weight = np.uint64(1) << np.arange(63, dtype=np.uint64)
    return (bits * alive[:, None] * weight).sum(axis=1, dtype=np.uint64)


def any_words(bar: Crossbar, seed: int, density: float) -> PulseWords:
    rng = np.random.default_rng(seed)
    rows, columns = bar.weights.shape
    xs, ds = (rng.integers(0, 2, n).astype(np.uint8) for n in (rows, columns))
    return PulseWords(words_of(rng, rows, 0.5), xs, words_of(rng, columns, density), ds, 63)


@pytest.mark.parametrize(("shape", "additive"), SHAPES)
@FEW
@given(st.integers(0, 1 << 30), st.sampled_from([0.002, 0.02, 0.1, 0.25, 0.6]))
def test_rows_at_once_and_device_by_device_give_the_twin_s_bits(shape, additive, seed, density):
    bar, twin = twins(any_crossbar(seed, shape, additive))
    for sample in range(3):
        assert_same(bar, twin, any_words(bar, seed + sample, density), sample)


@FEW
@given(st.integers(0, 1 << 30), st.sampled_from([0.002, 0.02, 0.1, 0.25, 0.6]))
def test_aggregated_updates_give_the_twin_s_bits(seed, density):
    bar, twin = twins(any_crossbar(seed, Shape.LINEAR, False, "aggregated"))
    assert bar.taking == Taking.TOGETHER
    for sample in range(3):
        assert_same(bar, twin, any_words(bar, seed + sample, density), sample)


@FEW
@given(st.integers(0, 1 << 30), st.sampled_from([0.02, 0.1, 0.6]))
def test_aggregated_updates_of_constant_steps_give_the_twin_s_bits(seed, density):
    bar = any_crossbar(seed, Shape.LINEAR, False, "aggregated")
    bar.devices.planes[[RATE_UP, RATE_DOWN]] = 0.0
    bar, twin = twins(bar)
    assert bar.taking == Taking.CONSTANT
    for sample in range(3):
        assert_same(bar, twin, any_words(bar, seed + sample, density), sample)


@FEW
@given(st.integers(0, 1 << 30))
def test_one_coincidence_each_is_the_same_aggregated(seed):
    bar = any_crossbar(seed, Shape.LINEAR, False)
    aggregated = any_crossbar(seed, Shape.LINEAR, False, "aggregated")
    rng = np.random.default_rng(seed)
    rows, columns = bar.weights.shape
    xs, ds = (rng.integers(0, 2, n).astype(np.uint8) for n in (rows, columns))
    one = PulseWords(np.ones(rows, np.uint64), xs, np.ones(columns, np.uint64), ds, 1)
    assert update_compiled(bar, one, 0) == update_compiled(aggregated, one, 0) == rows * columns
    assert bar.weights.tobytes() == aggregated.weights.tobytes()
