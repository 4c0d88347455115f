"""Compiled executor: replays a list of ops on packed memory, in the order the clock produced.

`models.replay` is its plain NumPy twin, equal bit for bit in the hardware profile.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from models.activation import CODES, TABLE_BITS
from models.burst import exact_update, update
from models.converter import Scaling
from models.kernel import draw, extend, inner
from models.read import attempt_keys, drooped, read_vector, sum_columns, sum_rows, uniform
from models.schedule import Op

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_EXACT, _SHIFT = int(Scaling.EXACT), int(Scaling.SHIFT)
_ABS_MAX, _AVERAGE = int(Scaling.ABS_MAX), int(Scaling.AVERAGE)
_RELU, _TANH, _SIGMOID = CODES["relu"], CODES["tanh"], CODES["sigmoid"]
_TABLE = 1 << TABLE_BITS
_HALF = _TABLE // 2
_F, _B = int(Op.FORWARD), int(Op.BACKWARD)
_NO_ATTEMPT = np.uint64(0)


@inner
def _drive(
    plan: Packed, m: int, side: int, sample: Any, attempt: Any, v: Array, unit: float, out: Array
) -> None:
    """Write v / unit as codes of the DAC, rounded as it rounds."""
    key = plan.reading.dac_keys[side, m]
    if plan.reading.dac_dithered:
        key = extend(extend(key, sample), attempt)
    for i in range(len(out)):
        code = v[i] / unit
        if plan.reading.dac_dithered:
            code = np.floor(code + uniform(draw(key, np.uint64(i))))
        out[i] = min(max(np.rint(code), -plan.reading.dac_limit), plan.reading.dac_limit)


@inner
def _encode(plan: Packed, state: Packed, m: int, side: int, k: int, v: Array, out: Array) -> Any:
    """Write the codes of `v` for one side of a tile; return their factor.

    `models.converter.scale_input`, with the running average of `models.network.Network.encode`.
    """
    if plan.scaling == _EXACT:
        out[:] = v[: len(out)]
        return 1.0
    largest = 0.0
    for i in range(len(out)):
        largest = max(largest, abs(v[i]))
    factor = plan.reading.fixed_factor
    if plan.scaling == _SHIFT:
        exponent = math.frexp(largest)[1] + plan.reading.exponent_offset
        if plan.integer:
            exponent = max(exponent, 0)
        factor = math.ldexp(1.0, exponent)
    elif plan.scaling in (_ABS_MAX, _AVERAGE):
        top = min(largest, plan.reading.noise_value)
        if plan.scaling == _AVERAGE:
            average = state.average[m, side]
            decay = plan.reading.noise_decay
            top = largest if average < 0.0 else average * (1.0 - decay) + decay * largest
            state.average[m, side] = top
        factor = top * plan.reading.dac_bound / plan.reading.dac_limit if top > 0.0 else 1.0
    _drive(plan, m, side, np.uint64(k), _NO_ATTEMPT, v, factor, out)
    return factor


@inner
def _activate(plan: Packed, m: int, z: float) -> tuple[float, float]:
    """Return activation and derivative of one pre-activation (models.activation.activate)."""
    kind = plan.activation[m]
    if kind == _RELU:
        return (z, plan.unit) if z > 0.0 else (0.0, 0.0)
    if kind in (_TANH, _SIGMOID):
        if plan.integer:
            index = np.rint(z * plan.table_gain[m])
            place = np.int64(min(max(index, -_HALF), _HALF - 1)) + _HALF
            return plan.values[m, place], plan.slopes[m, place]
        if kind == _TANH:
            value = math.tanh(z)
            return value, 1.0 - value * value
        value = 0.5 * (1.0 + math.tanh(0.5 * z))
        return value, value * (1.0 - value)
    return z, plan.unit


@inner
def _cross_entropy(plan: Packed, z: Array, classes: int, label: int) -> None:
    """Turn pre-activations into softmax(z) - target in place (models.loss.error)."""
    top = z[0]
    for j in range(classes):
        top = max(top, z[j])
    total = 0.0
    for j in range(classes):
        if plan.integer:
            index = np.rint((top - z[j]) * plan.exponential_gain)
            z[j] = plan.exponential[np.int64(min(index, _TABLE - 1))]
        else:
            z[j] = math.exp(z[j] - top)
        total += z[j]
    for j in range(classes):
        if plan.integer:
            z[j] = np.floor((2.0 * z[j] * plan.unit + total) / (2.0 * total))
        else:
            z[j] = z[j] / total
    z[label] -= plan.unit


@inner
def _error(plan: Packed, m: int, z: Array, classes: int, label: int) -> None:
    """Turn the last stage's pre-activations into its error in place."""
    if not plan.mse:
        _cross_entropy(plan, z, classes, label)
        return
    for j in range(classes):
        value, slope = _activate(plan, m, z[j])
        target = plan.unit if j == label else 0.0
        gradient = (value - target) * slope / plan.unit
        z[j] = np.rint(gradient) if plan.integer else gradient


