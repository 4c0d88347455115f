"""Update management and update-BL management: an update shared out between slots and sides.

The expected coincidences of a crosspoint are slots p q = lr |x| |d| / dw_min, where p and q are the
probabilities that its row and its column fire in a slot. Management chooses how: update-BL
management takes few slots, update management gives the largest elements of both sides the same
probability (Gokmen & Vlasov 2016; aihwkit, rpu_pulsed_meta_parameter.cpp). With the rate as a power
of two all of it is integer (docs/contract.md, section 4); `models.share` is the compiled twin.
"""

from dataclasses import dataclass

import numpy as np

from models.number import Integers
from models.update import MOST_SLOTS, Update

#: Shifts to the left beyond this saturate every threshold.
_MOST_PLACES = 48


@dataclass(frozen=True)
class Split:
    """How an update is shared out: slots used, right shifts of both sides' thresholds."""

    slots: int
    row_shift: int
    column_shift: int


@dataclass(frozen=True)
class Drive:
    """Slots used and what each line's numbers are compared with, in units of 2^-comparator_bits."""

    slots: int
    rows: Integers
    columns: Integers


def _slots(excess: int, bl: int, bl_management: bool) -> int:
    """Return the slots of an update whose probabilities are to shrink by 2^excess."""
    fewest = 0 if bl_management else bl.bit_length() - 1
    return min(1 << min(max(-excess, fewest), 6), bl)


def _rounds(slots: int) -> int:
    """Return the logarithm of the next power of two."""
    return (slots - 1).bit_length()


