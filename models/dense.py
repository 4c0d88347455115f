"""Compiled unit of a linear layer, with the loss's error at the last: `models.layer.dense`."""

import math
from typing import Any

import numpy as np

from models.activating import TABLE, activate
from models.kernel import inner
from models.stash import inputs_of, pass_by, slopes_of
from models.vector import put_errors, read_errors, read_inputs

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


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
            z[j] = plan.exponential[np.int64(min(index, TABLE - 1))]
        else:
            z[j] = math.exp(z[j] - top)
        total += z[j]
    for j in range(classes):
        if plan.integer:
            z[j] = np.floor((2.0 * z[j] * plan.unit + total) / (2.0 * total))
        else:
            z[j] = z[j] / total
    for j in range(classes):
        z[j] -= plan.target_label if j == label else plan.target_other


@inner
def _error(plan: Packed, m: int, z: Array, classes: int, label: int) -> None:
    """Turn the last stage's pre-activations into its error in place."""
    if not plan.mse:
        _cross_entropy(plan, z, classes, label)
        return
    for j in range(classes):
        value, slope = activate(plan, plan.activation[m], z[j])
        target = plan.target_label if j == label else plan.target_other
        gradient = (value - target) * slope / plan.unit
        if plan.integer:
            gradient = min(max(np.rint(gradient), -plan.limit), plan.limit)
        z[j] = gradient


@inner
def forward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute F of sample `k`; the last stage leaves its pre-activations in the work memory."""
    z = state.work[0]
    read_inputs(plan, state, m, k, inputs_of(plan, state, m, k), z)
    if m < len(plan.rows) - 1:
        value, slope = inputs_of(plan, state, m + 1, k), slopes_of(plan, state, m, k)
        for j in range(plan.columns[m]):
            value[j], slope[j] = activate(plan, plan.activation[m], z[j])


@inner
def finish(plan: Packed, state: Packed, m: int, k: int, label: int, slot: int) -> None:
    """Keep the logits of the last stage in `slot` of their window, and start the error."""
    z, columns = state.work[0], plan.columns[m]
    state.logits[slot, :] = z[:columns]
    _error(plan, m, z, columns, label)
    pass_by(plan, state, m, k, z)
    put_errors(plan, state, m, k, z)


@inner
def backward(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Execute B of sample `k`: leave the gradient of the inputs in the sheet."""
    read_errors(plan, state, m, k, state.sheet[0])


@inner
def take(plan: Packed, state: Packed, m: int, k: int) -> None:
    """Stash the errors that the gradient in the sheet means for sample `k`."""
    error, slope, unit = state.sheet[0], slopes_of(plan, state, m, k), plan.unit
    for i in range(len(slope)):
        product = error[i] * slope[i] / unit
        error[i] = np.rint(product) if plan.integer else product
    put_errors(plan, state, m, k, error)