@inner
def _shrink(
    plan: Packed, m: int, side: int, sample: Any, codes: Array, tried: int, shift: int, out: Array
) -> int:
    """Write a retry's smaller codes; return their halvings (models.bound.managed)."""
    bound = plan.reading.bound
    shift += 1
    if bound.jump and tried == 1:
        over, under = 0.0, 0.0
        for i in range(len(codes)):
            over += max(codes[i], 0.0)
            under -= min(codes[i], 0.0)
        while shift < bound.most and max(over, under) > math.ldexp(plan.reading.load[m], shift):
            shift += 1
    _drive(plan, m, side, sample, np.uint64(tried), codes, math.ldexp(1.0, shift), out)
    return shift


@inner
def _clips(bound: Packed, outputs: Array) -> bool:
    """Whether an output is at a rail."""
    found = False
    for j in range(len(outputs)):
        found |= outputs[j] >= bound.high or outputs[j] <= bound.low
    return found


@inner
def _read(
    plan: Packed, state: Packed, m: int, side: int, k: int, codes: Array, out: Array
) -> float:
    """Read a tile under bound management; return the outputs' reduction.

    `side` is what is driven: 0 the rows (F), 1 the columns (B). Repeated reads are counted in
    `state` (models.layer.linear.Linear).
    """
    rows, columns = plan.rows[m], plan.columns[m]
    at, sample = plan.weight_at[m], np.uint64(k)
    weights = state.weights[at : at + rows * columns].reshape(rows, columns)
    if plan.scaling == _EXACT:
        if side:
            sum_rows(weights, codes, out)
        else:
            sum_columns(weights, codes, out)
        return 1.0
    periphery = plan.reading.periphery
    if periphery.wire != 0.0:
        weights = drooped(weights, plan.exponent[m], periphery.wire)
    most = plan.reading.bound.most if side == 0 or plan.reading.bound_backward else 0
    noisy, smaller = state.work[2, : len(codes)], state.work[3, : len(codes)]
    grid, lsb, noise = plan.grid[m], plan.adc_lsb[m], plan.noise[m]
    driven = codes
    shift, tried = 0, 0
    while True:
        keys = attempt_keys(plan.reading.keys[side, m], sample, np.uint64(tried))
        read_vector(
            plan.reading.periphery, weights, side == 1, driven, noisy, keys, grid, lsb, noise, out
        )
        if shift >= most or not _clips(plan.reading.bound, out):
            break
        tried += 1
        shift = _shrink(plan, m, side, sample, codes, tried, shift, smaller)
        driven = smaller
    state.retried[m, side] = tried
    state.retries[m, side] += tried
    return math.ldexp(1.0, shift)


