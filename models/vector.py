"""Compiled reads of one vector with what stands around them: conversion, bias, saturation."""

from typing import Any

import numpy as np

from models.kernel import inner
from models.learned import gains_of, multiply_sums
from models.normal import denormalise, normalise
from models.read import within
from models.stage import add_reads, encode
from models.stash import d_codes, x_codes

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

#: What a read drives; of NumPy's type, so that no function is compiled twice.
_X, _D = np.int64(0), np.int64(1)


@inner
def read_inputs(plan: Packed, state: Packed, m: int, v: int, vector: Array, z: Array) -> None:
    """Convert and stash vector `v`, shape (rows,), and write z = s G'x + b (models.layer.linear).

    z is normalised where the layer asks for it; the array is longer than the columns or as long.
    """
    codes = x_codes(plan, state, m, v)
    encode(plan, state, m, _X, v, vector, codes)
    columns, at, limit, unit = plan.columns[m], plan.column_at[m], plan.limit, plan.bias_unit
    add_reads(plan, state, m, _X, v, codes, z[:columns])
    if plan.learned.kind[m] != 0:
        multiply_sums(plan, state, m, v, z)
    own = state.bias[at : at + columns]
    if plan.integer:
        for j in range(columns):
            z[j] = within(np.rint(z[j]) + np.rint(own[j] / unit), -limit, limit)
    else:
        for j in range(columns):
            z[j] = within(z[j] + own[j] / unit, -limit, limit)
    if plan.normal.on[m] != 0:
        normalise(plan, state, m, v, z)


@inner
def put_errors(plan: Packed, state: Packed, m: int, u: int, errors: Array) -> None:
    """Convert and stash error vector `u`, shape (columns,), back through what z passed."""
    driven = errors
    if plan.normal.on[m] != 0:
        driven = state.work[3]
        denormalise(plan, state, m, u, errors, driven)
    if plan.learned.kind[m] != 0:
        scaled, gain = state.work[2], gains_of(plan, state, m)
        for j in range(len(gain)):
            scaled[j] = driven[j] * gain[j]
        driven = scaled
    encode(plan, state, m, _D, u, driven, d_codes(plan, state, m, u))


@inner
def read_errors(plan: Packed, state: Packed, m: int, u: int, out: Array) -> None:
    """Write s G d of error vector `u` as stashed, shape (rows,), rounded and saturated."""
    rows, limit = plan.rows[m], plan.limit
    add_reads(plan, state, m, _D, u, d_codes(plan, state, m, u), out[:rows])
    for i in range(rows):
        value = np.rint(out[i]) if plan.integer else out[i]
        out[i] = within(value, -limit, limit)
