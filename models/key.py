"""Counter-based random numbers: every number belongs to a key, whoever draws it and when.

A key is splitmix64 folded over (seed, tile, op, sample, attempt, row); the column is the counter.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

GOLDEN = 0x9E3779B97F4A7C15
_MIX1, _MIX2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = (1 << 64) - 1

Words = npt.NDArray[np.uint64]


def mix64(value: int) -> int:
    """Return the splitmix64 finaliser of a 64-bit integer (Steele, Lea & Flood, OOPSLA 2014)."""
    value = ((value ^ (value >> 30)) * _MIX1) & _MASK
    value = ((value ^ (value >> 27)) * _MIX2) & _MASK
    return value ^ (value >> 31)


def fold(*parts: int) -> int:
    """Return the key of a tuple of non-negative integers below 2^64."""
    key = 0
    for part in parts:
        key = mix64((key + GOLDEN + part) & _MASK)
    return key


def mix(values: Words) -> Words:
    """Return `mix64` of each element."""
    with np.errstate(over="ignore"):  # NumPy warns of wrap-around for scalars alone
        v = (values ^ (values >> np.uint64(30))) * np.uint64(_MIX1)
        v = (v ^ (v >> np.uint64(27))) * np.uint64(_MIX2)
    return np.asarray(v ^ (v >> np.uint64(31)))


def extend(keys: npt.ArrayLike, part: npt.ArrayLike) -> Words:
    """Return `fold(..., part)` for keys that were folded before; arguments broadcast."""
    k, p = np.asarray(keys, np.uint64), np.asarray(part, np.uint64)
    with np.errstate(over="ignore"):
        return mix(k + np.uint64(GOLDEN) + p)


def draw(keys: npt.ArrayLike, counters: npt.ArrayLike) -> Words:
    """Return the random 64-bit words of keys at counters; arguments broadcast."""
    k, c = np.asarray(keys, np.uint64), np.asarray(counters, np.uint64)
    with np.errstate(over="ignore"):
        return mix(k + (c + np.uint64(1)) * np.uint64(GOLDEN))


# Sum S of the four bytes of a word, u = (S - 510) / sqrt(21845): u (C1 + C3 u^2 + C5 u^4 + C7 u^6)
# is nearly normal. Least squares to the normal quantiles over all 2^32 words, scaled to variance 1.
BYTE_SCALE = np.float32(0.006765875)
C1 = np.float32(0.9588452)
C3 = np.float32(0.016671192)
C5 = np.float32(-0.0020320108)
C7 = np.float32(0.0003177025)
HALF_SQRT2 = np.float32(0.70710677)


def normal(words: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return a standard normal of the low 32 bits of each word; 1,021 levels, |z| <= 4.9.

    Only float32 additions and products in a fixed order: the same bits on every processor.
    """
    w = np.asarray(words, np.uint64)
    byte = np.uint64(255)
    total = (w & byte) + ((w >> np.uint64(8)) & byte)
    total = total + ((w >> np.uint64(16)) & byte) + ((w >> np.uint64(24)) & byte)
    u = (total.astype(np.int32) - np.int32(510)).astype(np.float32) * BYTE_SCALE
    u2 = u * u
    return np.asarray(u * (C1 + u2 * (C3 + u2 * (C5 + u2 * C7))), np.float32)


def wide_normal(words: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return a standard normal of all 64 bits of each word: two `normal` draws, added."""
    w = np.asarray(words, np.uint64)
    return np.asarray((normal(w) + normal(w >> np.uint64(32))) * HALF_SQRT2, np.float32)


def uniform(words: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return uniform numbers in [0, 1) of the top 53 bits of each word."""
    w = np.asarray(words, np.uint64)
    return np.asarray((w >> np.uint64(11)).astype(np.float64) * 2.0**-53)
