"""The bound of the bias against whole periods, counted state by state, for every register."""

import numpy as np
import pytest
from scipy import stats

from models.bias import pair_bounds, tile_bounds, tile_ratios
from models.field import inverse, multiply, power, times_x
from models.lfsr import LfsrBank
from models.register import TAPS
from models.section import Tile
from models.seed import COLUMNS, ROWS, draw_seeds
from models.tile import TileConfig
from models.update import Update

WIDTHS = range(8, 33)
#: Bits compared where whole periods are counted.
BITS = {8: 8, 9: 8, 10: 6, 11: 6, 12: 5}


def config(rows: int = 5, columns: int = 4, seed: int = 0, **keys) -> TileConfig:
    return TileConfig(rows, columns, Tile(update=Update.model_validate(keys)), seed=seed)


def all_numbers(width: int, bits: int) -> np.ndarray:
    """The compared bits of every state of a register, in the order it visits them."""
    state, found = 1, []
    mask = sum(1 << (tap - 1) for tap in TAPS[width])
    for _ in range((1 << width) - 1):
        found.append(state >> (width - bits))
        state = (state << 1 | ((state & mask).bit_count() & 1)) & ((1 << width) - 1)
    return np.array(found)


def all_ratios(width: int) -> np.ndarray:
    """x^k for every k: the ratios of two lines k steps apart."""
    found, element = [], np.array([1], np.uint64)
    for _ in range((1 << width) - 1):
        found.append(int(element[0]))
        element = times_x(width, element)
    return np.array(found, np.uint64)


def worst_bias(numbers: np.ndarray, ahead: int, bits: int) -> float:
    """Largest difference from p q over all pairs of thresholds, the state of zeros included."""
    size = 1 << bits
    pairs = np.bincount(numbers * size + np.roll(numbers, -ahead), minlength=size * size)
    pairs[0] += 1
    both = pairs.reshape(size, size).cumsum(axis=0).cumsum(axis=1) / (len(numbers) + 1)
    chance = np.arange(1, size + 1) / size
    return float(np.abs(both - np.outer(chance, chance)).max())


@pytest.mark.parametrize("width", BITS)
def test_the_bound_holds_for_every_phase_and_is_zero_only_for_independent_lines(width):
    """Over all states and all pairs of thresholds; without long relations within a factor 2."""
    bits = BITS[width]
    numbers, bounds = all_numbers(width, bits), pair_bounds(width, all_ratios(width), bits)
    step = 1 if width < 11 else 7
    for ahead in range(0, len(bounds), step):
        worst = worst_bias(numbers, ahead, bits)
        assert worst <= bounds[ahead] + 1e-12
        assert (worst < 1e-12) == (bounds[ahead] == 0.0)
        if 2 * bits <= width:
            assert worst >= bounds[ahead] / 2


@pytest.mark.parametrize("width", range(8, 17))
def test_the_mean_bound_over_all_phases_counts_every_pair_of_polynomials_once(width, monkeypatch):
    """(n/2)^2 / (2^w - 1) before sums are cut at 0.25: every p / q is the ratio of one phase."""
    monkeypatch.setattr("models.bias.MOST_BIAS", np.inf)
    bits = min(width, 12)
    total = pair_bounds(width, all_ratios(width), bits).sum()
    assert total == pytest.approx((bits / 2) ** 2, rel=1e-9)


@pytest.mark.parametrize("width", range(24, 33))
def test_a_relation_and_its_multiples_make_the_bound(width):
    """p and q with no common factor; others would need p q of degree 24 or more."""
    for p, q in ((1, 1), (2, 1), (1, 0b111), (0b1011, 0b10), (0b111, 0b1_0001_1011)):
        ratio = multiply(width, p, inverse(width, q))
        low, high = sorted((p.bit_length(), q.bit_length()))
        expected = sum(2.0 ** -(low + high + more) for more in range(9 - high + 1))
        found = pair_bounds(width, np.array([ratio], np.uint64), 9)
        assert found == pytest.approx(min(expected, 0.25), rel=1e-12)


