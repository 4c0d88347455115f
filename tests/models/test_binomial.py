"""Drawn counts against exact binomial distributions, compiled against plain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.binomial import binomial, counts
from models.drawn import count_one, row_counts
from models.key import fold
from tests.models.properties import PROPERTY, seeds

chances = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0, 2.0**-64, 1 - 2.0**-53]))
parts = st.floats(0, 1, exclude_max=True)


@PROPERTY
@given(st.lists(st.tuples(chances, parts), min_size=1, max_size=20), st.integers(0, 63))
def test_compiled_counts_are_the_twin_s(pairs, slots):
    chance, part = np.array(pairs).T
    found = [count_one(p, u, slots) for p, u in pairs]
    assert binomial(chance, part, slots).tolist() == found


@pytest.mark.parametrize("slots", [0, 1, 2, 8, 31, 63])
@pytest.mark.parametrize("chance", [0.0, 2.0**-30, 0.01, 0.3, 0.5, 0.77, 1 - 2.0**-20, 1.0])
def test_a_count_is_where_the_cumulated_probability_passes_its_number(slots, chance):
    """Below a jump of the exact distribution function by 1e-12 and above it; from the other end
    where the chance is above a half."""
    edges = stats.binom.cdf(np.arange(slots + 1), slots, min(chance, 1 - chance))
    for count, edge in enumerate(edges[:-1]):
        for part, expected in ((edge - 1e-12, count), (edge + 1e-12, count + 1)):
            below = edges[count - 1] if count else 0.0
            if not below + 1e-11 < part < 1.0 or part > edges[count + 1] - 1e-11:
                continue
            found = int(binomial(np.array([chance]), np.array([part]), slots)[0])
            assert found == (slots - expected if chance > 0.5 else expected)


@pytest.mark.parametrize("slots", [1, 8, 63])
@pytest.mark.parametrize("chance", [0.004, 0.2, 0.9])
def test_drawn_counts_are_binomial(slots, chance):
    """A chi-square test of 40,000 draws; rare counts put together."""
    rows, columns = np.full(200, 1.0), np.full(200, chance)
    drawn = np.bincount(counts(np.uint64(fold(9)), rows, columns, slots).ravel())
    expected = 40_000 * stats.binom.pmf(np.arange(slots + 1), slots, chance)
    often = expected > 10
    seen = np.zeros(slots + 1)
    seen[: len(drawn)] = drawn
    pairs = [np.append(v[often], v[~often].sum()) for v in (seen, expected)]
    if pairs[1][-1] < 1e-6:
        assert pairs[0][-1] == 0
        pairs = [v[:-1] for v in pairs]
    assert stats.chisquare(*pairs, sum_check=False).pvalue > 1e-4


@PROPERTY
@given(
    seeds,
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.lists(st.floats(0, 1), min_size=1, max_size=6),
    st.integers(0, 63),
)
def test_rows_are_drawn_one_by_one_as_all_together(seed, rows, columns, slots):
    key, p, q = np.uint64(seed), np.array(rows), np.array(columns)
    whole = counts(key, p, q, slots)
    for i, chance in enumerate(rows):
        out = np.full(len(columns), -1, np.int32)
        assert row_counts(key, i, chance, q, slots, out) == out.sum()
        assert (out == whole[i]).all()
    assert whole.min() >= 0
    assert whole.max() <= slots


def test_devices_are_independent():
    """Correlations of neighbouring devices over 4,000 updates: a z-test a pair."""
    p = np.full(4, 0.5)
    drawn = np.array([counts(np.uint64(fold(3, k)), p, p, 8).ravel() for k in range(4000)])
    scores = (drawn - 2.0) / np.sqrt(8 * 0.25 * 0.75)
    z = (scores.T @ scores)[np.triu_indices(16, 1)] / np.sqrt(4000)
    assert np.abs(z).max() < stats.norm.isf(0.5e-4 / z.size)
