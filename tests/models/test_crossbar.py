"""The array behind its port: exact reads, their noise, and what pulses do to the weights."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.crossbar import Crossbar
from models.device.section import Device
from models.error import DesignError
from models.management import split
from models.number import code_limit
from models.pulse import PulseTranslator, PulseWords
from models.schedule import Op
from models.section import Adc, Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.properties import PROPERTY, crossbars, random_codes, random_words

ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}
QUIET = Tile(output_noise=0.0)


def exact_codes(bar: Crossbar, codes: np.ndarray, weights: np.ndarray) -> list[list[int]]:
    """Noise-free reads in integers and fractions; `weights` has a row for each driven line."""
    units = (weights.astype(np.float64) / bar.devices.grid).astype(np.int64)
    assert (units * bar.devices.grid == weights).all()
    high = code_limit(bar.config.tile.adc.bits)
    low = -round(high * bar.config.tile.adc.lower)
    step = Fraction(bar.devices.grid) / Fraction(bar.adc_lsb)
    sums = codes.astype(np.int64) @ units
    return [[max(low, min(high, round(s * step))) for s in row] for row in sums.tolist()]


def quiet(bar: Crossbar) -> Crossbar:
    """The same tile without noise and stochastic rounding; wires and rails stay."""
    tile = bar.config.tile
    dac = tile.dac.model_copy(update={"noise": 0.0})
    adc = tile.adc.model_copy(update={"rounding": "nearest"})
    still = tile.model_copy(update={"dac": dac, "adc": adc, "read_noise": 0.0})
    return replace(bar, config=replace(bar.config, tile=still), noise=0.0)


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30))
def test_reads_without_noise_are_exact_integer_sums_rounded_once(bar, seed):
    rng = np.random.default_rng(seed)
    bar = quiet(bar)
    bits, config = bar.config.tile.dac.bits, bar.config
    x, d = (random_codes(rng, 3, lines, bits) for lines in (config.rows, config.columns))
    scale = 2.0 ** np.floor(np.log2(bar.adc_lsb))
    bar = replace(bar, adc_lsb=max(scale, bar.devices.grid))
    samples = np.arange(3)
    assert bar.forward(x, samples).tolist() == exact_codes(bar, x, bar.read_weights())
    assert bar.backward(d, samples).tolist() == exact_codes(bar, d, bar.read_weights().T)


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30))
def test_a_batch_reads_what_its_samples_read_alone_in_any_order(bar, seed):
    rng = np.random.default_rng(seed)
    bits, n = bar.config.tile.dac.bits, 5
    samples = rng.permutation(100)[:n]
    order = rng.permutation(n)
    for read, lines in ((bar.forward, bar.config.rows), (bar.backward, bar.config.columns)):
        codes = random_codes(rng, n, lines, bits)
        batch = read(codes, samples)
        alone = [read(codes[i : i + 1], samples[i : i + 1])[0] for i in range(n)]
        assert (batch == alone).all()
        assert (batch[order] == read(codes[order], samples[order])).all()


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), st.integers(1, 63))
def test_updates_keep_the_weights_on_the_grid_within_their_bounds(bar, seed, slots):
    rng = np.random.default_rng(seed)
    for sample in range(3):
        words = random_words(bar, rng, slots)
        before = bar.weights.copy()
        steps = bar.update(words, sample)
        count = np.bitwise_count(words.xw[:, None] & words.dw[None, :])
        assert steps == count.sum()
        assert (bar.weights[count == 0] == before[count == 0]).all()
        units = bar.weights.astype(np.float64) / bar.devices.grid
        assert (units == np.rint(units)).all()
        assert (bar.devices.w_min <= bar.weights).all()
        assert (bar.weights <= bar.devices.w_max).all()


def tile(rows: int, columns: int, tile: Tile = QUIET, **keys: int) -> TileConfig:
    return TileConfig(rows, columns, tile, **keys)


def test_ties_of_the_converter_go_to_the_even_code():
    """One ADC code is one input code times weight 1 here; a weight of 1/2 makes ties."""
    bar = make_crossbar(tile(1, 1), Device(w_max=1.0, w_min=-1.0, **ALIKE), 0.1, 4.0)
    assert bar.adc_lsb == 1.0
    bar.weights[...] = 0.5
    codes = np.arange(-7, 8)[:, None]
    expected = [-4, -3, -2, -2, -2, -1, 0, 0, 0, 1, 2, 2, 2, 3, 4]
    assert bar.forward(codes, np.zeros(15, int))[:, 0].tolist() == expected
    assert bar.backward(codes, np.zeros(15, int))[:, 0].tolist() == expected


def test_the_converter_saturates_at_its_symmetric_rails():
    bar = make_crossbar(tile(9, 2), Device(w_max=1.0, w_min=-1.0, **ALIKE), 0.1, 4.0)
    bar.weights[...] = [1.0, -1.0]
    full = np.full((1, 9), 63)
    assert bar.forward(full, [0]).tolist() == [[255, -255]]
    assert bar.forward(-full, [0]).tolist() == [[-255, 255]]
    assert bar.forward(full // 9, [0]).tolist() == [[63, -63]]


def test_the_rail_of_the_converter_is_the_design_s_full_scale():
    for dac, adc in ((7, 9), (4, 9), (9, 4)):
        config = tile(2, 2, Tile(dac={"bits": dac}, adc={"bits": adc}))
        bar = make_crossbar(config, Device(), 0.1, 4.0)
        assert bar.adc_lsb * (1 << (adc - 1)) == 4.0 * (1 << (dac - 1))


def noisy(bits: int, sigma: float, lines: int) -> Crossbar:
    config = tile(1, lines, Tile(output_noise=sigma, adc=Adc(bits=bits)))
    return make_crossbar(config, Device(w_max=1.0, w_min=-1.0, **ALIKE), 0.1, 4.0)


def test_read_noise_has_the_variance_of_the_design():
    """Within the chi-square interval; the converter's rounding adds 1/12 of a code squared."""
    sigma = 0.1
    bar = noisy(14, sigma, 200)
    codes = bar.forward(np.zeros((200, 1)), np.arange(200)).ravel()
    wanted = (sigma * 63 / bar.adc_lsb) ** 2 + 1 / 12
    assert codes.max() < code_limit(14)
    assert abs(codes.mean()) < stats.norm.isf(1e-5) * np.sqrt(wanted / codes.size)
    ratio = (codes.astype(float) ** 2).sum() / wanted
    assert stats.chi2.ppf(1e-5, codes.size) < ratio < stats.chi2.isf(1e-5, codes.size)


