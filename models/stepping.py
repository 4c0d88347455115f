"""Compiled steps of the devices of one row; `models.device.array` is their plain twin.

Strict float32 in the twin's order: no fast-math and no contraction. Loops run over whole rows of
equal work, so that the compiler turns them into vector instructions.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit, typeof

from models.device.array import (
    COINCIDENCE_STRIDE,
    GAMMA_DOWN,
    GAMMA_UP,
    HALF,
    OFFSET_DOWN,
    OFFSET_UP,
    QUARTER,
    RATE_DOWN,
    RATE_UP,
    SCALE_DOWN,
    SCALE_UP,
    THIRD,
    W_MAX,
    W_MIN,
    DeviceArray,
)
from models.device.response import Shape
from models.kernel import borrowing, exp2, half_normal, mix, power
from models.key import GOLDEN

Array = Any  # compiled code sees arrays, not their static types

_LINEAR, _EXPONENTIAL, _POWER = int(Shape.LINEAR), int(Shape.EXPONENTIAL), int(Shape.POWER)
_INTEGER = int(Shape.INTEGER)
_GOLDEN = np.uint64(GOLDEN)
_STRIDE = np.uint64(COINCIDENCE_STRIDE)
_ONE, _ZERO = np.float32(1.0), np.float32(0.0)

#: Rows of the work space of one row of devices; of the first five, two may stand for another number
#: of the shape. Down steps carry their minus in `OFFSET`, `RATE` (LINEAR) or `SCALE` (others).
OFFSET, RATE, SCALE, GAMMA, LEVEL, WEIGHT, MEAN, SIGN, NEXT = range(9)
WORK = 9


class Rule(NamedTuple):
    """What all devices of a tile share; see `models.device.array.DeviceArray`."""

    shape: int
    additive: bool
    taking: int
    """`models.device.array.Taking`."""
    noise: Any
    bias: Any
    """3 * 2^e in float32: adding and subtracting it rounds to the grid (`to_grid`)."""
    coefficients: Array


def make_rule(devices: DeviceArray, aggregated: bool) -> Rule:
    """Return the rule of an array's devices."""
    shape, noise = int(devices.shape), np.float32(devices.noise)
    bias = np.float32(3.0 * 2.0**devices.exponent)
    taking = int(devices.taking(aggregated))
    return Rule(shape, devices.additive, taking, noise, bias, devices.coefficients)


#: Type of a rule in compiled code.
RULE = typeof(Rule(0, False, 0, _ONE, _ONE, np.zeros(0, np.float32)))


@njit(inline="always")
def piecewise(nodes: Array, first: Any, count: Any, q: Any) -> Any:
    """Return the nodes first .. first + count - 1 interpolated at q, clipped to 0 .. count - 1."""
    q = min(max(q, _ZERO), np.float32(count - 1))
    i = min(np.int64(q), count - 2)
    low = nodes[first + i]
    return low + (q - np.float32(i)) * (nodes[first + i + 1] - low)


@borrowing
def gather(planes: Array, weights: Array, row_sign: Any, signs: Array, work: Array) -> None:
    """Lay a row's weights and LINEAR responses into `work`, each device in its own direction.

    A device rises where `row_sign` times its column's of `signs` is 1, falls where it is -1. Both
    planes are read before one is chosen: a conditional read would not become a vector instruction.
    """
    for j in range(len(weights)):
        sign = row_sign * signs[j]
        rising, falling = planes[OFFSET_UP, j], planes[OFFSET_DOWN, j]
        work[OFFSET, j] = sign * (rising if sign > _ZERO else falling)
        rising, falling = planes[RATE_UP, j], planes[RATE_DOWN, j]
        work[RATE, j] = rising if sign > _ZERO else falling
        work[WEIGHT, j] = weights[j]
        work[SIGN, j] = sign


