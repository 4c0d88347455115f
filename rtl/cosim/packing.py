"""Vectors as the packed integers that ports carry."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.int64]


def pack(values: Iterable[Any], bits: int) -> int:
    """Return values as one integer, element 0 in the low bits, two's complement."""
    mask = (1 << bits) - 1
    return sum((int(value) & mask) << (index * bits) for index, value in enumerate(values))


def fields(word: int, bits: int, count: int) -> list[int]:
    """Return the unsigned elements of a packed vector."""
    mask = (1 << bits) - 1
    return [(word >> (index * bits)) & mask for index in range(count)]


def unpack(word: int, bits: int, count: int) -> Vector:
    """Return the signed elements of a packed vector."""
    half = 1 << (bits - 1)
    return np.array([(field ^ half) - half for field in fields(word, bits, count)], np.int64)
