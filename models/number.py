"""Integer codes: rounding, saturation, shift scaling. The one place for each."""

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

#: Integers that a float64 sum holds exactly.
EXACT_BITS = 53


def code_limit(bits: int) -> int:
    """Return the largest signed code of a symmetric converter, 2^(bits-1) - 1."""
    return (1 << (bits - 1)) - 1


def bit_length(values: npt.ArrayLike) -> Integers:
    """Return the bits needed for each non-negative integer below 2^52; 0 needs none."""
    return np.frexp(np.asarray(values, np.float64))[1].astype(np.int64)


def shift_round(values: npt.ArrayLike, places: npt.ArrayLike) -> Integers:
    """Return values * 2^places, rounded half to even where `places` is negative.

    Parameters
    ----------
    values
        Integers, |values| < 2^62 after the shift.
    places
        Left shift, or right where negative; broadcast against `values`; at least -62.
    """
    v, left = np.asarray(values, np.int64), np.asarray(places, np.int64)
    right = np.maximum(-left, 0)
    half = np.where(right > 0, np.int64(1) << np.maximum(right - 1, 0), 0)
    odd = (v >> right) & 1
    rounded = (v + half - 1 + odd) >> right
    return np.where(right > 0, rounded, v << np.maximum(left, 0))


def saturate(values: npt.ArrayLike, limit: int) -> Integers:
    """Return integers clipped to +-`limit`."""
    return np.clip(np.asarray(values, np.int64), -limit, limit)


def shift_scale(vector: npt.ArrayLike, dac_bits: int) -> tuple[Integers, Integers]:
    """Return input codes and their exponent: vector ~ codes * 2^exponent.

    The exponent is max(0, bitlength(max|v|) - (dac_bits - 1)), one for each last axis; codes are
    rounded half to even and saturate at the converter's rail.

    Parameters
    ----------
    vector
        Digital integers, shape (..., n).
    """
    v = np.asarray(vector, np.int64)
    largest = np.abs(v).max(axis=-1, initial=0)
    exponent = np.maximum(bit_length(largest) - (dac_bits - 1), 0)
    codes = saturate(shift_round(v, -exponent[..., None]), code_limit(dac_bits))
    return codes, exponent
