"""Compiled kernels against their NumPy twins, bit for bit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from models import kernel, key
from tests.models.properties import PROPERTY

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
