"""Rounding and saturation of signed values by constant shifts: `models.number` in gates."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Mux, Value


def scaled(value: Value, places: int) -> Value:
    """Return the signed `value` * 2^places, rounded half to even where `places` is negative."""
    if places >= 0:
        return Cat(Const(0, places), value).as_signed()
    right = -places
    if right >= len(value):  # at most a half, and halves go to 0
        return Const(0, 1)
    whole, half, rest = value[right:].as_signed(), value[right - 1], value[: right - 1].any()
    return whole + (half & (rest | whole[0]))


def clipped(value: Value, limit: int) -> Value:
    """Return a value saturated at +-`limit`."""
    return Mux(value > limit, limit, Mux(value < -limit, -limit, value))


def total(values: Sequence[Value]) -> Value:
    """Return the sum of one or more values, by a tree."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return total(values[:half]) + total(values[half:])
