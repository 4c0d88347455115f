"""Managements: integers against exact fractions, real numbers against aihwkit's formulas."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.management import even_split, integer_drive, real_drive, split, thresholds
from models.update import MOST_SLOTS, Update
from tests.models.properties import PROPERTY

codes = st.integers(-(1 << 11) + 1, (1 << 11) - 1)
lengths = st.integers(1, MOST_SLOTS)
flags = st.booleans()


@PROPERTY
@given(st.integers(1, 2047), st.integers(1, 2047), st.integers(-60, 40), st.integers(1, 63))
def test_slots_times_both_largest_probabilities_are_what_is_wanted(x, d, exponent, bl):
    plan = split(x, d, exponent, bl)
    row = Fraction(x, 1 << (x.bit_length() + plan.row_shift))
    column = Fraction(d, 1 << (d.bit_length() + plan.column_shift))
    wanted = x * d * Fraction(2) ** exponent
    assert 1 <= plan.slots <= bl
    assert 0 <= plan.row_shift - plan.column_shift <= 1
    if plan.slots < bl or not plan.row_shift:
        assert plan.slots * row * column == wanted or plan.slots == bl
    assert plan.slots * row * column <= wanted
    if plan.slots > 1:
        assert (plan.row_shift, plan.column_shift) == (0, 0)
        assert (plan.slots // 2) * row * column < wanted  # no slot more than needed


@pytest.mark.parametrize(
    ("x", "d", "exponent", "bl", "slots", "shifts"),
    [
        (63, 63, -12, 8, 1, (0, 0)),
        (63, 63, -13, 8, 1, (1, 0)),
        (63, 63, -14, 8, 1, (1, 1)),
        (63, 63, -10, 8, 4, (0, 0)),
        (63, 63, -9, 8, 8, (0, 0)),
        (63, 63, -5, 8, 8, (0, 0)),
        (63, 63, -9, 7, 7, (0, 0)),
        (63, 63, 50, 63, 63, (0, 0)),
        (1, 1, -2, 8, 1, (0, 0)),
        (1, 1, -7, 8, 1, (3, 2)),
        (0, 63, 5, 8, 0, (0, 0)),
        (63, 0, 5, 8, 0, (0, 0)),
    ],
)
def test_an_update_is_shared_out_as_in_the_contract(x, d, exponent, bl, slots, shifts):
    plan = split(x, d, exponent, bl)
    assert (plan.slots, (plan.row_shift, plan.column_shift)) == (slots, shifts)


@PROPERTY
@given(st.lists(codes, min_size=1, max_size=9), st.integers(-20, 70), st.integers(4, 32))
def test_thresholds_are_the_scaled_magnitudes_rounded_down_and_1_at_most(vector, shift, bits):
    largest = max(abs(v) for v in vector)
    exact = [
        Fraction(abs(v)) * Fraction(2) ** (bits - largest.bit_length() - shift) for v in vector
    ]
    found = thresholds(np.array(vector), shift, bits).tolist()
    full = 1 << bits
    assert found == [min(value.numerator // value.denominator, full) for value in exact]


@PROPERTY
@given(st.integers(1, 2047), st.integers(1, 2047), st.integers(-60, 40), lengths)
def test_without_update_bl_management_the_train_is_the_longest_power_of_two(x, d, exponent, bl):
    plan = split(x, d, exponent, bl, bl_management=False)
    power = 1 << (bl.bit_length() - 1)
    row = Fraction(x, 1 << (x.bit_length() + plan.row_shift))
    column = Fraction(d, 1 << (d.bit_length() + plan.column_shift))
    wanted = x * d * Fraction(2) ** exponent
    fits = x.bit_length() + d.bit_length() + exponent <= power.bit_length() - 1
    assert plan.slots == (power if fits else bl)
    assert 0 <= plan.row_shift - plan.column_shift <= 1
    assert plan.slots * row * column == wanted if fits else plan.slots * row * column < wanted


@PROPERTY
@given(
    st.tuples(st.integers(1, 2047), st.integers(1, 2047)),
    st.tuples(st.integers(0, 12), st.integers(0, 12)),
    st.integers(-60, 10),
    lengths,
    flags,
)
def test_without_update_management_both_real_vectors_get_the_same_factor(
    largest, exponents, gain, bl, bl_management
):
    """Row and column probability over |x| and |d| differ by a factor of 2 at most."""
    plan = even_split(*largest, exponents, gain, bl, bl_management)
    factors = [
        Fraction(2) ** -(top.bit_length() + shift + exponent)
        for top, shift, exponent in zip(
            largest, (plan.row_shift, plan.column_shift), exponents, strict=True
        )
    ]
    assert factors[0] / factors[1] in (1, 2)
    managed = split(*largest, sum(exponents) + gain, bl, bl_management)
    assert plan.slots == managed.slots
    power = 1 << (plan.slots - 1).bit_length()
    assert power * factors[0] * factors[1] == Fraction(2) ** gain


@PROPERTY
@given(
    st.lists(codes, min_size=1, max_size=5),
    st.lists(codes, min_size=1, max_size=5),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    st.integers(-45, 5),
    lengths,
    flags,
    flags,
)
def test_integer_drives_want_the_outer_product_wherever_they_fit(
    x, d, exponents, gain, bl, managed, bl_managed
):
    """slots p q = |x| |d| 2^gain of the real values; above it nowhere, below it where p, q or
    slots are at their end; the comparator's rounding apart (32 bits here)."""
    update = Update(
        bl=bl,
        lfsr_bits=32,
        comparator_bits=32,
        update_management=managed,
        update_bl_management=bl_managed,
    )
    x, d, total = np.array(x), np.array(d), gain + sum(exponents)
    drive = integer_drive(update, x, d, total, *exponents)
    if not (x.any() and d.any()):
        assert drive.slots == 0
        return
    full, slack = 1 << 32, Fraction(1, 1 << 31)
    for i, p in enumerate(drive.rows.tolist()):
        for j, q in enumerate(drive.columns.tolist()):
            wanted = Fraction(abs(int(x[i] * d[j]))) * Fraction(2) ** total
            found = drive.slots * Fraction(p, full) * Fraction(q, full)
            assert found <= wanted
            largest = abs(x).max() * abs(d).max() * Fraction(2) ** total
            if max(p, q) < full and largest <= 1 << (bl.bit_length() - 1):
                assert wanted - found <= drive.slots * slack


