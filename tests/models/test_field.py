"""Field elements against the bits that registers give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.field import fraction, inverse, multiply, near, polynomial, power, scale, times_x
from tests.models.properties import PROPERTY
from tests.models.shifting import Register

WIDTHS = range(8, 33)
widths = st.sampled_from(WIDTHS)


def bits_of(element: int, width: int, count: int) -> list[int]:
    """The first bits of element / P in powers of 1/x, by long division."""
    found = []
    for _ in range(count):
        element <<= 1
        found.append(element >> width)
        element ^= polynomial(width) * found[-1]
    return found


@PROPERTY
@given(widths, st.data())
def test_a_register_gives_the_bits_of_its_fraction(width, data):
    state = data.draw(st.integers(1, (1 << width) - 1))
    found = bits_of(fraction(width, state), width, 3 * width)
    register, expected = Register(width, state), []
    for _ in range(3 * width):
        expected.append(register.bits[-1])
        register.step()
    assert found == expected


@PROPERTY
@given(widths, st.integers(0, 1 << 40), st.data())
def test_a_step_multiplies_by_x(width, steps, data):
    state = data.draw(st.integers(1, (1 << width) - 1))
    ahead = fraction(width, Register(width, state).step(steps % 100).state)
    assert multiply(width, fraction(width, state), power(width, 2, steps % 100)) == ahead
    assert power(width, 2, steps) == power(width, 2, steps + (1 << width) - 1)


@PROPERTY
@given(widths, st.data())
def test_elements_are_a_field(width, data):
    a, b, c = (data.draw(st.integers(1, (1 << width) - 1)) for _ in range(3))
    assert multiply(width, a, multiply(width, b, c)) == multiply(width, multiply(width, a, b), c)
    assert multiply(width, a, b ^ c) == multiply(width, a, b) ^ multiply(width, a, c)
    assert multiply(width, a, inverse(width, a)) == 1
    some = np.array([a, b, 0], np.uint64)
    assert times_x(width, some).tolist() == [multiply(width, int(v), 2) for v in some]
    assert scale(width, some, c).tolist() == [multiply(width, int(v), c) for v in some]


@pytest.mark.parametrize("width", WIDTHS)
def test_near_ratios_are_quotients_of_short_polynomials(width):
    found = near(width, 5)
    pairs = [
        (p, q) for p in range(1, 16) for q in range(1, 16) if p.bit_length() + q.bit_length() <= 5
    ]
    assert set(found) == {multiply(width, p, inverse(width, q)) for p, q in pairs}
    assert near(width, 2) == (1,)
    assert len(near(width, 3)) == 5
    assert list(found) == sorted(set(found))
