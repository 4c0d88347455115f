"""Compiled update of one sample: slots, pulse words, the array and the bias."""

from typing import Any

import numpy as np
from numba import njit

from models.coincidence import pulse_update
from models.drawn import drawn_update
from models.kernel import extend, inner
from models.outer import compiled_gain, outer_rows
from models.pulsing import TYPES
from models.share import drive
from models.stepping import Rule
from models.tally import count_words
from models.word import line_words

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_BINOMIAL, _IDEAL = TYPES["binomial"], TYPES["ideal"]


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


@inner
def _array(plan: Packed, state: Packed, m: int) -> Any:
    """Return weights and planes of a stage, shapes (rows, columns) and (rows, P, columns)."""
    rows, columns, count = plan.rows[m], plan.columns[m], plan.planes
    at, end = plan.weight_at[m], plan.weight_at[m] + rows * columns
    weights = state.weights[at:end].reshape(rows, columns)
    return weights, plan.devices[count * at : count * end].reshape(rows, count, columns)


@inner
def _rule(plan: Packed, m: int) -> Any:
    aggregated, noise = plan.aggregated[m] != 0, plan.step_noise
    bias = np.float32(3.0 * 2.0 ** plan.exponent[m])
    return Rule(plan.shape, plan.additive, aggregated, noise, bias, plan.coefficients)


@inner
def _tally(plan: Packed, state: Packed, m: int) -> Any:
    """Return a stage's counts of coincidences, flat; empty where they are not counted."""
    at = plan.weight_at[m]
    end = at + plan.rows[m] * plan.columns[m] if plan.pulsing.counted else at
    return state.coincidences[at:end]


@inner
def _drawn(
    plan: Packed,
    state: Packed,
    m: int,
    k: int,
    x: Array,
    rows: Array,
    d: Array,
    columns: Array,
    slots: int,
) -> Any:
    """Apply drawn coincidences to the array of a stage; return their number."""
    full = float(1 << plan.pulsing.comparator_bits)
    keys = (
        extend(plan.update_key[m], np.uint64(k)),
        extend(plan.pulsing.count_key[m], np.uint64(k)),
    )
    weights, planes = _array(plan, state, m)
    chances, tally = (rows / full, columns / full), _tally(plan, state, m)
    return drawn_update(weights, planes, _rule(plan, m), x, d, chances, slots, keys, tally)


@inner
def _pulsed(
    plan: Packed,
    state: Packed,
    m: int,
    k: int,
    x: Array,
    rows: Array,
    d: Array,
    columns: Array,
    slots: int,
) -> Any:
    """Apply pulse words to the array of a stage; return the pulses and the coincidences."""
    pulsing = plan.pulsing
    row_lines = (plan.row_at[m], plan.row_at[m] + len(x))
    column_lines = (plan.column_at[m], plan.column_at[m] + len(d))
    xw, dw = np.zeros(len(x), np.uint64), np.zeros(len(d), np.uint64)
    sent = line_words(pulsing, False, m, k, row_lines, state.row_registers, rows, slots, xw)
    sent += line_words(
        pulsing, True, m, k, column_lines, state.column_registers, columns, slots, dw
    )
    if pulsing.counted:
        row_pulses = state.row_pulses[row_lines[0] : row_lines[1]]
        column_pulses = state.column_pulses[column_lines[0] : column_lines[1]]
        count_words(row_pulses, column_pulses, _tally(plan, state, m), xw, dw)
    xs, ds = np.zeros(len(x), np.uint8), np.zeros(len(d), np.uint8)
    for i in range(len(x)):
        xs[i] = x[i] < 0.0
    for j in range(len(d)):
        ds[j] = d[j] > 0.0
    weights, planes = _array(plan, state, m)
    key = extend(plan.update_key[m], np.uint64(k))
    return sent, pulse_update(weights, planes, _rule(plan, m), xw, xs, dw, ds, key)


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
    sent, steps = 0, 0
    if pulsing.kind == _IDEAL:
        gain = compiled_gain(plan.amplitude[m, rate], x_factor, d_factor, pulsing.dw_min)
        weights, planes = _array(plan, state, m)
        outer_rows(weights, planes, plan.exponent[m], x, d, gain)
    elif pulsing.kind == _BINOMIAL:
        steps = _drawn(plan, state, m, k, x, row_limits, d, column_limits, slots)
    else:
        sent, steps = _pulsed(plan, state, m, k, x, row_limits, d, column_limits, slots)
    if plan.biased[m]:
        _update_bias(plan, state, m, d, d_factor, plan.bias_rate[rate])
    state.counters[m, 0] += slots
    state.counters[m, 1] += sent
    state.counters[m, 2] += steps
    state.used[m] = slots
