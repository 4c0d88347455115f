"""Compiled kernels of the crossbar, equal bit for bit to their twin in `models.crossbar`.

Strict arithmetic: no fast-math and no contraction, except in the exact sums, whose order cannot
matter.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numba import cfunc, njit, types
from numba.extending import intrinsic

from models.compiled import drop_stale
from models.function import EXP2, LEAST, LOG2, MANTISSA, MOST, ONE_BITS, SQRT2
from models.key import BYTE_SCALE, C1, C3, C5, C7, GOLDEN, HALF_SQRT2

Array = Any  # compiled code sees arrays, not their static types

_LEAN: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_LEAN["error_model"] = "numpy"  # a division by zero gives what NumPy gives
#: Compiles a function that only compiled code calls: without its wrappers, in less time.
inner: Callable[[Any], Any] = njit(cache=True, **_LEAN)
_BORROWING: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
#: Compiles a function that makes no array, without counting who holds those it is given: several
#: hundred cycles a call.
borrowing: Callable[[Any], Any] = njit(cache=True, **_BORROWING)
#: Compiles a function that does, also where one that borrows calls it.
owning: Callable[[Any], Any] = njit(cache=True, **_BORROWING | {"_nrt": True})
#: As `borrowing`, called by address: takes the signature.
by_address: Callable[[Any], Any] = partial(cfunc, cache=True, **_BORROWING)
#: As `owning`, called by address: takes the signature.
own_code: Callable[[Any], Any] = partial(cfunc, cache=True, error_model="numpy")

_GOLDEN = np.uint64(GOLDEN)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BYTE, _LOW = np.uint64(255), np.uint64(0xFFFFFFFF)
_S8, _S16, _S24, _S32 = np.uint64(8), np.uint64(16), np.uint64(24), np.uint64(32)
_S27, _S30, _S31 = np.uint64(27), np.uint64(30), np.uint64(31)
_ONE = np.uint64(1)
_MIDDLE = np.float32(510.0)
_EVEN = np.uint32(0x00FF00FF)


@inner
def _kept() -> None:
    """Do nothing; where this would be kept, all compiled code of the folder is."""


drop_stale(Path(__file__).parent, Path(_kept.stats.cache_path))


def _popcount(_typing: Any, word: Any) -> Any:
    del word

    def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), build


#: Returns the number of set bits of a 64-bit word, by an instruction where the processor has one.
popcount: Any = intrinsic(_popcount)


@njit(inline="always")
def mix(v: Any) -> Any:
    """Return `models.key.mix64` of a word."""
    v = (v ^ (v >> _S30)) * _MIX1
    v = (v ^ (v >> _S27)) * _MIX2
    return v ^ (v >> _S31)


@njit(inline="always")
def extend(key: Any, part: Any) -> Any:
    """Return `models.key.extend`."""
    return mix(key + _GOLDEN + part)


@njit(inline="always")
def draw(key: Any, counter: Any) -> Any:
    """Return `models.key.draw`."""
    return mix(key + (counter + _ONE) * _GOLDEN)


@njit(inline="always")
def normal(w: Any) -> Any:
    """Return `models.key.normal`."""
    total = (w & _BYTE) + ((w >> _S8) & _BYTE) + ((w >> _S16) & _BYTE) + ((w >> _S24) & _BYTE)
    u = (np.float32(np.int32(total)) - _MIDDLE) * BYTE_SCALE
    u2 = u * u
    return u * (C1 + u2 * (C3 + u2 * (C5 + u2 * C7)))


@njit(inline="always")
def half_normal(w: Any) -> Any:
    """Return `models.key.normal` of a word of 32 bits; two bytes are added at once."""
    pairs = (w & _EVEN) + ((w >> np.uint32(8)) & _EVEN)
    total = (pairs + (pairs >> np.uint32(16))) & np.uint32(0xFFFF)
    u = (np.float32(np.int32(total)) - _MIDDLE) * BYTE_SCALE
    u2 = u * u
    return u * (C1 + u2 * (C3 + u2 * (C5 + u2 * C7)))


@njit(inline="always")
def wide_normal(w: Any) -> Any:
    """Return `models.key.wide_normal`."""
    return (normal(w & _LOW) + normal(w >> _S32)) * HALF_SQRT2


@njit(inline="always")
def exp2(x: Any) -> Any:
    """Return `models.function.exp2` of one number."""
    x = LEAST if x < LEAST else x
    x = MOST if x > MOST else x
    whole = np.rint(x)
    t = x - whole
    total = EXP2[4] + t * (EXP2[5] + t * (EXP2[6] + t * EXP2[7]))
    total = EXP2[0] + t * (EXP2[1] + t * (EXP2[2] + t * (EXP2[3] + t * total)))
    return total * np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)


@njit(inline="always")
def log2(x: Any) -> Any:
    """Return `models.function.log2` of one number."""
    bits = np.float32(x).view(np.int32)
    m = np.int32((bits & np.int32(MANTISSA)) | np.int32(ONE_BITS)).view(np.float32)
    high = m > SQRT2
    m = m * (np.float32(0.5) if high else np.float32(1.0))
    exponent = np.int32((bits >> np.int32(23)) - np.int32(126 if high else 127))
    t = (m - np.float32(1.0)) / (m + np.float32(1.0))
    u = t * t
    total = LOG2[0] + u * (LOG2[1] + u * (LOG2[2] + u * (LOG2[3] + u * LOG2[4])))
    return np.float32(exponent) + t * total


@njit(inline="always")
def power(base: Any, gamma: Any) -> Any:
    """Return `models.function.power` of two numbers."""
    tiny = np.float32(2.0**-126)
    raised = exp2(gamma * log2(base if base > tiny else tiny))
    return raised if base >= tiny else np.float32(0.0)
