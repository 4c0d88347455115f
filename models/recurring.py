"""Compiled unit of an LSTM layer: `models.layer.lstm`. Only designs that have one compile it."""

from typing import Any

import numpy as np

from models.activating import SIGMOID, TANH, activate
from models.kernel import inner
from models.read import within
from models.stash import cells_of, gradients_of, inputs_of, slopes_of
from models.vector import put_errors, read_errors, read_inputs

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def _product(plan: Packed, a: float, b: float) -> Any:
    """Return `models.layer.passed.product` of two numbers."""
    found = a * b / plan.unit
    return within(np.rint(found), -plan.limit, plan.limit) if plan.integer else found


@inner
def _gates(plan: Packed, z: Array, hidden: int, cells: Array) -> None:
    """Keep values and slopes of the gates i, f, g, o."""
    for j in range(4 * hidden):
        kind = TANH if 2 * hidden <= j < 3 * hidden else SIGMOID
        cells[j], cells[4 * hidden + j] = activate(plan, kind, z[j])


@inner
def _step(plan: Packed, hidden: int, cells: Array, before: Array, first: bool, out: Array) -> None:
    """Keep a step's cell state, after `before` of the step before; write the hidden state."""
    for j in range(hidden):
        i, f, g, o = cells[j], cells[hidden + j], cells[2 * hidden + j], cells[3 * hidden + j]
        cell = 0.0 if first else before[8 * hidden + j]
        cell = _product(plan, f, cell) + _product(plan, i, g)
        cell = within(cell, -plan.limit, plan.limit)
        squashed, slope = activate(plan, TANH, cell)
        cells[8 * hidden + j], cells[9 * hidden + j] = cell, squashed
        cells[10 * hidden + j] = slope
        out[j] = _product(plan, o, squashed)


def lstm_forward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute F of sample `k`: one read a step, from a state of 0; hand the hidden state on."""
    given, hidden, reads = (
        inputs_of(plan, state, m, k),
        plan.passing.outputs[m],
        plan.passing.reads[m],
    )
    features = plan.rows[m] - hidden
    z, vector = state.work[0], state.work[1]
    h = vector[features : features + hidden]
    h[:] = 0.0
    for t in range(reads):
        v = k * reads + t
        vector[:features] = given[t * features : (t + 1) * features]
        read_inputs(plan, state, m, v, vector, z)
        cells, before = cells_of(plan, state, m, v), cells_of(plan, state, m, v - 1 + int(t == 0))
        _gates(plan, z, hidden, cells)
        _step(plan, hidden, cells, before, t == 0, h)
    value, slope = inputs_of(plan, state, m + 1, k), slopes_of(plan, state, m, k)
    value[:] = h
    slope[:] = plan.unit


@inner
def _step_back(
    plan: Packed, hidden: int, cells: Array, before: Array, first: bool, carried: Array, out: Array
) -> None:
    """Write errors of a step's pre-activations; `carried` holds those of h and c, in and out."""
    for j in range(hidden):
        dh, dc = carried[j], carried[hidden + j]
        i, f, g, o = cells[j], cells[hidden + j], cells[2 * hidden + j], cells[3 * hidden + j]
        dc = dc + _product(plan, _product(plan, dh, o), cells[10 * hidden + j])
        dc = within(dc, -plan.limit, plan.limit)
        out[j] = _product(plan, dc, g)
        out[hidden + j] = _product(plan, dc, 0.0 if first else before[8 * hidden + j])
        out[2 * hidden + j] = _product(plan, dc, i)
        out[3 * hidden + j] = _product(plan, dh, cells[9 * hidden + j])
        carried[hidden + j] = _product(plan, dc, f)
    for j in range(4 * hidden):
        out[j] = _product(plan, out[j], cells[4 * hidden + j])


def lstm_backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k`, backwards through the last steps; inputs' gradient in the sheet."""
    hidden, reads, errors = plan.passing.outputs[m], plan.passing.reads[m], plan.passing.errors[m]
    features, carried = plan.rows[m] - hidden, gradients_of(plan, state, m, k)
    z, upper, found = state.work[0], state.work[1], state.sheet[0, : plan.passing.inputs[m]]
    found[:] = 0.0
    for back in range(errors):
        t = reads - 1 - back
        v, u = k * reads + t, (k + 1) * errors - 1 - back
        cells, before = cells_of(plan, state, m, v), cells_of(plan, state, m, v - 1 + int(t == 0))
        _step_back(plan, hidden, cells, before, t == 0, carried, z)
        put_errors(plan, state, m, u, z)
        read_errors(plan, state, m, u, upper)
        found[t * features : (t + 1) * features] = upper[:features]
        carried[:hidden] = upper[features : features + hidden]


def lstm_take(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Keep the gradient of the hidden state, which lies in the sheet, for B of sample `k`."""
    carried, hidden = gradients_of(plan, state, m, k), plan.passing.outputs[m]
    carried[:hidden] = state.sheet[0, :hidden]
    carried[hidden:] = 0.0
