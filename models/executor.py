"""Compiled executor: replays a list of ops on packed memory, in the order the clock produced.

`models.replay` is its plain NumPy twin, equal bit for bit in the hardware profile.
"""

from typing import Any

import numpy as np
from numba import njit

from models import dense
from models.burst import update
from models.dropout import drop
from models.kernel import inner
from models.memory import Memory
from models.passing import CONV, DOWN, LSTM, UP
from models.schedule import Op
from models.stash import inputs_of
from models.transfer.compiled import transfer

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_F, _B = int(Op.FORWARD), int(Op.BACKWARD)
_U, _T = int(Op.UPDATE), int(Op.TRANSFER)


@inner
def _arrive(plan: Packed, state: Packed, k: int, image: int) -> None:
    """Give the first stage the pixels of an image as sample `k`."""
    value = inputs_of(plan, state, np.int64(0), k)
    for i in range(len(value)):
        value[i] = plan.levels[plan.pixels[image, i]]


@inner
def _forward(
    plan: Packed, state: Packed, parts: Packed, m: int, k: int, image: int, slot: int
) -> None:
    """Execute F of sample `k` at stage `m`; `slot` is its place in the window of logits."""
    if m == 0:
        _arrive(plan, state, k, image)
    kind = plan.passing.kind[m]
    if kind == CONV:
        parts.conv_forward(plan, state, m, k)
    elif kind == LSTM:
        parts.lstm_forward(plan, state, m, k)
    elif kind == DOWN:
        parts.down_forward(plan, state, m, k)
    elif kind == UP:
        parts.up_forward(plan, state, m, k)
    else:
        dense.forward(plan, state, m, k)
    if m == len(plan.rows) - 1:
        dense.finish(plan, state, m, k, plan.labels[image], slot)
    else:
        drop(plan, m, k, inputs_of(plan, state, m + 1, k))


@inner
def _take(plan: Packed, state: Packed, parts: Packed, m: int, k: int) -> None:
    """Hand stage `m` the gradient of its outputs, which lies in the sheet."""
    kind = plan.passing.kind[m]
    drop(plan, m, k, state.sheet[0, : plan.passing.outputs[m]])
    if kind == CONV:
        parts.conv_take(plan, state, m, k)
    elif kind == LSTM:
        parts.lstm_take(plan, state, m, k)
    elif kind == DOWN:
        parts.down_take(plan, state, m, k)
    elif kind == UP:
        parts.up_take(plan, state, m, k)
    else:
        dense.take(plan, state, m, k)


@inner
def _backward(plan: Packed, state: Packed, parts: Packed, m: int, k: int) -> None:
    """Execute B of sample `k` at stage `m`; the first stage's result is nobody's input."""
    kind = plan.passing.kind[m]
    if m == 0 and kind != LSTM and not plan.reading.bound_backward:
        return  # its retries alone are asked for
    if kind == CONV:
        parts.conv_backward(plan, state, m, k)
    elif kind == LSTM:
        parts.lstm_backward(plan, state, m, k)
    elif kind == DOWN:
        parts.down_backward(plan, state, m, k)
    elif kind == UP:
        parts.up_backward(plan, state, m, k)
    else:
        dense.backward(plan, state, m, k)
    if m > 0:
        _take(plan, state, parts, m - 1, k)


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
            _forward(plan, state, parts, m, k, order[k % len(order)], k % window)
        elif op == _B:
            _backward(plan, state, parts, m, k)
        elif op == _T:
            transfer(plan, state, parts, m, k)
        elif op == _U:
            update(plan, state, parts, m, k)


def run(memory: Memory, stages: Array, ops: Array, samples: Array, order: Array) -> None:
    """Execute ops in the given order: entry i is op `ops[i]` of sample `samples[i]` at `stages[i]`.

    A transfer's sample is its number (`models.transfer.due`); ops that no stage computes with, as
    the writing of the arrays at the start, are passed over.
    `order[k]` is the image of sample k modulo its length. Data go from stage to stage through the
    stashes of the memory's state, so an op must stand after those that make its input.
    """
    _run(*memory.kept, stages, ops, samples, order)