@borrowing
def gather_shape(planes: Array, rule: Any, work: Array) -> None:
    """Lay a row's scales into `work`; for other shapes than LINEAR also q, exponents or levels."""
    columns = planes.shape[1]
    for j in range(columns):
        sign = work[SIGN, j]
        rising, falling = planes[SCALE_UP, j], planes[SCALE_DOWN, j]
        work[SCALE, j] = sign * (rising if sign > _ZERO else falling)
    if rule.shape != _LINEAR:
        for j in range(columns):
            work[OFFSET, j] = work[SIGN, j] * work[OFFSET, j]
            work[RATE, j] = work[SIGN, j] * work[RATE, j]
    if rule.shape == _POWER:
        for j in range(columns):
            rising, falling = planes[GAMMA_UP, j], planes[GAMMA_DOWN, j]
            work[GAMMA, j] = rising if work[SIGN, j] > _ZERO else falling
    if rule.shape == _EXPONENTIAL:
        c = rule.coefficients
        for j in range(columns):
            work[GAMMA, j] = c[0] if work[SIGN, j] > _ZERO else c[2]
            work[LEVEL, j] = c[1] if work[SIGN, j] > _ZERO else c[3]


@borrowing
def fill(words: Array, base: Any) -> None:
    """Write the words of consecutive counters; `base` is key + (counter + 1) golden."""
    for p in range(len(words)):
        words[p] = mix(base + np.uint64(p) * _GOLDEN)


@borrowing
def fill_each(halves: Array, bases: Array, c: Any) -> None:
    """Write half a word a device: of coincidence `c` after that which `bases` stand for.

    `bases`, shape (2, devices): key + (counter + 1) golden, and which half by its shift.
    """
    base, shift, ahead = bases[0], bases[1], np.uint64(c) * _STRIDE * _GOLDEN
    for k in range(bases.shape[1]):
        halves[k] = np.uint32(mix(base[k] + ahead) >> shift[k])


@borrowing
def linear_lanes(
    w: Array,
    out: Array,
    work: Array,
    planes: Array,
    counts: Array,
    halves: Array,
    c: Any,
    noise: Any,
) -> None:
    """Write the weights `w` after one step of LINEAR shape of devices with more than `c` to take.

    `out` is other memory than `w`: else the last line would become a masked store, which is slow.
    """
    low, high = planes[W_MIN], planes[W_MAX]
    offset, rate = work[OFFSET], work[RATE]
    for j in range(len(w)):
        v = w[j]
        moved = v + (offset[j] - rate[j] * v) * (_ONE + noise * half_normal(halves[j]))
        moved = low[j] if moved < low[j] else moved
        moved = high[j] if moved > high[j] else moved
        out[j] = moved if counts[j] > c else v


@borrowing
def mean_lanes(w: Array, work: Array, rule: Any) -> None:
    """Write every device's signed mean step at its weight `w` into `work`."""
    offset, rate, scale, gamma = work[OFFSET], work[RATE], work[SCALE], work[GAMMA]
    level, mean = work[LEVEL], work[MEAN]
    if rule.shape == _LINEAR:
        for j in range(len(w)):
            mean[j] = offset[j] - rate[j] * w[j]
    elif rule.shape == _EXPONENTIAL:
        for j in range(len(w)):
            size = max(gamma[j] + level[j] * exp2(offset[j] - rate[j] * w[j]), _ZERO)
            mean[j] = scale[j] * size
    elif rule.shape == _POWER:
        for j in range(len(w)):
            mean[j] = scale[j] * power(offset[j] - rate[j] * w[j], gamma[j])
    elif rule.shape == _INTEGER:
        unit = np.float64(rule.coefficients[0])
        whole = 1.0 / unit
        for j in range(len(w)):
            q = np.float64(offset[j] - rate[j] * w[j])
            mean[j] = np.float32(np.rint(np.float64(scale[j]) * q * whole) * unit)
    else:
        nodes, count = rule.coefficients, len(rule.coefficients) // 2
        for j in range(len(w)):
            first = 0 if work[SIGN, j] > _ZERO else count
            mean[j] = scale[j] * piecewise(nodes, first, count, offset[j] - rate[j] * w[j])


@borrowing
def move_lanes(
    w: Array,
    out: Array,
    work: Array,
    planes: Array,
    counts: Array,
    halves: Array,
    c: Any,
    rule: Any,
) -> None:
    """Write the weights `w` after the mean step and its noise; see `linear_lanes`."""
    low, high, noise = planes[W_MIN], planes[W_MAX], rule.noise
    mean, scale = work[MEAN], work[SCALE]
    for j in range(len(w)):
        xi = half_normal(halves[j])
        if rule.additive:
            moved = w[j] + (mean[j] + scale[j] * (noise * xi))
        else:
            moved = w[j] + mean[j] * (_ONE + noise * xi)
        moved = low[j] if moved < low[j] else moved
        moved = high[j] if moved > high[j] else moved
        out[j] = moved if counts[j] > c else w[j]


