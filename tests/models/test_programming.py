"""Weights written digit by digit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.number import code_limit
from models.programming import digit_count, weight_digits, write_digit
from tests.models.properties import PROPERTY, crossbars


@PROPERTY
@given(crossbars(largest=6), st.integers(0, 1 << 32))
def test_all_digits_together_are_the_weight_whatever_stood_there(bar, seed):
    bits, devices, rng = bar.config.tile.dac.bits, bar.devices, np.random.default_rng(seed)
    low, high = np.broadcast_to(devices.w_min, bar.weights.shape), devices.w_max
    wanted = bar.programmed((low + (high - low) * rng.random(bar.weights.shape)).astype(np.float32))
    codes = weight_digits(wanted.weights, devices.exponent, bits)
    assert np.abs(codes).max() <= code_limit(bits)
    assert len(codes) == digit_count(bits)
    rows = np.arange(bar.config.rows)
    for row in rows:
        for number, digit in enumerate(codes):
            write_digit(bar.weights, devices, rows == row, digit[row], number, bits)
    assert (bar.weights == wanted.weights).all()


@pytest.mark.parametrize(("bits", "count"), [(2, 23), (7, 4), (9, 3), (12, 3)])
def test_digits_hold_the_largest_weight_and_the_grid_s_step(bits, count):
    assert digit_count(bits) == count
    ends = np.array([[1.0, -1.0, 2.0**-22, -(2.0**-22)]], np.float32)
    codes = weight_digits(ends, 0, bits)
    steps = 2.0 ** (1 - (np.arange(count) + 1.0) * (bits - 1))
    assert ((codes * steps[:, None, None]).sum(axis=0) == ends).all()