@pytest.mark.parametrize("width", range(8, 17))
def test_one_line_fires_with_its_threshold_s_chance_less_the_state_of_zeros(width):
    """(L 2^(w-n) - 1) of 2^w - 1 states are below L."""
    bits = min(width, 12)
    below = np.bincount(all_numbers(width, bits), minlength=1 << bits).cumsum()
    limits = np.arange(1, (1 << bits) + 1)
    assert (below == (limits << (width - bits)) - 1).all()
    missing = np.abs(below / ((1 << width) - 1) - limits / (1 << bits)).max()
    assert missing <= 1 / ((1 << width) - 1)


@pytest.mark.parametrize("sharing", ["side", "line"])
@pytest.mark.parametrize("width", range(13, 33))
def test_pulses_sampled_from_long_registers_are_within_their_bounds(sharing, width):
    """All pairs of a 6 x 5 tile over 2,520 slots: the bound and a z-test's width."""
    one = config(6, 5, 7, bl=63, lfsr_bits=width, lfsr_sharing=sharing, steps_per_slot=13)
    rows, columns = LfsrBank(one, ROWS), LfsrBank(one, COLUMNS)
    p, q, runs = 0.5, 0.375, 40 * 63
    x = np.concatenate([rows.numbers(k, 63) for k in range(40)]) < p * 4096
    d = np.concatenate([columns.numbers(k, 63) for k in range(40)]) < q * 4096
    error = np.abs((x[:, :, None] & d[:, None, :]).mean(axis=0) - p * q)
    bounds = tile_bounds(one)
    place = (np.arange(5) - np.arange(6)[:, None] + 5) if sharing == "side" else np.arange(30)
    allowed = bounds[place].reshape(6, 5)
    spread = np.sqrt(p * q * (1 - p * q) / runs)
    assert (error <= allowed + stats.norm.isf(0.5e-4 / 30) * spread).all()


@pytest.mark.parametrize("sharing", ["side", "line"])
@pytest.mark.parametrize("width", [8, 9, 12])
def test_pulses_of_a_tile_over_a_whole_period_are_within_their_bounds(sharing, width):
    """Every device of a tile, through the bank itself: leaps, phases, seeds and all."""
    one = config(6, 5, 3, bl=1, lfsr_bits=width, comparator_bits=4, lfsr_sharing=sharing)
    rows, columns = LfsrBank(one, ROWS), LfsrBank(one, COLUMNS)
    period = (1 << width) - 1
    x = np.array([rows.numbers(k, 1)[0] for k in range(period)])
    d = np.array([columns.numbers(k, 1)[0] for k in range(period)])
    bounds = tile_bounds(one)
    for i in range(6):
        for j in range(5):
            bound = bounds[j - i + 5] if sharing == "side" else bounds[i * 5 + j]
            for p, q in ((3, 8), (8, 8), (1, 2), (13, 11)):
                both = ((x[:, i] < p) & (d[:, j] < q)).sum() / period
                assert abs(both - p * q / 256) <= bound + 1 / period


@pytest.mark.parametrize("sharing", ["side", "line"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_row_and_column_of_a_tile_come_near_each_other(width, sharing):
    """20 x 12 lines: depth 3 keeps a pair's bias below 1/16 in any width, 5 below 1/64 from 14."""
    one = config(20, 12, 1, lfsr_bits=width, comparator_bits=4, lfsr_sharing=sharing)
    assert draw_seeds(one).depth >= (5 if width >= 14 else 3)
    assert tile_bounds(one).max() < (0.04 if width >= 14 else 0.16)


@pytest.mark.parametrize("width", WIDTHS)
def test_ratios_of_a_tile_are_the_steps_between_its_lines(width):
    one = config(3, 4, 2, lfsr_bits=width, comparator_bits=4)
    step = multiply(width, power(width, 2, LfsrBank(one, ROWS).phase(1)), 1)
    ratios = [int(t) for t in tile_ratios(one)]
    assert [multiply(width, t, step) for t in ratios[:-1]] == ratios[1:]


def test_the_default_tile_s_largest_bound_is_below_a_thousandth():
    for seed in range(20):
        assert tile_bounds(config(64, 32, seed)).max() < 2.0**-10
