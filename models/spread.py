"""Ordered pulse trains: no randomness, coincidences as even as whole slots allow.

Row i fires in its first A = floor(slots p + u) slots; column j fires in slot t where
floor((t + 1) q + v) is above floor(t q + v). The coincidences are floor(A q + v): within 1 + q of
slots p q, and slots p q on average over u and v in [0, 1). Every update takes the next point (u, v)
of the two-dimensional Sobol sequence, so that any 4^n updates that begin at a multiple of it meet
every pair of n-bit phases once; a line's own phase is that one with the bits of its reversed number
exchanged, which spreads the lines and keeps the property.
"""

import numpy as np
import numpy.typing as npt

from models.number import Integers

WordArray = npt.NDArray[np.uint64]

#: Bits of a phase; updates are counted modulo 2^32.
PHASE_BITS = 32
_PHASES = (1 << PHASE_BITS) - 1


def reverse(number: int) -> int:
    """Return the low 32 bits of a number in reversed order: van der Corput's sequence."""
    return int(f"{number & _PHASES:032b}"[::-1], 2)


def pascal(number: int) -> int:
    """Return the second coordinate of Sobol's sequence, in units of 2^-32.

    Its direction numbers are v(0) = 1/2, v(i) = v(i-1) xor v(i-1)/2: the primitive polynomial x + 1
    (Sobol' 1967; Bratley & Fox, ACM TOMS 14:88, 1988).
    """
    found, direction = 0, 1 << (PHASE_BITS - 1)
    for bit in range(PHASE_BITS):
        if number >> bit & 1:
            found ^= direction
        direction ^= direction >> 1
    return found


def line_phases(phase: int, lines: int, bits: int) -> Integers:
    """Return the phase of each line in units of 2^-bits, from the side's one of 32 bits."""
    shifts = np.array([reverse(line) >> (PHASE_BITS - bits) for line in range(lines)], np.int64)
    return np.asarray((phase >> (PHASE_BITS - bits)) ^ shifts)


def row_words(limits: Integers, phases: Integers, slots: int, bits: int) -> WordArray:
    """Return trains that fire in their first floor(slots p + u) slots; limits are p in 2^-bits."""
    fires = (slots * limits + phases) >> bits
    return np.asarray((np.uint64(1) << fires.astype(np.uint64)) - np.uint64(1))


def column_words(limits: Integers, phases: Integers, slots: int, bits: int) -> WordArray:
    """Return trains whose first t slots hold floor(t q + v) pulses; limits are q in 2^-bits."""
    words = np.zeros(len(limits), np.uint64)
    for slot in range(slots):
        before, after = (((slot + i) * limits + phases) >> bits for i in (0, 1))
        words |= (after > before).astype(np.uint64) << np.uint64(slot)
    return words
