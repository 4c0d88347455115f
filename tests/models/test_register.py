"""Registers against a bit-by-bit one, their polynomials against factorised orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.register import TAPS, apply, compose, identity, step_matrix, step_power
from tests.models.properties import PROPERTY
from tests.models.shifting import Register

WIDTHS = range(8, 33)


def prime_factors(number: int) -> set[int]:
    found, divisor = set(), 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.add(divisor)
            number //= divisor
        divisor += 1
    return found | ({number} if number > 1 else set())


def power_of_x(exponent: int, polynomial: int, width: int) -> int:
    """x^exponent modulo a polynomial over GF(2), by squaring."""

    def times(a: int, b: int) -> int:
        product = 0
        while b:
            product ^= a if b & 1 else 0
            a, b = a << 1, b >> 1
            a ^= polynomial if a >> width & 1 else 0
        return product

    result, base = 1, 2
    while exponent:
        result = times(result, base) if exponent & 1 else result
        base, exponent = times(base, base), exponent >> 1
    return result


def test_there_is_a_register_of_every_width():
    assert sorted(TAPS) == list(WIDTHS)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_polynomial_is_primitive(width):
    polynomial = 1 << width
    for tap in TAPS[width]:
        polynomial ^= 1 << (width - tap)
    period = (1 << width) - 1
    assert power_of_x(period, polynomial, width) == 1
    for prime in prime_factors(period):
        assert power_of_x(period // prime, polynomial, width) != 1


@pytest.mark.parametrize("width", range(8, 17))
def test_a_register_visits_every_nonzero_state_once(width):
    mask = sum(1 << (tap - 1) for tap in TAPS[width])
    state, seen = 1, set()
    for _ in range((1 << width) - 1):
        seen.add(state)
        state = (state << 1 | ((state & mask).bit_count() & 1)) & ((1 << width) - 1)
    assert state == 1
    assert seen == set(range(1, 1 << width))


@PROPERTY
@given(st.sampled_from(WIDTHS), st.integers(0, 200), st.data())
def test_a_leap_is_as_many_single_steps(width, steps, data):
    state = data.draw(st.integers(0, (1 << width) - 1))
    stepped = Register(width, state).step(steps).state
    assert apply(step_power(width, steps), state) == stepped


@pytest.mark.parametrize("width", WIDTHS)
def test_leaps_add_up_and_a_whole_period_changes_nothing(width):
    period = (1 << width) - 1
    assert step_power(width, period) == identity(width)
    assert compose(step_power(width, 100), step_power(width, period - 99)) == step_matrix(width)
