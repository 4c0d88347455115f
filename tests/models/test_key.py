"""Keys against published splitmix64 outputs; draws against their exact distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.key import draw, extend, fold, mix, mix64, normal, uniform, wide_normal
from tests.models.properties import PROPERTY

words = st.integers(0, (1 << 64) - 1)

# The first outputs of Vigna's splitmix64.c for two seeds.
PUBLISHED = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}


def byte_sums() -> tuple[np.ndarray, np.ndarray]:
    """One word for each sum 0..1020 of four bytes, and the sum's probability."""
    weight = np.ones(1)
    for _ in range(4):
        weight = np.convolve(weight, np.ones(256) / 256)
    found = []
    for total in range(1021):
        parts = [max(0, min(255, total - 255 * i)) for i in range(4)]
        found.append(sum(part << (8 * i) for i, part in enumerate(parts)))
    return np.array(found, np.uint64), weight


@pytest.mark.parametrize("seed", PUBLISHED)
def test_draws_of_a_key_are_the_published_splitmix64_sequence(seed):
    assert draw(seed, np.arange(len(PUBLISHED[seed]))).tolist() == PUBLISHED[seed]


@PROPERTY
@given(st.lists(words, min_size=1, max_size=5), words)
def test_array_and_integer_twins_agree(parts, value):
    assert int(mix(np.array([value], np.uint64))[0]) == mix64(value)
    assert int(extend(fold(*parts[:-1]), parts[-1])) == fold(*parts)


def test_keys_of_different_places_differ():
    grid = [(s, t, op, k) for s in range(6) for t in range(6) for op in range(6) for k in range(30)]
    assert len({fold(*place) for place in grid}) == len(grid)
    assert fold(1, 2) != fold(2, 1)


def test_the_exact_moments_of_a_normal_are_those_of_a_normal():
    values, weight = byte_sums()
    z = normal(values).astype(np.float64)
    assert weight.sum() == pytest.approx(1.0, abs=1e-12)
    assert weight @ z == pytest.approx(0.0, abs=1e-12)
    assert weight @ z**2 == pytest.approx(1.0, abs=1e-6)
    assert weight @ z**3 == pytest.approx(0.0, abs=1e-12)
    assert weight @ z**4 == pytest.approx(2.9995, abs=5e-4)


def test_a_normal_has_1021_rising_symmetric_levels_within_five_sigma():
    values, _ = byte_sums()
    z = normal(values)
    assert z.dtype == np.float32
    assert (np.diff(z) > 0).all()
    assert (z == -z[::-1]).all()
    assert 4.8 < z.max() <= 4.9


def test_the_quantiles_of_a_normal_are_within_half_a_percent():
    values, weight = byte_sums()
    z, below = normal(values), np.cumsum(weight) - weight / 2
    assert np.abs(below - stats.norm.cdf(z)).max() < 0.005


@PROPERTY
@given(words)
def test_a_normal_takes_the_low_half_and_a_wide_one_both(word):
    both = np.array([word, word & 0xFFFFFFFF, word >> 32], np.uint64)
    whole, low, high = normal(both)
    assert whole == low
    turned = np.array([word, (word >> 32) | (word & 0xFFFFFFFF) << 32], np.uint64)
    assert len(set(wide_normal(turned).tolist())) == 1
    assert wide_normal(turned)[0] == pytest.approx((float(low) + float(high)) / 2**0.5, abs=1e-6)


def test_a_wide_normal_keeps_variance_one_to_float32():
    values, weight = byte_sums()
    low, high = values[:, None], values[None, :] << np.uint64(32)
    z = wide_normal(low | high).astype(np.float64)
    assert weight @ z**2 @ weight == pytest.approx(1.0, abs=2e-6)
    assert weight @ z**4 @ weight == pytest.approx(3.0, abs=1e-3)


def test_uniform_numbers_reach_zero_but_not_one():
    ends = uniform(np.array([0, (1 << 64) - 1], np.uint64))
    assert ends.tolist() == [0.0, 1.0 - 2.0**-53]


def test_uniform_numbers_are_uniform():
    drawn = uniform(draw(fold(3, 1), np.arange(100_000)))
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4


@pytest.mark.parametrize(
    "neighbour",
    [
        lambda rows, columns: draw(rows, columns + 1),
        lambda rows, columns: draw(extend(fold(5, 0), np.arange(300) + 1)[:, None], columns),
        lambda rows, columns: draw(extend(fold(5, 1), np.arange(300))[:, None], columns),
        lambda rows, columns: draw(extend(fold(6, 0), np.arange(300))[:, None], columns),
    ],
    ids=["column", "row", "tile", "seed"],
)
def test_neighbouring_keys_draw_independent_normals(neighbour):
    rows, columns = extend(fold(5, 0), np.arange(300))[:, None], np.arange(300)[None, :]
    a, b = wide_normal(draw(rows, columns)).ravel(), wide_normal(neighbour(rows, columns)).ravel()
    for left, right in ((a, b), (a**2 - 1, b**2 - 1)):
        z = float((left.astype(np.float64) * right).sum() / np.sqrt((left**2 * right**2).sum()))
        assert abs(z) < stats.norm.isf(1e-5)
