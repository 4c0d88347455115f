"""Compiled units of an adapted layer: `models.layer.adapter`. Only designs that have one compile.

Also what they look up, packed.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.activating import activate
from models.kernel import inner
from models.layer.adapter import Down
from models.network import Network
from models.placing import starts
from models.read import within
from models.stash import gradients_of, inputs_of, slopes_of
from models.vector import put_errors, read_errors, read_inputs

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any
Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]


class Adapting(NamedTuple):
    """`frozen`, one entry a tile: whether it is never pulsed.

    `base`: frozen weights that are exact numbers, row after row; `base_at`, one entry a stage:
    where its own begin.
    """

    frozen: Ints
    base: Reals
    base_at: Ints


def pack_adapting(network: Network) -> Adapting:
    """Return what the adapters of a network look up."""
    frozen = [
        columns.stop <= layer.frozen
        for layer in network.layers
        for _, _, _, columns, _ in layer.grid.blocks()
    ]
    none = np.zeros(0)
    bases = [unit.base.ravel() if isinstance(unit, Down) else none for unit in network.units]
    base = np.concatenate([none, *bases])
    return Adapting(np.array(frozen, np.int64), base, starts([len(one) for one in bases]))


@inner
def _base(plan: Packed, m: int, i: int, outputs: int) -> Any:
    """Return the frozen weights of an input."""
    at = plan.adapting.base_at[m] + i * outputs
    return plan.adapting.base[at : at + outputs]


def down_forward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute F of sample `k` at the first stage: hand on W x, then A x."""
    given, value, slope = (
        inputs_of(plan, state, m, k),
        inputs_of(plan, state, m + 1, k),
        slopes_of(plan, state, m, k),
    )
    z, rank, limit = state.work[0], plan.columns[m], plan.limit
    outputs = plan.passing.outputs[m] - rank
    value[:] = 0.0
    slope[:] = plan.unit
    for i in range(len(given)):
        if given[i] != 0.0:
            own = _base(plan, m, i, outputs)
            for j in range(outputs):
                value[j] += given[i] * own[j]
    for j in range(outputs):
        total = value[j] / plan.unit
        value[j] = within(np.rint(total) if plan.integer else total, -limit, limit)
    read_inputs(plan, state, m, k, given, z)
    for j in range(rank):
        value[outputs + j] = z[j]


def down_backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k`: leave the gradient of the inputs in the sheet."""
    passed, upper, limit = gradients_of(plan, state, m, k), state.work[0], plan.limit
    read_errors(plan, state, m, k, upper)
    for i in range(plan.rows[m]):
        own, total = _base(plan, m, i, len(passed)), 0.0
        for j in range(len(passed)):
            total += own[j] * passed[j]
        total /= plan.unit
        total = np.rint(total) if plan.integer else total
        state.sheet[0, i] = within(upper[i] + total, -limit, limit)


def down_take(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Stash the errors of A's outputs, and keep those that pass by."""
    passed = gradients_of(plan, state, m, k)
    outputs = len(passed)
    passed[:] = state.sheet[0, :outputs]
    put_errors(plan, state, m, k, state.sheet[0, outputs : outputs + plan.columns[m]])


def up_forward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute F of sample `k` at the second stage; the last leaves z in the work memory."""
    given, z, limit = inputs_of(plan, state, m, k), state.work[0], plan.limit
    outputs = plan.columns[m]
    read_inputs(plan, state, m, k, given[outputs:], z)
    for j in range(outputs):
        z[j] = within(given[j] + z[j], -limit, limit)
    if m < len(plan.rows) - 1:
        value, slope = inputs_of(plan, state, m + 1, k), slopes_of(plan, state, m, k)
        for j in range(outputs):
            value[j], slope[j] = activate(plan, plan.activation[m], z[j])


def up_backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k`: leave the errors that pass by in the sheet, then B's gradient."""
    passed, upper = gradients_of(plan, state, m, k), state.work[0]
    outputs = len(passed)
    read_errors(plan, state, m, k, upper)
    state.sheet[0, :outputs] = passed
    state.sheet[0, outputs : outputs + plan.rows[m]] = upper[: plan.rows[m]]


def up_take(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Stash the errors that the gradient in the sheet means, and keep them."""
    error, slope, unit = state.sheet[0], slopes_of(plan, state, m, k), plan.unit
    passed = gradients_of(plan, state, m, k)
    for j in range(len(passed)):
        product = error[j] * slope[j] / unit
        error[j] = np.rint(product) if plan.integer else product
        passed[j] = error[j]
    put_errors(plan, state, m, k, error)
