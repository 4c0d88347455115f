"""Banks of registers against plain ones, bit by bit; their leaps, seeds and phases."""

from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.lfsr import LfsrBank
from models.register import apply
from models.section import Tile
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.update import Update
from tests.models.properties import PROPERTY, seeds
from tests.models.shifting import Register

WIDTHS = range(8, 33)


def config(update: Update, rows: int = 5, columns: int = 4, **keys: int) -> TileConfig:
    return TileConfig(rows, columns, Tile(update=update), **keys)


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
    monkeypatch.setattr("models.seed.fold", lambda *parts: 1 << 40)
    assert LfsrBank(config(Update(), seed=3_141_592), ROWS).seeds == (1,)


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
