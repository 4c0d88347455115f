"""How a host writes weights through the analog port: digit after digit, row after row.

A `go` of PROGRAM selects rows by `x` and gives each column a signed code c by `d`; its `attempt` n
is the number of the digit. The selected weights become c 2^(e + 1 - (n + 1)(b - 1)), added to what
they are but for the first digit, within their bounds; b are the bits of the DAC, e the tile's
exponent. All digits have the weight's sign, so no sum goes beyond the weight that is written.

Where a learning rule has several arrays, `attempt` names one of them too: array a takes digit n
under the number 2^DIGIT_BITS a + n, and READ under ALONE + a reads it as F reads their sum.
"""

import numpy as np
import numpy.typing as npt

from models.device.array import GRID_BITS, DeviceArray, Floats, to_grid
from models.number import Integers

#: Low bits of a PROGRAM's number that are the digit's; those above are the array's.
DIGIT_BITS = 5
#: Bit of a READ's number that says: of one array alone, whose number is in the low bits.
ALONE = 1 << 7
#: Arrays of a stage that a host reaches, one by one.
MOST_ARRAYS = 1 << 3


def digit_number(digit: int, array: int = 0) -> int:
    """Return the number under which PROGRAM writes a digit to an array."""
    return array << DIGIT_BITS | digit


def digit_and_array(number: int) -> tuple[int, int]:
    """Return the digit and the array of a PROGRAM's number."""
    return number & (1 << DIGIT_BITS) - 1, number >> DIGIT_BITS


def digit_count(dac_bits: int) -> int:
    """Return the digits of a weight: all of them hold 2^e and the grid's step."""
    return -(-(GRID_BITS + 1) // (dac_bits - 1))


def weight_digits(weights: Floats, exponent: int, dac_bits: int) -> Integers:
    """Return the codes of weights on the grid, shape (digits, rows, columns), first digit first."""
    base, count = dac_bits - 1, digit_count(dac_bits)
    units = np.ldexp(weights.astype(np.float64), GRID_BITS - exponent).astype(np.int64)
    whole = np.abs(units) << (count * base - GRID_BITS - 1)
    places = base * np.arange(count - 1, -1, -1)[:, None, None]
    digits = (whole[None] >> places) & ((1 << base) - 1)
    return np.asarray(np.sign(units) * digits)


def write_digit(
    weights: Floats,
    devices: DeviceArray,
    selected: npt.NDArray[np.bool_],
    codes: Integers,
    number: int,
    dac_bits: int,
) -> None:
    """Write one digit to selected rows in place: what an array makes of a `go` of PROGRAM.

    `selected` has shape (rows,), `codes` shape (columns,).
    """
    step = np.ldexp(1.0, devices.exponent + 1 - (number + 1) * (dac_bits - 1))
    before = weights[selected].astype(np.float64) if number else 0.0
    low, high = (
        np.broadcast_to(bound, weights.shape)[selected] for bound in (devices.w_min, devices.w_max)
    )
    bounded = np.clip(before + codes[None, :] * step, low, high)
    weights[selected] = to_grid(bounded.astype(np.float32), devices.exponent)
