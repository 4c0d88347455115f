"""Compiled update of one sample: registers, pulse words, the array and the bias."""

import math
from typing import Any

import numpy as np
from numba import njit

from models.kernel import extend, inner, popcount, pulse_update

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_ONE = np.uint64(1)


@njit(cache=True)
def linear_map(matrix: Array, state: Any) -> Any:
    """Return `models.lfsr.apply`."""
    out = np.uint64(0)
    for i in range(len(matrix)):
        out |= np.uint64(popcount(matrix[i] & state) & 1) << np.uint64(i)
    return out


@njit(cache=True)
def side_words(
    masks: Array, registers: Array, slot_step: Array, limits: Array, slots: int, words: Array
) -> int:
    """Write the pulse word of each line; return the pulses. `registers` stay as found."""
    shared = len(registers) == 1
    words[:] = np.uint64(0)
    bits = masks.shape[1]
    state = registers.copy()
    pulses = 0
    for slot in range(slots):
        for line in range(len(limits)):
            if limits[line] == 0:
                continue
            seen = state[0] if shared else state[line]
            number = 0
            for bit in range(bits):
                number |= (popcount(masks[line, bit] & seen) & 1) << bit
            if number < limits[line]:
                words[line] |= _ONE << np.uint64(slot)
                pulses += 1
        if slot + 1 < slots:
            for i in range(len(state)):
                state[i] = linear_map(slot_step, state[i])
    return pulses


@inner
def _largest(codes: Array) -> int:
    top = 0.0
    for code in codes:
        top = max(top, abs(code))
    return int(top)


@inner
def _shift_limits(codes: Array, largest: int, shift: int, bits: int, limits: Array) -> None:
    """Write `models.pulse.thresholds`."""
    places = bits - math.frexp(float(largest))[1] - shift
    for i in range(len(codes)):
        size = np.int64(abs(codes[i]))
        limits[i] = size << places if places >= 0 else size >> min(-places, 63)


@inner
def _integer_plan(
    plan: Packed, x: Array, d: Array, amplitude: float, rows: Array, columns: Array
) -> int:
    """Write both sides' thresholds; return the slots (models.pulse.split)."""
    top_x, top_d = _largest(x), _largest(d)
    if top_x == 0 or top_d == 0:
        return 0
    exponent = math.frexp(amplitude)[1] - 1
    excess = -(math.frexp(float(top_x))[1] + math.frexp(float(top_d))[1] + exponent)
    row_shift, column_shift = 0, 0
    slots = 1
    if excess > 0:
        row_shift, column_shift = (excess + 1) // 2, excess // 2
    else:
        slots = min(1 << min(-excess, 6), plan.bl)
    _shift_limits(x, top_x, row_shift, plan.comparator_bits, rows)
    _shift_limits(d, top_d, column_shift, plan.comparator_bits, columns)
    return slots


@inner
def _real_plan(
    plan: Packed, x: Array, d: Array, amplitude: float, rows: Array, columns: Array
) -> int:
    """Write both sides' thresholds; return the slots (models.pulse.PulseTranslator.real_words)."""
    top_x, top_d = _largest(x), _largest(d)
    wanted = amplitude * top_x * top_d
    wanted = min(wanted, 2.0**200) if wanted > 2.0**-200 else 0.0  # models.pulse.bounded
    slots = int(min(np.ceil(wanted), float(plan.bl)))
    if slots == 0:
        return 0
    full = float(1 << plan.comparator_bits)
    part = math.sqrt(min(wanted, float(slots)) / slots)
    for i in range(len(x)):
        rows[i] = np.int64(min(np.rint(abs(x[i]) * (part / top_x * full)), full))
    for j in range(len(d)):
        columns[j] = np.int64(
            min(np.rint(abs(d[j]) * (wanted / slots / part / top_d * full)), full)
        )
    return slots


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
    amplitude = plan.amplitude[m, rate] * x_factor * d_factor
    row_limits, column_limits = np.zeros(rows, np.int64), np.zeros(columns, np.int64)
    if plan.integer:
        slots = _integer_plan(plan, x, d, amplitude, row_limits, column_limits)
    else:
        slots = _real_plan(plan, x, d, amplitude, row_limits, column_limits)
    row_at, column_at = plan.row_at[m], plan.column_at[m]
    r0, r1, c0, c1 = m, m + 1, m, m + 1
    if not plan.shared:
        r0, r1, c0, c1 = row_at, row_at + rows, column_at, column_at + columns
    row_registers, column_registers = state.row_registers[r0:r1], state.column_registers[c0:c1]
    xw, dw = np.zeros(rows, np.uint64), np.zeros(columns, np.uint64)
    row_masks = plan.row_masks[row_at : row_at + rows]
    column_masks = plan.column_masks[column_at : column_at + columns]
    sent = side_words(row_masks, row_registers, plan.slot_step, row_limits, slots, xw)
    sent += side_words(column_masks, column_registers, plan.slot_step, column_limits, slots, dw)
    for registers in (row_registers, column_registers):
        for i in range(len(registers)):
            registers[i] = linear_map(plan.leap, registers[i])
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
    devices = plan.devices[6 * at : 6 * (at + size)].reshape(6, rows, columns)
    key = extend(plan.update_key[m], np.uint64(k))
    return pulse_update(weights, devices, plan.step_noise[m], plan.exponent[m], xw, xs, dw, ds, key)
