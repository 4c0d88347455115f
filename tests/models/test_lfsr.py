"""Registers against a bit-by-bit one, their polynomials against factorised orders."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lfsr import (
    COLUMNS,
    ROWS,
    TAPS,
    LfsrBank,
    apply,
    compose,
    identity,
    step_matrix,
    step_power,
)
from models.section import Tile
from models.tile import TileConfig
from models.update import Update
from tests.models.properties import PROPERTY, seeds

WIDTHS = range(8, 33)


class Register:
    """A shift register, one bit at a time; `state` holds the youngest bit lowest."""

    def __init__(self, width: int, state: int) -> None:
        self.width = width
        self.bits = [state >> i & 1 for i in range(width)]

    def step(self, times: int = 1) -> "Register":
        for _ in range(times):
            fed = sum(self.bits[tap - 1] for tap in TAPS[self.width]) % 2
            self.bits = [fed, *self.bits[:-1]]
        return self

    @property
    def state(self) -> int:
        return sum(bit << i for i, bit in enumerate(self.bits))

    def top(self, bits: int) -> int:
        return self.state >> (self.width - bits)


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


def config(update: Update, rows: int = 5, columns: int = 4, **keys: int) -> TileConfig:
    return TileConfig(rows, columns, Tile(update=update), **keys)


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


@PROPERTY
@given(
    st.integers(8, 12),
    st.integers(4, 8),
    st.integers(1, 9),
    st.integers(1, 6),
    st.sampled_from(["side", "line"]),
    st.sampled_from([ROWS, COLUMNS]),
    st.integers(0, 50),
    seeds,
)
def test_a_bank_is_a_row_of_plain_registers(width, bits, steps, bl, sharing, side, update, seed):
    spec = Update(
        bl=bl,
        lfsr_bits=width,
        lfsr_sharing=sharing,
        comparator_bits=bits,
        steps_per_slot=steps,
    )
    bank = LfsrBank(config(spec, index=2, seed=seed), side)
    before = [Register(width, s).step(bank.leap_steps * update) for s in bank.seeds]
    assert bank.states(update).tolist() == [register.state for register in before]
    numbers = bank.numbers(update, bl)
    assert numbers.shape == (bl, bank.lines)
    for line in range(bank.lines):
        register = before[0 if sharing == "side" else line]
        ahead = bank.phase(line) if sharing == "side" else 0
        seen = Register(width, register.state).step(ahead)
        for slot in range(bl):
            assert numbers[slot, line] == seen.top(bits)
            seen.step(steps)


@PROPERTY
@given(st.sampled_from(WIDTHS), st.integers(1, 64), st.integers(1, 63))
def test_a_leap_has_the_steps_of_a_train_or_the_next_number_that_meets_every_state(
    width, steps, bl
):
    spec = Update(bl=bl, lfsr_bits=width, comparator_bits=4, steps_per_slot=steps)
    found, period = LfsrBank(config(spec), ROWS).leap_steps, (1 << width) - 1
    assert found >= steps * bl
    assert gcd(found, period) == 1
    assert all(gcd(other, period) > 1 for other in range(steps * bl, found))


def test_sixty_three_slots_of_a_register_of_even_width_would_meet_a_sixty_third_of_its_states():
    """gcd(8 * 63, 2^12 - 1) = 63: slot 0 alone would see 65 states of 4095."""
    bank = LfsrBank(config(Update(bl=63, lfsr_bits=12)), ROWS)
    assert bank.leap_steps == 8 * 63 + 2
    states = {int(bank.states(k)[0]) for k in range(4095)}
    assert len(states) == 4095


@pytest.mark.parametrize("sharing", ["side", "line"])
def test_the_leap_takes_the_registers_from_one_update_to_the_next(sharing):
    bank = LfsrBank(config(Update(lfsr_sharing=sharing)), ROWS)
    for update in range(5):
        leapt = [apply(bank.leap, int(state)) for state in bank.states(update)]
        assert bank.states(update + 1).tolist() == leapt


def test_fewer_slots_read_the_first_numbers_of_more():
    bank = LfsrBank(config(Update()), COLUMNS)
    assert (bank.numbers(7, 3) == bank.numbers(7, 8)[:3]).all()


def test_a_side_shares_one_register_or_has_one_a_line():
    shared, own = (config(Update(lfsr_sharing=name)) for name in ("side", "line"))
    assert [LfsrBank(shared, side).registers for side in (ROWS, COLUMNS)] == [1, 1]
    assert [LfsrBank(own, side).registers for side in (ROWS, COLUMNS)] == [5, 4]


def test_seeds_are_nonzero_and_differ_by_line_side_tile_and_run():
    own = Update(lfsr_sharing="line")
    banks = [
        LfsrBank(config(own, index=index, seed=seed), side)
        for index in (0, 1)
        for seed in (0, 1)
        for side in (ROWS, COLUMNS)
    ]
    found = [seed for bank in banks for seed in bank.seeds]
    assert len(set(found)) == len(found) == 4 * 9
    assert min(found) > 0


def test_a_register_whose_key_is_zero_starts_at_one(monkeypatch):
    monkeypatch.setattr("models.lfsr.fold", lambda *parts: 1 << 40)
    assert LfsrBank(config(Update()), ROWS).seeds == (1,)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_two_lines_of_a_side_see_the_shared_register_alike(width):
    spec = Update(lfsr_bits=width, comparator_bits=4)
    lines = min(4096, (1 << width) - 1)
    bank = LfsrBank(config(spec, rows=lines), ROWS)
    assert len({bank.phase(line) for line in range(lines)}) == lines


def test_the_phases_of_neighbouring_lines_are_far_apart():
    bank = LfsrBank(config(Update(), rows=512), ROWS)
    phases = sorted(bank.phase(line) for line in range(512))
    gaps = np.diff([*phases, (1 << 31) - 1 + phases[0]])
    assert gaps.min() > ((1 << 31) - 1) / 512 / 3