def test_every_read_has_noise_of_its_own_and_the_same_read_the_same():
    bar = noisy(12, 0.1, 300)
    zero = np.zeros((1, 1))
    other = replace(bar, config=replace(bar.config, index=1))
    reseeded = replace(bar, config=replace(bar.config, seed=1))
    reads = [
        bar.forward(zero, [0]),
        bar.forward(zero, [1]),
        bar.forward(zero, [0], Op.EVAL),
        bar.forward(zero, [0], Op.FORWARD, 1),
        other.forward(zero, [0]),
        reseeded.forward(zero, [0]),
    ]
    assert (reads[0] == bar.forward(zero, [0])).all()
    flat = np.concatenate(reads).astype(float)
    correlation = np.corrcoef(flat)[~np.eye(len(reads), dtype=bool)]
    assert np.abs(correlation).max() < stats.norm.isf(1e-6) / np.sqrt(300)


@pytest.mark.parametrize("exponent", [-13, -12, -10])
def test_updates_are_the_outer_product_in_expectation(exponent):
    """-dw_min 2^exponent x d on every device, with a variance of binomial steps and their noise."""
    noise, runs = 0.3, 1500
    device = Device(family="constant-step", dw_min=0.002, dw_min_std=noise, **ALIKE)
    rng = np.random.default_rng(4)
    config = tile(8, 6, QUIET)
    x, d = random_codes(rng, 1, 8, 7)[0], random_codes(rng, 1, 6, 7)[0]
    total = np.zeros((8, 6))
    for seed in range(runs):
        config = replace(config, seed=seed)
        bar = make_crossbar(config, device, 0.1, 4.0)
        bar.weights[...] = 0.0
        bar.update(PulseTranslator(config).words(x, d, exponent, 0), 0)
        total += bar.weights
    slots = split(int(abs(x).max()), int(abs(d).max()), exponent, 8).slots
    p = np.abs(np.outer(x, d)) * 2.0**exponent / slots
    assert (p > 0).all()
    assert (p < 1).all()
    wanted = -0.002 * 2.0**exponent * np.outer(x, d)
    variance = 0.002**2 * slots * (p * (1 - p) + p * noise**2)
    z = (total / runs - wanted) / np.sqrt(variance / runs)
    assert np.abs(z).max() < stats.norm.isf(0.5e-4 / z.size)
    assert abs(stats.norm.isf(stats.chi2.sf((z**2).sum(), z.size))) < 4


def test_steps_of_one_update_have_noise_of_their_own():
    """Sample, device and step each key one: the spread of 16 steps is 4 times that of one."""
    device = Device(family="constant-step", dw_min=0.001, w_max=1.0, w_min=-1.0, **ALIKE)
    found = []
    for slots in (1, 16):
        bar = make_crossbar(tile(200, 200), device, 0.1, 4.0)
        bar.weights[...] = 0.0
        full = np.full(200, (1 << slots) - 1, np.uint64)
        zero = np.zeros(200, np.uint8)
        bar.update(PulseWords(full, zero, full, zero, slots), 5)
        found.append(bar.weights.astype(float).ravel())
    for slots, values in zip((1, 16), found, strict=True):
        ratio = ((values - slots * 0.001) ** 2).sum() / (slots * (0.001 * 0.3) ** 2)
        assert stats.chi2.ppf(1e-5, 40000) < ratio < stats.chi2.isf(1e-5, 40000)


def test_the_weights_start_uniform_within_omega():
    bar = make_crossbar(tile(200, 200), Device(w_max=1.0, w_min=-1.0, **ALIKE), 0.25, 4.0)
    share = bar.weights.astype(float).ravel() / 0.25
    assert stats.kstest((share + 1) / 2, "uniform").pvalue > 1e-4


def test_the_weights_start_within_narrow_bounds():
    bar = make_crossbar(tile(30, 30), Device(w_max=0.01, w_min=-0.02, **ALIKE), 1.0, 4.0)
    assert bar.weights.max() <= bar.devices.w_max.max()
    assert bar.weights.min() >= bar.devices.w_min.min()
    assert np.unique(bar.weights).size > 9


def test_other_weights_leave_the_tile_as_it_was():
    bar = make_crossbar(tile(2, 2), Device(), 0.1, 4.0)
    kept = bar.weights.copy()
    other = bar.with_weights(np.zeros((2, 2), np.float32))
    assert not other.forward(np.ones((1, 2)), [0]).any()
    assert (bar.weights == kept).all()


def test_a_converter_finer_than_the_grid_is_refused():
    config = tile(1, 1, QUIET, index=3)
    with pytest.raises(DesignError) as caught:
        make_crossbar(config, Device(w_max=1.0, w_min=-1.0, **ALIKE), 0.1, 2.0**-22)
    assert str(caught.value) == (
        "layer.3.adc_full_scale: an ADC code of 5.960464477539063e-08 is finer than the weight "
        "grid 2.384185791015625e-07"
    )
