"""Pulse words: their rules one by one, and the coincidences that they must give."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.key import draw, fold
from models.lfsr import LfsrBank
from models.management import Drive, real_drive, split, thresholds
from models.pulse import RANDOM, PulseTranslator, PulseWords
from models.register import apply, compose, step_matrix, step_power
from models.section import Tile
from models.tile import TileConfig
from models.update import Update
from models.word import random_words
from tests.models.properties import PROPERTY, seeds, tile_configs

codes = st.integers(-(1 << 11) + 1, (1 << 11) - 1)


def config(update: Update, rows: int, columns: int, seed: int = 0) -> TileConfig:
    return TileConfig(rows, columns, Tile(update=update), seed=seed)


def coincidences(words: PulseWords) -> np.ndarray:
    return np.bitwise_count(words.xw[:, None] & words.dw[None, :]).astype(np.int64)


def random_codes(config: TileConfig, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    limit = (1 << (config.tile.dac.bits - 1)) - 1
    return (
        rng.integers(-limit, limit + 1, config.rows),
        rng.integers(-limit, limit + 1, config.columns),
    )


SMALL = Update(bl=8, lfsr_bits=10, comparator_bits=4, steps_per_slot=4)
PERIOD = (1 << 10) - 1


def rank(masks: list[int]) -> int:
    found: list[int] = []
    for mask in masks:
        rest = mask
        for row in found:
            rest = min(rest, rest ^ row)
        if rest:
            found.append(rest)
    return len(found)


def joint_rank(rows: LfsrBank, columns: LfsrBank, i: int, j: int) -> int:
    """Number of independent bits among those that row i and column j compare at the same time."""
    ahead, state = 0, rows.seeds[0]
    while state != columns.seeds[0]:
        ahead, state = ahead + 1, apply(step_matrix(rows.width), state)
    lower = tuple(int(mask) for mask in columns.line_masks[j])
    seen = compose(lower, step_power(rows.width, ahead))
    return rank([*(int(mask) for mask in rows.line_masks[i]), *seen])


@pytest.mark.parametrize("exponent", [-8, -7, -6, -5, -3, -1])
def test_over_a_whole_period_coincidences_are_exactly_what_is_wanted(exponent):
    """Every pair of independent bits is met 2^(w-2n) times, but for the state of only zeros."""
    translator = PulseTranslator(config(SMALL, 4, 3))
    x, d = np.array([7, -3, 0, 2]), np.array([-4, 7, 1])
    total = sum(coincidences(translator.words(x, d, exponent, k)) for k in range(PERIOD))
    plan = split(7, 7, exponent, SMALL.bl)
    limits = thresholds(x, plan.row_shift, 4), thresholds(d, plan.column_shift, 4)
    for i, a in enumerate(limits[0].tolist()):
        for j, b in enumerate(limits[1].tolist()):
            assert joint_rank(translator.rows, translator.columns, i, j) == 8
            exact = plan.slots * (a * b * (1 << (10 - 8)) - 1) if a and b else 0
            assert total[i, j] == exact
            wanted = abs(int(x[i]) * int(d[j])) * Fraction(2) ** min(exponent, -3) * PERIOD
            assert abs(total[i, j] - wanted) <= plan.slots


def standard_errors(config: TileConfig, exponent: int, runs: int, far: bool) -> np.ndarray:
    """Deviations of coincidences from lr |x| |d| / dw_min: one for each pair, then their sum's.

    In one slot row i fires with probability p_i and column j with q_j, all independent; the
    variance of the sum follows from (sum f)(sum g) = sum of the products.
    """
    x, d = random_codes(config, 5)
    total = np.zeros((config.rows, config.columns), np.int64)
    translator = PulseTranslator(config)
    for run in range(runs):
        if far:
            translator = PulseTranslator(replace(config, seed=run))
        total += coincidences(translator.words(x, d, exponent, 0 if far else run))
    plan = split(int(abs(x).max()), int(abs(d).max()), exponent, config.tile.update.bl)
    p = np.abs(x) * 2.0 ** -(int(abs(x).max()).bit_length() + plan.row_shift)
    q = np.abs(d) * 2.0 ** -(int(abs(d).max()).bit_length() + plan.column_shift)
    wanted = np.abs(np.outer(x, d)) * 2.0**exponent / plan.slots
    assert np.outer(p, q) == pytest.approx(wanted, rel=1e-12)
    count, some = runs * plan.slots, wanted > 0
    assert (total[~some] == 0).all()
    each = (total - count * wanted)[some] / np.sqrt(count * wanted * (1 - wanted))[some]
    second = np.prod([(side * (1 - side)).sum() + side.sum() ** 2 for side in (p, q)])
    spread = np.sqrt(count * (second - (p.sum() * q.sum()) ** 2))
    return np.append(each, (total.sum() - count * wanted.sum()) / spread)


@pytest.mark.parametrize("far", [True, False], ids=["many seeds", "one run"])
@pytest.mark.parametrize("exponent", [-15, -14, -12, -10, -9])
def test_coincidences_of_the_default_registers_are_as_wanted(exponent, far):
    """Management of small updates (r > 0), one slot, four slots, and the built eight."""
    z = standard_errors(config(Update(), 12, 9), exponent, 2000, far)
    assert np.abs(z).max() < stats.norm.isf(0.5e-4 / z.size)


@PROPERTY
@given(tile_configs(largest=6), st.integers(-40, 10), st.integers(0, 1 << 40), st.data())
def test_a_line_fires_where_its_number_is_below_its_threshold(config, exponent, update, data):
    limit = (1 << (config.tile.dac.bits - 1)) - 1
    x = np.array([data.draw(st.integers(-limit, limit)) for _ in range(config.rows)])
    d = np.array([data.draw(st.integers(-limit, limit)) for _ in range(config.columns)])
    translator = PulseTranslator(config)
    words = translator.words(x, d, exponent, update)
    spec = config.tile.update
    plan = split(int(abs(x).max()), int(abs(d).max()), exponent, spec.bl)
    sides = (
        (words.xw, translator.rows, x, plan.row_shift),
        (words.dw, translator.columns, d, plan.column_shift),
    )
    assert words.slots == plan.slots
    for found, bank, codes, shift in sides:
        numbers = bank.numbers(update, spec.bl)
        limits = thresholds(codes, shift, spec.comparator_bits)
        for line, word in enumerate(found.tolist()):
            fires = [numbers[t, line] < limits[line] for t in range(plan.slots)]
            assert word == sum(1 << t for t, fire in enumerate(fires) if fire)
    assert (words.xs == (x < 0)).all()
    assert (words.ds == (d > 0)).all()


@PROPERTY
@given(tile_configs(largest=6), st.floats(1e-6, 1.0), st.integers(0, 1000))
def test_a_line_of_real_words_fires_where_its_number_is_below_its_threshold(
    config, amplitude, seed
):
    translator = PulseTranslator(config)
    x, d = random_codes(config, seed)
    words = translator.real_words(x, d, amplitude, seed, 0.5, 0.25)
    drive = real_drive(config.tile.update, x, d, amplitude, 0.5, 0.25)
    assert words.slots == drive.slots
    sides = ((words.xw, translator.rows, drive.rows), (words.dw, translator.columns, drive.columns))
    for found, bank, limits in sides:
        fires = (bank.numbers(seed, drive.slots) < limits) << np.arange(drive.slots)[:, None]
        assert found.tolist() == fires.sum(axis=0).tolist()


def test_at_full_probability_every_slot_fires():
    translator = PulseTranslator(config(Update(), 2, 2))
    words = translator.real_words(np.array([63, 0]), np.array([0, -63]), 1.0, 3)
    assert words.slots == 8
    assert words.xw.tolist() == [255, 0]
    assert words.dw.tolist() == [0, 255]


@pytest.mark.parametrize("rule", ["words", "real_words"])
@pytest.mark.parametrize("zero", ["x", "d", "both"])
def test_a_zero_vector_uses_no_slot(rule, zero):
    translator = PulseTranslator(config(Update(phases=4), 3, 2))
    x = np.array([5, -6, 7]) * (zero == "d")
    d = np.array([5, -6]) * (zero == "x")
    amplitude = 0 if rule == "words" else 1.0
    words = getattr(translator, rule)(x, d, amplitude, 0)
    assert words.slots == 0
    assert not words.xw.any()
    assert not words.dw.any()
    assert translator.phase_words(words) == [words]


@PROPERTY
@given(tile_configs(largest=8), st.integers(0, 1 << 20))
def test_phases_share_the_coincidences_of_one_and_each_has_its_signs(config, seed):
    x, d = random_codes(config, seed)
    translator = PulseTranslator(config)
    words = translator.words(x, d, 0, seed)
    phases = config.tile.update.phases if words.slots else 1
    parts = translator.phase_words(words)
    assert len(parts) == phases
    assert (sum(coincidences(part) for part in parts) == coincidences(words)).all()
    for number, part in enumerate(parts):
        assert part.slots == words.slots
        if phases > 1:
            row = number if phases == 2 else number >> 1
            assert (words.xs[part.xw > 0] == row).all()
            assert (part.xw[words.xs == row] == words.xw[words.xs == row]).all()
        if phases == 4:
            assert (words.ds[part.dw > 0] == (number & 1)).all()


@PROPERTY
@given(tile_configs(largest=8), st.integers(-30, 8), st.floats(1e-9, 10.0))
def test_no_bit_is_set_above_the_slots_used(config, exponent, amplitude):
    x, d = random_codes(config, 1)
    translator = PulseTranslator(config)
    for words in (
        translator.words(x, d, exponent, 9),
        translator.real_words(x, d, amplitude, 9),
    ):
        assert words.slots <= config.tile.update.bl
        for side in (words.xw, words.dw):
            assert not (side >> np.uint64(words.slots)).any()


@PROPERTY
@given(st.integers(4, 32), st.integers(1, 63), seeds, st.integers(0, 1 << 40))
def test_random_trains_compare_keyed_numbers_of_their_own(bits, slots, seed, update):
    """Keyed by (seed, tile, side, update, line), counted by slot: the top bits of each word."""
    spec = Update(pulse_type="random", bl=63, lfsr_bits=32, comparator_bits=bits)
    translator = PulseTranslator(config(spec, 5, 3, seed))
    limits = np.array([0, 1, 1 << (bits - 1), (1 << bits) - 1, 1 << bits])
    found = translator.translate(Drive(slots, limits, limits[:3]), update)
    for side, (words, key) in enumerate(zip(found, RANDOM, strict=True)):
        for line, word in enumerate(words.tolist()):
            own = fold(seed, 0, key, update, line)
            numbers = [int(draw(own, slot)) >> (64 - bits) for slot in range(slots)]
            assert word == sum(1 << t for t, v in enumerate(numbers) if v < limits[line]), side
            compiled = np.zeros(len(words), np.uint64)
            side_limits = (limits, limits[:3])[side]
            pulses = random_words(
                np.uint64(fold(seed, 0, key, update)), side_limits, slots, bits, compiled
            )
            assert (compiled == words).all()
            assert pulses == np.bitwise_count(words).sum()


def test_random_trains_are_independent_across_lines_sides_and_slots():
    """Every pair of (line, slot) bits fires together a quarter of the time: a z-test a pair."""
    spec = Update(pulse_type="random", bl=6, comparator_bits=4)
    translator, runs = PulseTranslator(config(spec, 4, 3)), 4000
    half = Drive(6, np.full(4, 8), np.full(3, 8))
    bits = np.array([np.concatenate(translator.translate(half, k)) for k in range(runs)])
    fires = (bits[:, :, None] >> np.arange(6, dtype=np.uint64) & np.uint64(1)).reshape(runs, -1)
    signs = 2.0 * fires - 1.0
    z = (signs.T @ signs)[np.triu_indices(42, 1)] / np.sqrt(runs)
    assert np.abs(z).max() < stats.norm.isf(0.5e-4 / z.size)
    assert np.abs(signs.sum(axis=0)).max() / np.sqrt(runs) < stats.norm.isf(0.5e-4 / 42)


@pytest.mark.parametrize("kind", ["lfsr", "random", "deterministic"])
@pytest.mark.parametrize("exponent", [-14, -12, -7])
def test_coincidences_of_sixty_three_slots_are_as_wanted_in_every_type(kind, exponent):
    """Independent slots bound the variance of `deterministic` from above as well."""
    spec = Update(pulse_type=kind, bl=63)
    z = standard_errors(config(spec, 8, 6), exponent, 2000, far=False)
    assert np.abs(z).max() < stats.norm.isf(0.5e-4 / z.size)