def split(
    largest_x: int, largest_d: int, exponent: int, bl: int, bl_management: bool = True
) -> Split:
    """Return the slots and threshold shifts of an update with update management.

    Parameters
    ----------
    largest_x, largest_d
        Largest |code| of either side, 0 or above; if either is 0 no slot is used.
    exponent
        Sum of both vectors' exponents and the gain log2(lr / (s dw_min)).
    bl
        Slots that are built, 1..63.
    bl_management
        Without it an update takes 2^floor(log2(bl)) slots at least.
    """
    if largest_x == 0 or largest_d == 0:
        return Split(0, 0, 0)
    excess = -(largest_x.bit_length() + largest_d.bit_length() + exponent)
    slots = _slots(excess, bl, bl_management)
    rest = max(excess + _rounds(slots), 0) if slots & (slots - 1) == 0 else 0
    return Split(slots, -(-rest // 2), rest // 2)


def even_split(
    largest_x: int,
    largest_d: int,
    exponents: tuple[int, int],
    gain: int,
    bl: int,
    bl_management: bool = True,
) -> Split:
    """Return the slots and threshold shifts of an update without update management.

    Both sides' real values x and d (codes times 2^exponent) are multiplied by nearly the same
    number, 2^(c/2) with c the gain minus log2(slots); an odd c gives the rows the larger half. What
    exceeds probability 1 is lost.
    """
    if largest_x == 0 or largest_d == 0:
        return Split(0, 0, 0)
    x_length, d_length = largest_x.bit_length(), largest_d.bit_length()
    slots = _slots(-(x_length + d_length + sum(exponents) + gain), bl, bl_management)
    rest = gain - _rounds(slots)
    return Split(
        slots, -(x_length + exponents[0] - (-rest // 2)), -(d_length + exponents[1] + rest // 2)
    )


def thresholds(codes: Integers, shift: int, comparator_bits: int) -> Integers:
    """Return what a line's numbers are compared with: |code| / 2^(bits of the largest + shift).

    In units of 2^-comparator_bits, rounded down where the shift leaves the comparator, 1 at most.
    """
    magnitude = np.abs(codes)
    places = comparator_bits - int(magnitude.max(initial=0)).bit_length() - shift
    moved = magnitude << min(places, _MOST_PLACES) if places >= 0 else magnitude >> min(-places, 63)
    return np.asarray(np.minimum(moved, 1 << comparator_bits))


def integer_drive(
    update: Update,
    x: Integers,
    d: Integers,
    exponent: int,
    x_exponent: int = 0,
    d_exponent: int = 0,
) -> Drive:
    """Return the slots and thresholds of code vectors in the hardware profile.

    `exponent` is the sum of both vectors' exponents and the gain; the two exponents themselves
    matter without update management alone.
    """
    largest = int(np.abs(x).max(initial=0)), int(np.abs(d).max(initial=0))
    if update.update_management:
        plan = split(*largest, exponent, update.bl, update.update_bl_management)
    else:
        pair, gain = (x_exponent, d_exponent), exponent - x_exponent - d_exponent
        plan = even_split(*largest, pair, gain, update.bl, update.update_bl_management)
    bits = update.comparator_bits
    return Drive(
        plan.slots, thresholds(x, plan.row_shift, bits), thresholds(d, plan.column_shift, bits)
    )


def bounded(wanted: float) -> float:
    """Return the wanted coincidences, within what can be told from none and from always.

    Below 2^-200, and not a number: none; above 2^200: as many.
    """
    return min(wanted, 2.0**200) if wanted > 2.0**-200 else 0.0


def train(update: Update, amplitude: float, needed: float) -> tuple[int, float]:
    """Return an update's slots and the coincidences that p q = 1 / slots stands for.

    `needed` are the coincidences that the largest elements want, the errors' multiplied by
    `um_grad_scale`. Without update-BL management the slots are those of `bl`; with `fixed_bl =
    false` and an `amplitude` above them they are ceil(amplitude), 63 at most, and p q = |x| |d|.
    """
    if needed == 0.0:
        return 0, amplitude
    if update.update_bl_management:
        return int(min(np.ceil(needed), update.bl)), amplitude
    if update.fixed_bl or amplitude <= update.bl:
        return update.bl, amplitude
    slots = int(min(np.ceil(amplitude), MOST_SLOTS))
    return slots, float(slots)


def _limits(codes: Integers, largest: int, chance: float, full: float) -> Integers:
    """Return thresholds that give the largest code a chance, 1 at most."""
    return np.minimum(np.rint(np.abs(codes) * (chance / largest * full)), full).astype(np.int64)


def real_drive(
    update: Update,
    x: Integers,
    d: Integers,
    amplitude: float,
    x_factor: float = 1.0,
    d_factor: float = 1.0,
) -> Drive:
    """Return the slots and thresholds of code vectors in the behavioural profile.

    `amplitude` |x| |d| is the expected number of coincidences of the real values, codes times
    factors. With k = amplitude max|x| max|d| `um_grad_scale`, update-BL management takes
    min(ceil(k), BL) slots; update management lets the largest x fire with probability
    sqrt(k / slots), the largest d with what is left; without it both sides' real values are
    multiplied by sqrt(amplitude / slots). What exceeds 1 is lost.
    """
    largest_x, largest_d = int(np.abs(x).max(initial=0)), int(np.abs(d).max(initial=0))
    scale = update.um_grad_scale
    wanted = bounded(amplitude * x_factor * d_factor * largest_x * largest_d)
    slots, amplitude = train(update, amplitude, bounded(wanted * scale))
    if slots == 0:
        return Drive(0, np.zeros(len(x), np.int64), np.zeros(len(d), np.int64))
    full = float(1 << update.comparator_bits)
    if update.update_management:
        wanted = bounded(amplitude * x_factor * d_factor * largest_x * largest_d)
        row = float(np.sqrt(min(bounded(wanted * scale), float(slots)) / slots))
        column = wanted / slots / row
    else:
        both = float(np.sqrt(amplitude / slots))
        row = bounded(both * x_factor * largest_x)
        column = bounded(both * d_factor * largest_d)
    return Drive(slots, _limits(x, largest_x, row, full), _limits(d, largest_d, column, full))
