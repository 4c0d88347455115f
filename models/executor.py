"""Compiled executor: replays a list of ops on packed memory, in the order the clock produced.

`models.replay` is its plain NumPy twin, equal bit for bit in the hardware profile.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from models.activation import CODES, TABLE_BITS
from models.burst import update
from models.kernel import inner
from models.memory import Memory
from models.read import within
from models.schedule import Op
from models.stage import add_reads, encode

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_RELU, _TANH, _SIGMOID = CODES["relu"], CODES["tanh"], CODES["sigmoid"]
_TABLE = 1 << TABLE_BITS
_HALF = _TABLE // 2
_F, _B = int(Op.FORWARD), int(Op.BACKWARD)
#: What a read drives; of NumPy's type, so that no function is compiled twice.
_X, _D = np.int64(0), np.int64(1)


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
def _pre_activation(plan: Packed, state: Packed, m: int, k: int, codes: Array, z: Array) -> None:
    """Write z = s G'x + b of one sample into `z` (models.layer.linear)."""
    columns, at, limit, unit = plan.columns[m], plan.column_at[m], plan.limit, plan.bias_unit
    add_reads(plan, state, m, _X, k, codes, z[:columns])
    own = state.bias[at : at + columns]
    if plan.integer:
        for j in range(columns):
            z[j] = within(np.rint(z[j]) + np.rint(own[j] / unit), -limit, limit)
    else:
        for j in range(columns):
            z[j] = within(z[j] + own[j] / unit, -limit, limit)


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
        encode(plan, state, m, _X, k, value, codes)
    _pre_activation(plan, state, m, k, codes, z)
    if m == last:
        state.logits[slot, :] = z[:columns]
        _error(plan, m, z, columns, plan.labels[image])
        there = plan.d_at[m] + k % plan.d_depth[m] * columns
        out = state.d[there : there + columns]
        encode(plan, state, m, _D, k, z, out)
        return
    there = plan.x_at[m + 1] + k % plan.x_depth[m + 1] * columns
    for j in range(columns):
        value[j], state.slope[there + j] = _activate(plan, m, z[j])
    out = state.x[there : there + columns]
    encode(plan, state, m + 1, _X, k, value, out)


@inner
def _backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k` at stage `m`; the first stage's result is nobody's input."""
    if m == 0 and not plan.reading.bound_backward:  # its retries alone are asked for
        return
    rows, columns = plan.rows[m], plan.columns[m]
    here = plan.d_at[m] + k % plan.d_depth[m] * columns
    error = state.work[0]
    add_reads(plan, state, m, _D, k, state.d[here : here + columns], error[:rows])
    if m == 0:
        return
    beside = plan.x_at[m] + k % plan.x_depth[m] * rows
    slope, limit, unit = state.slope[beside : beside + rows], plan.limit, plan.unit
    if plan.integer:
        for i in range(rows):
            error[i] = np.rint(within(np.rint(error[i]), -limit, limit) * slope[i] / unit)
    else:
        for i in range(rows):
            error[i] = within(error[i], -limit, limit) * slope[i] / unit
    there = plan.d_at[m - 1] + k % plan.d_depth[m - 1] * rows
    out = state.d[there : there + rows]
    encode(plan, state, m - 1, _D, k, error, out)


@njit(cache=True, error_model="numpy")
def _run(
    plan: Packed,
    state: Packed,
    parts: Packed,
    stages: Array,
    ops: Array,
    samples: Array,
    order: Array,
) -> None:
    window = len(state.logits)
    for i in range(len(ops)):
        m, op, k = stages[i], ops[i], samples[i]
        if op == _F:
            _forward(plan, state, m, k, order[k % len(order)], k % window)
        elif op == _B:
            _backward(plan, state, m, k)
        else:
            update(plan, state, parts, m, k)


def run(memory: Memory, stages: Array, ops: Array, samples: Array, order: Array) -> None:
    """Execute ops in the given order: entry i is op `ops[i]` of sample `samples[i]` at `stages[i]`.

    `order[k]` is the image of sample k modulo its length. Data go from stage to stage through the
    stashes of the memory's state, so an op must stand after those that make its input.
    """
    _run(*memory.kept, stages, ops, samples, order)
