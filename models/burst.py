"""Compiled update of one sample: slots, pulse words, the array and the bias."""

from typing import Any

import numpy as np
from numba import njit

from models.coincidence import pulse_update
from models.kernel import extend, inner
from models.share import drive
from models.stepping import Rule
from models.tally import count_words
from models.word import line_words

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def _update_bias(plan: Packed, state: Packed, m: int, d: Array, factor: float, rate: float) -> None:
    """Subtract the rate times the error from the bias (models.algorithm.analog_sgd.update_bias)."""
    gain = factor * rate * plan.bias_unit
    limit = plan.limit * plan.bias_unit
    for j in range(len(d)):
        at = plan.column_at[m] + j
        change = d[j] * gain
        if plan.integer:
            change = np.rint(change)
        state.bias[at] = min(max(state.bias[at] - change, -limit), limit)


@inner
def _stash(plan: Packed, state: Packed, m: int, k: int) -> Any:
    """Return a sample's stashed inputs and errors at a stage, with their factors."""
    x_slot, d_slot = k % plan.x_depth[m], k % plan.d_depth[m]
    x_at = plan.x_at[m] + x_slot * plan.rows[m]
    d_at = plan.d_at[m] + d_slot * plan.columns[m]
    x, d = state.x[x_at : x_at + plan.rows[m]], state.d[d_at : d_at + plan.columns[m]]
    return x, state.x_factor[m, x_slot], d, state.d_factor[m, d_slot]


@inner
def exact_update(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute U of digital SGD (models.algorithm.digital_sgd.update)."""
    x, _, d, _ = _stash(plan, state, m, k)
    rate = int(k >= plan.decay_from)
    at = plan.weight_at[m]
    for i in range(len(x)):
        step = x[i] * plan.amplitude[m, rate]
        if step != 0.0:
            for j in range(len(d)):
                w = at + i * len(d) + j
                state.weights[w] = state.weights[w] - np.float32(step * d[j])
    if plan.biased[m]:
        _update_bias(plan, state, m, d, 1.0, plan.bias_rate[rate])


@njit(cache=True, error_model="numpy")
def update(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute U of Analog SGD (models.algorithm.analog_sgd.update)."""
    x, x_factor, d, d_factor = _stash(plan, state, m, k)
    rows, columns = len(x), len(d)
    rate = int(k >= plan.decay_from)
    pulsing, pair = plan.pulsing, (x_factor, d_factor)
    row_limits, column_limits = np.zeros(rows, np.int64), np.zeros(columns, np.int64)
    slots = drive(
        pulsing, plan.integer, x, d, pair, plan.amplitude[m, rate], row_limits, column_limits
    )
    row_lines = (plan.row_at[m], plan.row_at[m] + rows)
    column_lines = (plan.column_at[m], plan.column_at[m] + columns)
    xw, dw = np.zeros(rows, np.uint64), np.zeros(columns, np.uint64)
    sent = line_words(pulsing, False, m, k, row_lines, state.row_registers, row_limits, slots, xw)
    sent += line_words(
        pulsing, True, m, k, column_lines, state.column_registers, column_limits, slots, dw
    )
    if pulsing.counted:
        at = plan.weight_at[m]
        count_words(
            state.row_pulses[row_lines[0] : row_lines[1]],
            state.column_pulses[column_lines[0] : column_lines[1]],
            state.coincidences[at : at + rows * columns],
            xw,
            dw,
        )
    steps = _pulse(plan, state, m, k, xw, x, dw, d)
    if plan.biased[m]:
        _update_bias(plan, state, m, d, d_factor, plan.bias_rate[rate])
    state.counters[m, 0] += slots
    state.counters[m, 1] += sent
    state.counters[m, 2] += steps
    state.used[m] = slots


@inner
def _pulse(
    plan: Packed, state: Packed, m: int, k: int, xw: Array, x: Array, dw: Array, d: Array
) -> int:
    """Apply the words to the array of a stage; return the coincidences."""
    rows, columns = len(x), len(d)
    at, size = plan.weight_at[m], rows * columns
    xs, ds = np.zeros(rows, np.uint8), np.zeros(columns, np.uint8)
    for i in range(rows):
        xs[i] = x[i] < 0.0
    for j in range(columns):
        ds[j] = d[j] > 0.0
    weights = state.weights[at : at + size].reshape(rows, columns)
    count = plan.planes
    planes = plan.devices[count * at : count * (at + size)].reshape(rows, count, columns)
    rule = Rule(
        plan.shape,
        plan.additive,
        plan.aggregated[m] != 0,
        plan.step_noise,
        plan.exponent[m],
        plan.coefficients,
    )
    key = extend(plan.update_key[m], np.uint64(k))
    return pulse_update(weights, planes, rule, xw, xs, dw, ds, key)
