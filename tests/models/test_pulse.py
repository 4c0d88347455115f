"""Pulse words: their rules one by one, and the coincidences that they must give."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.lfsr import LfsrBank, apply, compose, step_matrix, step_power
from models.pulse import PulseTranslator, PulseWords, split, thresholds
from models.section import Tile, Update
from models.tile import TileConfig
from tests.models.properties import PROPERTY, tile_configs

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


@PROPERTY
@given(st.integers(1, 2047), st.integers(1, 2047), st.integers(-60, 40), st.integers(1, 63))
def test_slots_times_both_largest_probabilities_are_what_is_wanted(x, d, exponent, bl):
    plan = split(x, d, exponent, bl)
    row = Fraction(x, 1 << (x.bit_length() + plan.row_shift))
    column = Fraction(d, 1 << (d.bit_length() + plan.column_shift))
    wanted = x * d * Fraction(2) ** exponent
    assert 1 <= plan.slots <= bl
    assert 0 <= plan.row_shift - plan.column_shift <= 1
    if plan.slots < bl or not plan.row_shift:
        assert plan.slots * row * column == wanted or plan.slots == bl
    assert plan.slots * row * column <= wanted
    if plan.slots > 1:
        assert (plan.row_shift, plan.column_shift) == (0, 0)
        assert (plan.slots // 2) * row * column < wanted  # no slot more than needed


@pytest.mark.parametrize(
    ("x", "d", "exponent", "bl", "slots", "shifts"),
    [
        (63, 63, -12, 8, 1, (0, 0)),
        (63, 63, -13, 8, 1, (1, 0)),
        (63, 63, -14, 8, 1, (1, 1)),
        (63, 63, -10, 8, 4, (0, 0)),
        (63, 63, -9, 8, 8, (0, 0)),
        (63, 63, -5, 8, 8, (0, 0)),
        (63, 63, -9, 7, 7, (0, 0)),
        (63, 63, 50, 63, 63, (0, 0)),
        (1, 1, -2, 8, 1, (0, 0)),
        (1, 1, -7, 8, 1, (3, 2)),
        (0, 63, 5, 8, 0, (0, 0)),
        (63, 0, 5, 8, 0, (0, 0)),
    ],
)
def test_an_update_is_shared_out_as_in_the_contract(x, d, exponent, bl, slots, shifts):
    plan = split(x, d, exponent, bl)
    assert (plan.slots, (plan.row_shift, plan.column_shift)) == (slots, shifts)


@PROPERTY
@given(st.lists(codes, min_size=1, max_size=9), st.integers(0, 70), st.integers(4, 32))
def test_thresholds_are_the_scaled_magnitudes_rounded_down(vector, shift, bits):
    largest = max(abs(v) for v in vector)
    exact = [
        Fraction(abs(v)) * Fraction(2) ** (bits - largest.bit_length() - shift) for v in vector
    ]
    found = thresholds(np.array(vector), shift, bits).tolist()
    assert found == [value.numerator // value.denominator for value in exact]


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


def aihwkit_probabilities(
    x: np.ndarray, d: np.ndarray, amplitude: float, bl: int
) -> tuple[int, np.ndarray, np.ndarray]:
    """rpu_pulsed_meta_parameter.cpp with update and update-BL management; amplitude = lr/dw_min."""
    x_max, d_max = float(np.abs(x).max()), float(np.abs(d).max())
    if not x_max or not d_max:
        return 0, np.zeros(len(x)), np.zeros(len(d))
    k = amplitude * x_max * d_max
    slots = min(int(np.ceil(k)), bl)
    a = b = np.sqrt(amplitude / slots)
    d_shrunk = d_max * slots / k if k > slots else d_max
    a, b = a * np.sqrt(x_max / d_shrunk), b * np.sqrt(d_shrunk / x_max)
    return slots, np.minimum(b * np.abs(x), 1.0), np.minimum(a * np.abs(d), 1.0)


@PROPERTY
@given(st.floats(1e-6, 1.0), st.integers(1, 63), st.integers(0, 1000))
def test_real_words_fire_with_the_probabilities_of_aihwkit(amplitude, bl, seed):
    spec = Update(bl=bl, comparator_bits=20)
    translator = PulseTranslator(config(spec, 7, 5, seed))
    x, d = random_codes(translator.config, seed)
    words = translator.real_words(x, d, amplitude, seed)
    slots, rows, columns = aihwkit_probabilities(x, d, amplitude, bl)
    assert words.slots == slots
    sides = ((words.xw, translator.rows, rows), (words.dw, translator.columns, columns))
    for found, bank, chance in sides:
        numbers = bank.numbers(seed, slots)
        limits = np.rint(chance * (1 << 20)).astype(np.int64)
        fires = (numbers < limits) << np.arange(slots)[:, None]
        assert found.tolist() == fires.sum(axis=0).tolist()


def test_real_words_give_the_wanted_coincidences_below_saturation():
    """The product of both probabilities and the slots is amplitude |x| |d|, the rounding apart."""
    x, d, bl = np.array([63, -10, 1]), np.array([5, -40, 63]), 8
    for amplitude in (1e-5, 2e-4, 1e-3, 2e-3):
        slots, rows, columns = aihwkit_probabilities(x, d, amplitude, bl)
        assert slots * np.outer(rows, columns) == pytest.approx(
            amplitude * np.abs(np.outer(x, d)), rel=1e-12
        )


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