def aihwkit_probabilities(
    update: Update, x: np.ndarray, d: np.ndarray, lr: float, dw_min: float
) -> tuple[int, np.ndarray, np.ndarray]:
    """rpu_pulsed_meta_parameter.cpp, for real x and d, with every flag."""
    x_max, d_max = float(np.abs(x).max()), update.um_grad_scale * float(np.abs(d).max())
    if not x_max or not d_max:
        return 0, np.zeros(len(x)), np.zeros(len(d))
    slots = update.bl
    a = b = np.sqrt(lr / (dw_min * slots))
    if not update.fixed_bl and not update.update_bl_management and dw_min * update.bl < lr:
        slots, a, b = int(np.ceil(lr / dw_min)), 1.0, 1.0
    k = lr * x_max * d_max / dw_min
    if update.update_bl_management:
        slots = min(int(np.ceil(k)), update.bl)
        a = b = np.sqrt(lr / (dw_min * slots))
    if update.update_management:
        k = a * b * slots * x_max * d_max
        if k > slots:
            d_max *= slots / k
        a, b = a * np.sqrt(x_max / d_max), b * np.sqrt(d_max / x_max)
    return slots, np.minimum(b * np.abs(x), 1.0), np.minimum(a * np.abs(d), 1.0)


@PROPERTY
@given(
    st.builds(
        Update,
        bl=lengths,
        comparator_bits=st.just(20),
        update_management=flags,
        update_bl_management=flags,
        um_grad_scale=st.sampled_from([1.0, 0.3, 5.0]),
        fixed_bl=flags,
    ),
    st.lists(st.integers(-63, 63), min_size=1, max_size=6),
    st.lists(st.integers(-63, 63), min_size=1, max_size=6),
    st.sampled_from([0.01, 0.3, 4.0]),
    st.sampled_from([0.02, 1.0]),
    st.floats(0.001, 0.1),
)
def test_real_drives_are_those_of_aihwkit(update, x, d, x_factor, d_factor, lr):
    """To one unit of the comparator: their order of operations differs."""
    x, d, dw_min = np.array(x), np.array(d), 0.002
    drive = real_drive(update, x, d, lr / dw_min, x_factor, d_factor)
    slots, rows, columns = aihwkit_probabilities(update, x * x_factor, d * d_factor, lr, dw_min)
    assert drive.slots == min(slots, MOST_SLOTS)
    assert np.abs(drive.rows - np.rint(rows * (1 << 20))).max() <= 1
    assert np.abs(drive.columns - np.rint(columns * (1 << 20))).max() <= 1


@pytest.mark.parametrize("managed", [True, False])
@pytest.mark.parametrize("bl_managed", [True, False])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_real_drives_want_the_outer_product_below_saturation(managed, bl_managed, scale):
    """slots p q = amplitude |x| |d| to the comparator's rounding, half a unit a side."""
    update = Update(
        lfsr_bits=32,
        comparator_bits=32,
        update_management=managed,
        update_bl_management=bl_managed,
        um_grad_scale=scale,
    )
    x, d = np.array([63, -10, 1, 0]), np.array([5, -40, 63])
    for amplitude in (1e-6, 1e-5, 2e-4 * scale, 2.4e-4 * scale):
        drive = real_drive(update, x, d, amplitude)
        found = drive.slots * np.outer(drive.rows / 2.0**32, drive.columns / 2.0**32)
        wanted = amplitude * np.abs(np.outer(x, d))
        assert found == pytest.approx(wanted, abs=8 * 2.0**-32)


@pytest.mark.parametrize("bad", [float("nan"), 0.0])
def test_nothing_and_not_a_number_use_no_slot(bad):
    assert real_drive(Update(), np.array([5]), np.array([7]), bad).slots == 0


def test_an_infinite_rate_drives_every_line_at_its_end():
    drive = real_drive(Update(update_management=False), np.array([5, 0]), np.array([7]), np.inf)
    assert (drive.slots, drive.rows.tolist(), drive.columns.tolist()) == (8, [4096, 0], [4096])


@PROPERTY
@given(lengths, flags, flags, st.floats(0.01, 500.0), st.integers(1, 63))
def test_no_train_is_longer_than_the_longest(bl, fixed, bl_managed, amplitude, code):
    update = Update(bl=bl, fixed_bl=fixed, update_bl_management=bl_managed)
    drive = real_drive(update, np.array([code]), np.array([code]), amplitude)
    assert drive.slots <= update.longest
    assert update.longest == (bl if fixed or bl_managed else MOST_SLOTS)
