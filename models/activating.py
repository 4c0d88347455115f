"""Compiled activations: `models.activation.activate` of one number."""

import math
from typing import Any

import numpy as np

from models.activation import CODES, TABLE_BITS
from models.kernel import inner

Packed = Any  # compiled code sees packed tuples, not their static types

RELU, TANH, SIGMOID = (np.int64(CODES[name]) for name in ("relu", "tanh", "sigmoid"))
HARD_TANH, HARD_SIGMOID = np.int64(CODES["hard-tanh"]), np.int64(CODES["hard-sigmoid"])
TABLE = 1 << TABLE_BITS
_HALF = TABLE // 2


@inner
def activate(plan: Packed, kind: int, z: float) -> tuple[float, float]:
    """Return activation and derivative of one pre-activation."""
    if kind == RELU:
        return (z, plan.unit) if z > 0.0 else (0.0, 0.0)
    if kind in (TANH, SIGMOID):
        if plan.integer:
            index = np.rint(z * plan.table_gain[kind])
            place = np.int64(min(max(index, -_HALF), _HALF - 1)) + _HALF
            return plan.values[kind, place], plan.slopes[kind, place]
        if kind == TANH:
            value = math.tanh(z)
            return value, 1.0 - value * value
        value = 0.5 * (1.0 + math.tanh(0.5 * z))
        return value, value * (1.0 - value)
    if kind == HARD_TANH:
        return min(max(z, -plan.unit), plan.unit), plan.unit if abs(z) < plan.unit else 0.0
    if kind == HARD_SIGMOID:
        quarter = np.rint(0.25 * z) if plan.integer else 0.25 * z
        value = min(max(quarter + 0.5 * plan.unit, 0.0), plan.unit)
        return value, 0.25 * plan.unit if abs(z) < 2.0 * plan.unit else 0.0
    return z, plan.unit
