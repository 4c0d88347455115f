"""Compiled update management, equal bit for bit to its twin in `models.management`."""

import math
from typing import Any

import numpy as np

from models.kernel import inner
from models.update import MOST_SLOTS

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_MOST_PLACES = 48


@inner
def _largest(codes: Array) -> int:
    top = 0.0
    for code in codes:
        top = max(top, abs(code))
    return int(top)


@inner
def _length(value: int) -> int:
    """Return the bit length of an integer, 0 or above."""
    return math.frexp(float(value))[1] if value else 0


@inner
def _shift_limits(codes: Array, largest: int, shift: int, bits: int, limits: Array) -> None:
    """Write `models.management.thresholds`."""
    places, full = bits - _length(largest) - shift, np.int64(1) << bits
    for i in range(len(codes)):
        size = np.int64(abs(codes[i]))
        if places >= 0:
            limits[i] = min(size << min(places, _MOST_PLACES), full)
        else:
            limits[i] = min(size >> min(-places, 63), full)


@inner
def _integer_drive(
    pulsing: Packed, x: Array, d: Array, pair: Any, amplitude: float, rows: Array, columns: Array
) -> Any:
    """Write `models.management.integer_drive`; `pair` are both vectors' factors."""
    top_x, top_d, bl = _largest(x), _largest(d), pulsing.bl
    if top_x == 0 or top_d == 0:
        return 0
    exponent = math.frexp(amplitude * pair[0] * pair[1])[1] - 1
    excess = -(_length(top_x) + _length(top_d) + exponent)
    fewest = 0 if pulsing.bl_managed else _length(bl) - 1
    slots = min(1 << min(max(-excess, fewest), 6), bl)
    rounds = _length(slots - 1)
    if pulsing.managed:
        rest = max(excess + rounds, 0) if slots & (slots - 1) == 0 else 0
        row_shift, column_shift = (rest + 1) // 2, rest // 2
    else:
        x_exponent, d_exponent = math.frexp(pair[0])[1] - 1, math.frexp(pair[1])[1] - 1
        rest = exponent - x_exponent - d_exponent - rounds
        row_shift = -(_length(top_x) + x_exponent - (-rest // 2))
        column_shift = -(_length(top_d) + d_exponent + rest // 2)
    _shift_limits(x, top_x, row_shift, pulsing.comparator_bits, rows)
    _shift_limits(d, top_d, column_shift, pulsing.comparator_bits, columns)
    return slots


@inner
def _bounded(wanted: float) -> float:
    """Return `models.management.bounded`."""
    return min(wanted, 2.0**200) if wanted > 2.0**-200 else 0.0


@inner
def _real_limits(codes: Array, largest: int, chance: float, full: float, limits: Array) -> None:
    for i in range(len(codes)):
        limits[i] = np.int64(min(np.rint(abs(codes[i]) * (chance / largest * full)), full))


@inner
def _real_drive(
    pulsing: Packed, x: Array, d: Array, pair: Any, amplitude: float, rows: Array, columns: Array
) -> Any:
    """Write `models.management.real_drive`; `pair` are both vectors' factors."""
    top_x, top_d = _largest(x), _largest(d)
    scale, slots = pulsing.grad_scale, pulsing.bl
    wanted = _bounded(amplitude * pair[0] * pair[1] * top_x * top_d)
    needed = _bounded(wanted * scale)
    if needed == 0.0:
        return 0
    if pulsing.bl_managed:
        slots = int(min(np.ceil(needed), float(pulsing.bl)))
    elif not pulsing.fixed and amplitude > pulsing.bl:
        slots = int(min(np.ceil(amplitude), float(MOST_SLOTS)))
        amplitude = float(slots)
    if pulsing.managed:
        wanted = _bounded(amplitude * pair[0] * pair[1] * top_x * top_d)
        row = math.sqrt(min(_bounded(wanted * scale), float(slots)) / slots)
        column = wanted / slots / row
    else:
        both = math.sqrt(amplitude / slots)
        row, column = _bounded(both * pair[0] * top_x), _bounded(both * pair[1] * top_d)
    full = float(1 << pulsing.comparator_bits)
    _real_limits(x, top_x, row, full, rows)
    _real_limits(d, top_d, column, full, columns)
    return slots


@inner
def drive(
    pulsing: Packed,
    integer: bool,
    x: Array,
    d: Array,
    pair: Any,
    amplitude: float,
    rows: Array,
    columns: Array,
) -> Any:
    """Write both sides' thresholds; return the slots (models.management.Drive).

    `amplitude` is lr / (s dw_min) in digital units, `pair` the factors of x and d; `rows` and
    `columns` come in as zeros.
    """
    if integer:
        return _integer_drive(pulsing, x, d, pair, amplitude, rows, columns)
    return _real_drive(pulsing, x, d, pair, amplitude, rows, columns)
