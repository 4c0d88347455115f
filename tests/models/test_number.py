"""Rounding, saturation and shift scaling against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from models.number import (
    bit_length,
    code_limit,
    saturate,
    shift_round,
    shift_scale,
)
from tests.models.properties import PROPERTY

wide = st.integers(-(1 << 62) + 1, (1 << 62) - 1)


def exact_shift(value: int, places: int) -> int:
    """value * 2^places, rounded half to even by Python's own rounding of fractions."""
    return round(Fraction(value) * Fraction(2) ** places)


def naive_scale(vector: list[int], bits: int) -> tuple[list[int], int]:
    largest = max((abs(v) for v in vector), default=0)
    exponent = max(0, largest.bit_length() - (bits - 1))
    rail = 2 ** (bits - 1) - 1
    return [max(-rail, min(rail, exact_shift(v, -exponent))) for v in vector], exponent


@PROPERTY
@given(wide, st.integers(-62, 62))
@example((1 << 62) - 1, -62)
@example(-(1 << 62) + 1, -1)
@example(3, -1)
@example(-5, -1)
def test_a_shift_rounds_half_to_even(value, places):
    assume(abs(value) << max(places, 0) < 1 << 62)
    assert int(shift_round(value, places)) == exact_shift(value, places)


def test_every_tie_of_a_small_shift_goes_to_the_even_neighbour():
    values = np.arange(-64, 65)
    for places in range(-5, 3):
        expected = [exact_shift(v, places) for v in values.tolist()]
        assert shift_round(values, places).tolist() == expected


def test_shifts_broadcast_against_values():
    found = shift_round(np.array([[5], [6]]), np.array([-1, 0, 2]))
    assert found.tolist() == [[2, 5, 20], [3, 6, 24]]


@PROPERTY
@given(st.lists(st.integers(-(1 << 23), 1 << 23), max_size=9), st.integers(2, 12))
@example([127], 7)
@example([-127, 1], 7)
@example([0, 0], 2)
def test_shift_scaling_is_the_naive_integer_model(vector, bits):
    codes, exponent = shift_scale(np.array(vector, np.int64), bits)
    assert (codes.tolist(), int(exponent)) == naive_scale(vector, bits)


@PROPERTY
@given(st.lists(st.integers(-(1 << 15), 1 << 15), min_size=1, max_size=9), st.integers(2, 12))
def test_codes_times_their_power_of_two_are_the_vector_within_half_a_code(vector, bits):
    codes, exponent = shift_scale(np.array(vector), bits)
    unit = 1 << int(exponent)
    rail = code_limit(bits) * unit
    for v, code in zip(vector, codes.tolist(), strict=True):
        wanted = max(-rail, min(rail, v))
        assert 2 * abs(code * unit - wanted) <= unit or not exponent


def test_each_vector_of_a_batch_has_its_own_exponent():
    rows = np.array([[1, -3], [1000, 24], [0, 0]])
    codes, exponents = shift_scale(rows, 7)
    assert exponents.tolist() == [0, 4, 0]
    assert codes.tolist() == [[1, -3], [62, 2], [0, 0]]


@PROPERTY
@given(st.lists(wide, min_size=1), st.integers(2, 16))
def test_saturation_is_symmetric(values, bits):
    limit = code_limit(bits)
    up, down = saturate(np.array(values), limit), saturate(-np.array(values), limit)
    assert (up == -down).all()
    assert (np.abs(up) <= limit).all()
    assert all(int(s) == v for s, v in zip(up, values, strict=True) if abs(v) <= limit)


@pytest.mark.parametrize(("bits", "limit"), [(2, 1), (7, 63), (9, 255), (16, 32767)])
def test_the_code_range_is_symmetric_and_without_the_most_negative_code(bits, limit):
    assert code_limit(bits) == limit


@PROPERTY
@given(st.integers(0, (1 << 52) - 1))
@example(0)
@example((1 << 52) - 1)
@example(1 << 51)
def test_bit_length_is_that_of_an_integer(value):
    assert int(bit_length(value)) == value.bit_length()