@inner
def _pre_activation(plan: Packed, state: Packed, m: int, k: int, codes: Array, z: Array) -> None:
    """Write z = s G'x + b of one sample into `z` (models.layer.linear)."""
    columns = plan.columns[m]
    reduction = _read(plan, state, m, 0, k, codes, z[:columns])
    factor = plan.scale[m]
    if plan.scaling != _EXACT:
        factor = plan.adc_lsb[m] * factor * state.x_factor[m, k % plan.x_depth[m]] * reduction
    for j in range(columns):
        value, bias = z[j] * factor, state.bias[plan.column_at[m] + j] / plan.bias_unit
        if plan.integer:
            value, bias = np.rint(value), np.rint(bias)
        z[j] = min(max(value + bias, -plan.limit), plan.limit)


@inner
def _forward(plan: Packed, state: Packed, m: int, k: int, image: int, slot: int) -> None:
    """Execute F of sample `k` at stage `m`; `slot` is its place in the window of logits."""
    last = len(plan.rows) - 1
    rows, columns = plan.rows[m], plan.columns[m]
    here = plan.x_at[m] + k % plan.x_depth[m] * rows
    codes = state.x[here : here + rows]
    z, value = state.work[0], state.work[1]
    if m == 0:
        for i in range(rows):
            value[i] = plan.levels[plan.pixels[image, i]]
        state.x_factor[0, k % plan.x_depth[0]] = _encode(plan, state, 0, 0, k, value, codes)
    _pre_activation(plan, state, m, k, codes, z)
    if m == last:
        state.logits[slot, :] = z[:columns]
        _error(plan, m, z, columns, plan.labels[image])
        there = plan.d_at[m] + k % plan.d_depth[m] * columns
        out = state.d[there : there + columns]
        state.d_factor[m, k % plan.d_depth[m]] = _encode(plan, state, m, 1, k, z, out)
        return
    there = plan.x_at[m + 1] + k % plan.x_depth[m + 1] * columns
    for j in range(columns):
        value[j], state.slope[there + j] = _activate(plan, m, z[j])
    out = state.x[there : there + columns]
    state.x_factor[m + 1, k % plan.x_depth[m + 1]] = _encode(plan, state, m + 1, 0, k, value, out)


@inner
def _backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k` at stage `m`; the first stage's result is nobody's input."""
    if m == 0 and not plan.reading.bound_backward:  # its retries alone are asked for
        return
    rows, columns = plan.rows[m], plan.columns[m]
    here = plan.d_at[m] + k % plan.d_depth[m] * columns
    error = state.work[0]
    reduction = _read(plan, state, m, 1, k, state.d[here : here + columns], error[:rows])
    if m == 0:
        return
    factor = plan.scale[m]
    if plan.scaling != _EXACT:
        factor = plan.adc_lsb[m] * factor * state.d_factor[m, k % plan.d_depth[m]] * reduction
    beside = plan.x_at[m] + k % plan.x_depth[m] * rows
    for i in range(rows):
        value = error[i] * factor
        if plan.integer:
            value = np.rint(value)
        value = min(max(value, -plan.limit), plan.limit) * state.slope[beside + i] / plan.unit
        error[i] = np.rint(value) if plan.integer else value
    there = plan.d_at[m - 1] + k % plan.d_depth[m - 1] * rows
    out = state.d[there : there + rows]
    state.d_factor[m - 1, k % plan.d_depth[m - 1]] = _encode(plan, state, m - 1, 1, k, error, out)


@njit(cache=True, error_model="numpy")
def run(
    plan: Packed, state: Packed, stages: Array, ops: Array, samples: Array, order: Array
) -> None:
    """Execute ops in the given order: entry i is op `ops[i]` of sample `samples[i]` at `stages[i]`.

    `order[k]` is the image of sample k modulo its length. Data go from stage to stage through the
    stashes of `state`, so an op must stand after those that make its input.
    """
    window = len(state.logits)
    for i in range(len(ops)):
        m, op, k = stages[i], ops[i], samples[i]
        if op == _F:
            _forward(plan, state, m, k, order[k % len(order)], k % window)
        elif op == _B:
            _backward(plan, state, m, k)
        elif plan.scaling == _EXACT:
            exact_update(plan, state, m, k)
        else:
            update(plan, state, m, k)