@borrowing
def single_row(
    weights: Array,
    planes: Array,
    counts: Array,
    row_sign: Any,
    signs: Array,
    halves: Array,
    rule: Any,
) -> None:
    """Move devices of LINEAR shape by their first coincidence; round those that have no other."""
    low, high, noise, bias = planes[W_MIN], planes[W_MAX], rule.noise, rule.bias
    for j in range(len(weights)):
        sign, v, count = row_sign * signs[j], weights[j], counts[j]
        rising, falling = planes[OFFSET_UP, j], planes[OFFSET_DOWN, j]
        offset = sign * (rising if sign > _ZERO else falling)
        rising, falling = planes[RATE_UP, j], planes[RATE_DOWN, j]
        rate = rising if sign > _ZERO else falling
        moved = v + (offset - rate * v) * (_ONE + noise * half_normal(halves[j]))
        moved = low[j] if moved < low[j] else moved
        moved = high[j] if moved > high[j] else moved
        moved = moved if count > 0 else v
        rounded = (moved + bias) - bias
        weights[j] = moved if count > 1 else rounded


@borrowing
def constant_row(
    weights: Array,
    planes: Array,
    counts: Array,
    row_sign: Any,
    signs: Array,
    halves: Array,
    rule: Any,
) -> None:
    """Move devices of constant steps by all their coincidences at once, and round them."""
    low, high, noise, bias = planes[W_MIN], planes[W_MAX], rule.noise, rule.bias
    for j in range(len(weights)):
        sign, v, count = row_sign * signs[j], weights[j], counts[j]
        rising, falling = planes[OFFSET_UP, j], planes[OFFSET_DOWN, j]
        offset = sign * (rising if sign > _ZERO else falling)
        n = np.float32(count)
        moved = v + offset * (n + noise * np.sqrt(n) * half_normal(halves[j]))
        moved = low[j] if moved < low[j] else moved
        moved = high[j] if moved > high[j] else moved
        moved = moved if count > 0 else v
        weights[j] = (moved + bias) - bias


@njit(inline="always")
def combined(count: Any, rate: Any, noise: Any, xi: Any) -> Any:
    """Return what the first step's mean is multiplied by for `count` coincidences at once."""
    n = np.float32(count)
    first = n * rate - rate
    second = first - rate
    third = second - rate
    reach = n * (_ONE - HALF * first * (_ONE - THIRD * second * (_ONE - QUARTER * third)))
    keep = _ONE - first * (_ONE - HALF * second * (_ONE - THIRD * third))
    return reach + noise * np.sqrt(n) * keep * xi


@borrowing
def aggregate_row(
    weights: Array,
    planes: Array,
    counts: Array,
    row_sign: Any,
    signs: Array,
    halves: Array,
    rule: Any,
    limit: Any,
) -> Any:
    """Move devices by all their coincidences at once, and round them; return whether some stay.

    Those stay whose coincidences times their rate are above `limit`.
    """
    low, high, noise, bias = planes[W_MIN], planes[W_MAX], rule.noise, rule.bias
    most = np.int32(0)
    for j in range(len(weights)):
        sign, v, count = row_sign * signs[j], weights[j], counts[j]
        rising, falling = planes[OFFSET_UP, j], planes[OFFSET_DOWN, j]
        offset = sign * (rising if sign > _ZERO else falling)
        rising, falling = planes[RATE_UP, j], planes[RATE_DOWN, j]
        rate = rising if sign > _ZERO else falling
        moved = v + (offset - rate * v) * combined(count, rate, noise, half_normal(halves[j]))
        moved = low[j] if moved < low[j] else moved
        moved = high[j] if moved > high[j] else moved
        moved = moved if count > 0 else v
        part = np.float32(np.float32(count) * abs(rate))
        moved = moved if part <= limit else v
        bits = part.view(np.int32)  # not negative: ordered as the numbers are
        most = bits if bits > most else most
        weights[j] = (moved + bias) - bias
    return most > np.float32(limit).view(np.int32)


@borrowing
def together(planes: Array, j: int, up: bool, left: Any) -> Any:
    """Return `models.device.array.DeviceArray.together` of one device."""
    rate = abs(planes[RATE_UP, j] if up else planes[RATE_DOWN, j])
    if np.float32(left) * rate <= QUARTER:
        return left
    return min(max(np.int64(QUARTER / rate), np.int64(1)), left)
