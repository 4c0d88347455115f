"""A compiled tile against its NumPy twin, bit for bit, over random peripheries."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.array import PRODUCT, CompiledArray
from models.device.section import Device
from models.schedule import Op
from models.section import Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.properties import PROPERTY, crossbars, random_codes

batches = st.sampled_from([1, 3, PRODUCT - 1, PRODUCT, PRODUCT + 5])


@PROPERTY
@given(crossbars(), st.integers(0, 1 << 30), batches, st.integers(0, 1 << 40))
def test_compiled_reads_are_those_of_the_twin(bar, seed, n, sample):
    rng, config = np.random.default_rng(seed), bar.config
    array, bits, samples = CompiledArray(bar), bar.config.tile.dac.bits, sample + np.arange(n)
    x, d = (random_codes(rng, n, lines, bits) for lines in (config.rows, config.columns))
    x[:, :: 1 + seed % 3] = 0
    assert (array.forward(x, samples) == bar.forward(x, samples)).all()
    assert (array.backward(d, samples) == bar.backward(d, samples)).all()
    places = rng.integers(0, 1 << 40, n)
    for op, attempt in ((Op.EVAL, places), (Op.FORWARD, 3)):
        found = array.forward(x, samples, op, attempt)
        assert (found == bar.forward(x, samples, op, attempt)).all()


def test_weights_are_read_as_they_are_at_the_call():
    bar = make_crossbar(TileConfig(9, 7), Device(), 0.3, 4.0)
    array, x = CompiledArray(bar), np.arange(-4, 5)[None, :]
    for n in (1, PRODUCT):
        codes, samples = np.repeat(x, n, axis=0), np.arange(n)
        before = array.forward(codes, samples)
        bar.weights[...] = -bar.weights
        after = array.forward(codes, samples)
        assert (after == bar.forward(codes, samples)).all()
        assert (before != after).any()


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_float32_sums_are_within_their_rounding_of_the_exact_ones(noise):
    """A float32 sum of n terms errs by at most n 2^-24 of the sum of magnitudes: far from a code
    here, so that two codes differ by one at most, and seldom."""
    rows, n = 60, 40
    tile = Tile(output_noise=noise)
    bar = make_crossbar(TileConfig(rows, 50, tile), Device(), 0.3, 4.0)
    x = random_codes(np.random.default_rng(3), n, rows, 7)
    exact, near = (CompiledArray(bar, kind).forward(x, np.arange(n)) for kind in (True, False))
    error = rows * 2.0**-24 * float((np.abs(x) @ np.abs(bar.weights)).max()) / bar.adc_lsb
    assert error < 0.01
    assert np.abs(exact - near).max() <= 1
    # a sum falls within `error` of a tie with probability 2 error: 5 sd of the binomial above that
    share, count = 2 * error, exact.size
    assert (exact != near).sum() <= count * share + 5 * (count * share) ** 0.5


def test_two_arrays_of_one_tile_do_not_share_scratch():
    bar = make_crossbar(TileConfig(20, 20), Device(), 0.3, 4.0)
    other = replace(bar, weights=bar.weights[::-1].copy())
    x, samples = random_codes(np.random.default_rng(1), PRODUCT, 20, 7), np.arange(PRODUCT)
    one, two = CompiledArray(bar), CompiledArray(other)
    first = one.forward(x, samples)
    two.forward(x, samples)
    assert (first == bar.forward(x, samples)).all()
