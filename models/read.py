"""Compiled kernels of a read, equal bit for bit to `models.crossbar` and `models.periphery`.

Strict arithmetic, except in the exact sums, whose order cannot matter.
"""

from typing import Any

import numpy as np
from numba import njit

from models.kernel import draw, extend, inner, wide_normal
from models.periphery import INPUT_STEPS

Array = Any  # compiled code sees arrays and named tuples, not their static types
Packed = Any

_S11 = np.uint64(11)
_UNIT = 2.0**-53


@njit(inline="always")
def uniform(w: Any) -> Any:
    """Return `models.key.uniform`."""
    return np.float64(w >> _S11) * _UNIT


@njit(inline="always")
def within(v: Any, low: Any, high: Any) -> Any:
    """Return a number cut off at the bounds, in a form that becomes vector instructions."""
    v = low if v < low else v
    return high if v > high else v


@njit(cache=True, fastmath={"nnan", "nsz"})
def largest_of(v: Array) -> float:
    """Return the largest size of numbers."""
    found = 0.0
    for i in range(len(v)):
        size = abs(v[i])
        found = size if size > found else found
    return found


@njit(cache=True, fastmath={"reassoc", "contract"})
def sum_columns(weights: Array, x: Array, out: Array) -> None:
    """Write the exact sums over the rows, sum_i G_ij x_i, into `out`; four rows at a time."""
    rows, columns = weights.shape
    out[:columns] = 0.0
    i = 0
    while i < rows:
        at0 = at1 = at2 = at3 = 0
        x0 = x1 = x2 = x3 = 0.0
        found = 0
        while i < rows and found < 4:
            code = x[i]
            if code != 0.0:
                if found == 0:
                    at0, x0 = i, code
                elif found == 1:
                    at1, x1 = i, code
                elif found == 2:
                    at2, x2 = i, code
                else:
                    at3, x3 = i, code
                found += 1
            i += 1
        if found > 0:
            for j in range(columns):
                two = x0 * np.float64(weights[at0, j]) + x1 * np.float64(weights[at1, j])
                out[j] += two + x2 * np.float64(weights[at2, j]) + x3 * np.float64(weights[at3, j])


@njit(cache=True, fastmath={"reassoc", "contract"})
def sum_rows(weights: Array, d: Array, out: Array) -> None:
    """Write the exact sums over the columns, sum_j G_ij d_j, into `out`."""
    rows, columns = weights.shape
    for i in range(rows):
        total = 0.0
        for j in range(columns):
            total += np.float64(weights[i, j]) * d[j]
        out[i] = total


@njit(cache=True, fastmath={"reassoc", "contract"})
def sum_squares(codes: Array) -> float:
    """Return the exact sum of squares."""
    total = 0.0
    for i in range(len(codes)):
        total += codes[i] * codes[i]
    return total


@njit(cache=True)
def drooped(weights: Array, exponent: int, wire: float) -> Any:
    """Return `models.periphery.drooped`."""
    rows, columns = weights.shape
    loads = np.empty((rows, columns))
    for i in range(rows):  # beyond column j, then before it: both sums are exact
        total = 0.0
        for j in range(columns - 1, -1, -1):
            total += abs(np.float64(weights[i, j]))
            loads[i, j] = total
        for j in range(1, columns):
            loads[i, j] += loads[i, j - 1]
    up, down = np.zeros((rows + 1, columns)), np.zeros((rows + 1, columns))
    for i in range(rows - 1, -1, -1):
        for j in range(columns):
            w = np.float64(weights[i, j])
            up[i, j] = up[i + 1, j] + max(w, 0.0)
            down[i, j] = down[i + 1, j] - min(w, 0.0)
    seen = np.empty((rows, columns), np.float32)
    bias = np.float32(3.0 * 2.0**exponent)
    for i in range(rows):
        for j in range(columns):
            if i > 0:
                up[i, j] += up[i - 1, j]
                down[i, j] += down[i - 1, j]
            w = np.float64(weights[i, j])
            load = loads[i, j]
            if w != 0.0:
                load += up[i, j] if w > 0.0 else down[i, j]
            seen[i, j] = (np.float32(w / (1.0 + wire * load)) + bias) - bias
    return seen


@inner
def add_input_noise(codes: Array, key: Any, noise: float, out: Array) -> None:
    """Write `models.periphery.noisy` of one vector."""
    spread = noise * INPUT_STEPS
    for i in range(len(codes)):
        added = np.rint(spread * np.float64(wide_normal(draw(key, np.uint64(i)))))
        out[i] = codes[i] + added / INPUT_STEPS


@inner
def spread_of(p: Packed, codes: Array, noise: float) -> Any:
    """Return `models.periphery.output_spread` of one vector."""
    if p.read_noise == 0.0:
        return noise
    return np.sqrt(noise * noise + (p.read_noise * p.read_noise) * sum_squares(codes))


@inner
def convert(
    p: Packed, sums: Array, out: Array, keys: Any, grid: float, adc_lsb: float, spread: float
) -> None:
    """Turn sums into ADC codes with noise; `keys` are those of the noise and of the rounding."""
    key, rounding = keys
    step, scale, gain = spread / grid, 1.0 / grid, grid / adc_lsb
    low, high = p.low, p.high
    if p.dithered:
        for j in range(len(out)):
            noise = np.rint(step * np.float64(wide_normal(draw(key, np.uint64(j)))))
            part = uniform(draw(rounding, np.uint64(j)))
            code = np.floor((sums[j] * scale + noise) * gain + part)
            out[j] = within(code, low, high)
    elif step == 0.0:
        for j in range(len(out)):
            out[j] = within(np.rint(sums[j] * scale * gain), low, high)
    else:
        for j in range(len(out)):
            noise = np.rint(step * np.float64(wide_normal(draw(key, np.uint64(j)))))
            out[j] = within(np.rint((sums[j] * scale + noise) * gain), low, high)


@inner
def attempt_keys(tile_keys: Array, sample: Any, attempt: Any) -> Any:
    """Return the keys of one attempt from those of a tile and op: noise, input noise, rounding."""
    return (
        extend(extend(tile_keys[0], sample), attempt),
        extend(extend(tile_keys[1], sample), attempt),
        extend(extend(tile_keys[2], sample), attempt),
    )


@inner
def read_vector(
    p: Packed,
    weights: Array,
    transposed: bool,
    codes: Array,
    work: Array,
    keys: Any,
    grid: float,
    adc_lsb: float,
    noise: float,
    out: Array,
) -> None:
    """Read one vector: `models.crossbar.Crossbar.forward`, or `backward` with `transposed`.

    `weights` are as seen through the wires; `work` is scratch as long as `codes`.
    """
    driven = codes
    if p.input_noise != 0.0:
        add_input_noise(codes, keys[1], p.input_noise, work)
        driven = work
    if transposed:
        sum_rows(weights, driven, out)
    else:
        sum_columns(weights, driven, out)
    convert(p, out, out, (keys[0], keys[2]), grid, adc_lsb, spread_of(p, driven, noise))
