"""Pulse trains of a transfer: one row fires in every slot, the columns carry what is wanted.

A column that wants c coincidences fires with probability c / slots. With pulses managed the slots
are no more than the largest c asks for; in the hardware profile they are a power of two.
"""

from math import ceil, frexp
from typing import Any

import numpy as np

from models.converter import Vectors
from models.kernel import inner
from models.number import Integers
from models.update import Update

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


def slots_of(update: Update, largest: float, integer: bool) -> int:
    """Return the slots of a train whose columns want at most `largest` coincidences."""
    most = update.bl
    if integer:
        most = 1 << (most.bit_length() - 1)
    if largest <= 0.0:
        return 0
    if not update.update_bl_management:
        return most
    if not integer:
        return int(min(ceil(min(largest, float(most))), most))
    fraction, exponent = frexp(min(largest, float(most)))
    return min(1 << max(exponent - (fraction == 0.5), 0), most)


def train(update: Update, wanted: Vectors, gain: float, integer: bool) -> tuple[int, Integers]:
    """Return slots and the columns' thresholds, in units of 2^-comparator_bits.

    `wanted` times `gain` are expected coincidences, in either direction.
    """
    slots = slots_of(update, float(np.abs(wanted).max(initial=0.0)) * gain, integer)
    if slots == 0:
        return 0, np.zeros(len(wanted), np.int64)
    full = float(1 << update.comparator_bits)
    limits = np.minimum(np.rint(np.abs(wanted) * (gain / slots * full)), full)
    return slots, limits.astype(np.int64)


@inner
def _slots(pulsing: Packed, largest: float, integer: bool) -> Any:
    """Return `slots_of`."""
    most = np.int64(pulsing.bl)
    if integer:
        while most & (most - 1):
            most &= most - 1
    if largest <= 0.0:
        return np.int64(0)
    if not pulsing.bl_managed:
        return most
    if not integer:
        return min(np.int64(np.ceil(min(largest, float(most)))), most)
    slots = np.int64(1)
    while float(slots) < largest and slots < most:
        slots *= 2
    return slots


@inner
def compiled_train(
    pulsing: Packed, wanted: Array, gain: float, integer: bool, limits: Array
) -> Any:
    """Write the thresholds of `train`; return its slots."""
    top = 0.0
    for j in range(len(wanted)):
        top = max(top, abs(wanted[j]))
    slots = _slots(pulsing, top * gain, integer)
    limits[:] = 0
    if slots == 0:
        return slots
    full = float(1 << pulsing.comparator_bits)
    share = gain / slots * full
    for j in range(len(wanted)):
        limits[j] = np.int64(min(np.rint(abs(wanted[j]) * share), full))
    return slots
