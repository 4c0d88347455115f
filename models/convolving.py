"""Compiled unit of a convolution: `models.layer.conv`. Only designs that have one compile it."""

from typing import Any

import numpy as np

from models.activating import activate
from models.kernel import inner
from models.read import within
from models.stash import inputs_of, slopes_of
from models.vector import put_errors, read_errors, read_inputs

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def _window(plan: Packed, m: int, p: int) -> Any:
    """Return where the lines of vector `p` come from."""
    rows = plan.rows[m]
    at = plan.passing.gather_at[m] + p * rows
    return plan.passing.gather[at : at + rows]


@inner
def _pool(plan: Packed, m: int, value: Array, slope: Array, out: Array) -> None:
    """Write the outputs; slopes of elements that are not the first largest become 0."""
    passing = plan.passing
    squares = passing.squares[m]
    for j in range(len(out)):
        at = passing.pool_at[m] + j * squares
        own = passing.pool[at : at + squares]
        if passing.largest[m]:
            best = own[0]
            for e in own:
                best = e if value[e] > value[best] else best
            for e in own:
                slope[e] = slope[e] if e == best else 0.0
            out[j] = value[best]
        else:
            total = 0.0
            for e in own:
                total += value[e]
            mean = total / squares
            out[j] = np.rint(mean) if plan.integer else mean


def conv_forward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute F of sample `k`: all windows, activation, pooling."""
    given, slope = inputs_of(plan, state, m, k), slopes_of(plan, state, m, k)
    z, vector, value = state.work[0], state.work[1], state.sheet[1]
    reads, kind = plan.passing.reads[m], plan.activation[m]
    for p in range(reads):
        window = _window(plan, m, p)
        for i in range(len(window)):
            vector[i] = given[window[i]] if window[i] >= 0 else 0.0
        read_inputs(plan, state, m, k * reads + p, vector, z)
        for j in range(plan.columns[m]):
            e = j * reads + p
            value[e], slope[e] = activate(plan, kind, z[j])
    _pool(plan, m, value, slope, inputs_of(plan, state, m + 1, k))


def conv_backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k`: add up the windows' gradients in the sheet, saturated."""
    lines, limit, reads = state.work[0], plan.limit, plan.passing.reads[m]
    total = state.sheet[0, : plan.passing.inputs[m]]
    total[:] = 0.0
    for p in range(reads):
        read_errors(plan, state, m, k * reads + p, lines)
        window = _window(plan, m, p)
        for i in range(len(window)):
            if window[i] >= 0:
                total[window[i]] += lines[i]
    for i in range(len(total)):
        total[i] = within(total[i], -limit, limit)


def conv_take(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Stash the errors of all vectors that the gradient in the sheet means for sample `k`."""
    passing = plan.passing
    gradient, errors, slope = state.sheet[0], state.sheet[1], slopes_of(plan, state, m, k)
    squares, shared = passing.squares[m], plan.unit * passing.share[m]
    errors[: len(slope)] = 0.0
    for j in range(passing.outputs[m]):
        at = passing.pool_at[m] + j * squares
        for e in passing.pool[at : at + squares]:
            own = gradient[j] * slope[e] / shared
            errors[e] = np.rint(own) if plan.integer else own
    reads, vector = passing.reads[m], state.work[0]
    for p in range(reads):
        for j in range(plan.columns[m]):
            vector[j] = errors[j * reads + p]
        put_errors(plan, state, m, k * reads + p, vector)
