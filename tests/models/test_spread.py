"""Ordered trains: their phases, their worst error over all codes and phases, their exact mean."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import qmc

from models.pulse import PulseTranslator
from models.section import Tile
from models.spread import column_words, line_phases, pascal, reverse, row_words
from models.tile import TileConfig
from models.update import Update
from models.word import ordered_words
from tests.models.properties import PROPERTY

BITS = 4
FULL = 1 << BITS


def test_phases_are_sobol_s_sequence():
    """SciPy walks it in the order of the Gray code: the same points in every block of 2^n."""
    known = qmc.Sobol(2, scramble=False, bits=32).random(256) * 2**32
    found = {(reverse(k), pascal(k)) for k in range(256)}
    assert found == {(int(u), int(v)) for u, v in known}


@pytest.mark.parametrize("bits", [1, 2, 3, 5])
@pytest.mark.parametrize("block", [0, 1, 6])
def test_every_pair_of_phases_comes_once_in_four_to_the_n_updates(bits, block):
    size = 4**bits
    met = set()
    for k in range(block * size, (block + 1) * size):
        u = line_phases(reverse(k), 7, bits)[6]
        v = line_phases(pascal(k), 4, bits)[3]
        met.add((int(u), int(v)))
    assert met == {(u, v) for u in range(1 << bits) for v in range(1 << bits)}


def test_lines_have_phases_of_their_own_spread_evenly():
    """Any 2^m neighbouring lines from a multiple of it on fall one into each 2^-m."""
    found = line_phases(reverse(11), 64, 12)
    for size in (2, 4, 8, 64):
        parts = (found * size >> 12).reshape(-1, size)
        assert (np.sort(parts, axis=1) == np.arange(size)).all()


def counts(slots: int, u: int, v: int) -> np.ndarray:
    """Coincidences of all pairs of thresholds at one pair of phases, shape (p, q)."""
    limits = np.arange(FULL + 1)
    rows = row_words(limits, np.full(FULL + 1, u), slots, BITS)
    columns = column_words(limits, np.full(FULL + 1, v), slots, BITS)
    return np.bitwise_count(rows[:, None] & columns[None, :]).astype(np.int64)


@pytest.mark.parametrize("slots", [0, 1, 2, 7, 8, 31, 63])
def test_coincidences_are_within_one_and_the_column_s_chance_and_right_on_average(slots):
    """Over all pairs of thresholds and of phases; both in whole units of 2^-2n, so exactly."""
    p, q = np.arange(FULL + 1)[:, None], np.arange(FULL + 1)[None, :]
    total = np.zeros((FULL + 1, FULL + 1), np.int64)
    worst = 0
    for u in range(FULL):
        for v in range(FULL):
            found = counts(slots, u, v)
            error = np.abs(found * FULL * FULL - slots * p * q)
            assert (error < FULL * FULL + FULL * q).all() or slots == 0
            worst = max(worst, int(error.max()))
            total += found
    assert (total == slots * p * q).all()
    assert worst < 2 * FULL * FULL


def test_the_worst_error_comes_near_its_bound():
    """63 slots: a row of 62 1/16 slots takes 63, a column of 63 15/16 / 64 all but none of them."""
    worst = max(
        float(np.abs(counts(63, u, v) - 63 * np.outer(np.arange(17), np.arange(17)) / 256).max())
        for u in range(16)
        for v in range(16)
    )
    assert 1.5 < worst < 2.0


@PROPERTY
@given(
    st.booleans(),
    st.integers(0, (1 << 33)),
    st.lists(st.floats(0, 1), min_size=1, max_size=9),
    st.integers(0, 63),
    st.integers(4, 32),
)
def test_compiled_ordered_trains_are_the_twin_s(column, update, chances, slots, bits):
    limits = np.array([int(c * (1 << bits)) for c in chances])
    phase, make = (pascal, column_words) if column else (reverse, row_words)
    expected = make(limits, line_phases(phase(update), len(limits), bits), slots, bits)
    words = np.full(len(limits), 7, np.uint64)
    pulses = ordered_words(column, update, limits, slots, bits, words)
    assert (words == expected).all()
    assert pulses == np.bitwise_count(expected).sum()


@pytest.mark.parametrize(("exponent", "bits"), [(-12, 6), (-8, 4), (-6, 4), (-4, 4), (-3, 5)])
def test_ordered_updates_are_the_outer_product_after_four_to_the_n(exponent, bits):
    """Small changes (r > 0) come now and then: nothing is lost to rounding."""
    update = Update(pulse_type="deterministic", comparator_bits=bits, bl=8)
    translator = PulseTranslator(TileConfig(3, 2, Tile(update=update)))
    x, d, period = np.array([7, -4, 2]), np.array([-6, 4]), 4**bits
    total, slots = np.zeros((3, 2)), 0
    for k in range(period):
        words = translator.words(x, d, exponent, k)
        total += np.bitwise_count(words.xw[:, None] & words.dw[None, :])
        slots = words.slots
    wanted = np.abs(np.outer(x, d)) * 2.0**exponent
    assert slots == min(max(1, 64 * 2.0**exponent), 8)
    assert (total / period == wanted).all()
