"""Normalisation without batches: a vector's pre-activations at mean 0 and standard deviation 1.

    y = (z - mean z) / sqrt(var z + 1e-5)              over the columns of one vector
    dz = (dy - mean dy - y mean(dy y)) / sqrt(var z + 1e-5)

(Ba et al., arXiv 1607.06450, without gain and bias.) Sums go column after column, so that both
accounts add alike; in the hardware profile results are rounded half to even and saturated.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.converter import Numerics, Vectors
from models.design import Design
from models.kernel import inner
from models.placing import starts
from models.read import within

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any
Ints = npt.NDArray[np.int64]

#: Added to the variance, in squares of the vectors' 1.0.
LEAST = 1e-5


class Normal(NamedTuple):
    """Of each stage: whether it normalises, and where its vectors' `y` and deviations are kept.

    `size`: of all stages. A vector keeps its columns, then the deviation.
    """

    on: Ints
    at: Ints
    size: int


def pack_normal(design: Design, columns: Ints, x_depth: Ints) -> Normal:
    """Return the normalisations of a network; stashes hold `x_depth` vectors."""
    on = np.array([layer.normalise for layer in design.parts], np.int64)
    sizes = on * (columns + 1) * x_depth
    return Normal(on=on, at=starts(sizes), size=int(sizes.sum()))


def kept_slot(plan: Packed, stage: int, vector: int) -> slice:
    """Return where the state keeps a vector's y and deviation."""
    size, depth = int(plan.columns[stage]) + 1, int(plan.x_depth[stage])
    at = int(plan.normal.at[stage]) + vector % depth * size
    return slice(at, at + size)


def _sum(values: Vectors) -> Vectors:
    """Return the sum of each row, one element after another, shape (n, 1)."""
    return np.asarray(np.cumsum(values, axis=1)[:, -1:])


def _digital(values: Vectors, numerics: Numerics) -> Vectors:
    limit = numerics.limit
    return np.clip(np.rint(values), -limit, limit) if numerics.integer else values


def normalised(z: Vectors, numerics: Numerics) -> tuple[Vectors, Vectors]:
    """Return normalised pre-activations, shape (n, columns), and deviations, shape (n, 1)."""
    count, unit = z.shape[1], numerics.unit
    centred = z - _sum(z) / count
    spread = np.sqrt(_sum(centred * centred) / count + LEAST * (unit * unit))
    return _digital(centred * unit / spread, numerics), spread


def denormalised(dy: Vectors, y: Vectors, spread: Vectors, numerics: Numerics) -> Vectors:
    """Return the errors of z from those of y."""
    count, unit = dy.shape[1], numerics.unit
    along = _sum(dy * y) / count / (unit * unit)
    return _digital((dy - _sum(dy) / count - y * along) * unit / spread, numerics)


@inner
def kept_of(plan: Packed, state: Packed, m: int, v: int) -> Any:
    """Return what is kept of vector `v`: y, then the deviation."""
    size = plan.columns[m] + 1
    at = plan.normal.at[m] + v % plan.x_depth[m] * size
    return state.normed[at : at + size]


@inner
def normalise(plan: Packed, state: Packed, m: int, v: int, z: Array) -> None:
    """Execute `normalised` of vector `v` in place."""
    columns, unit, kept = plan.columns[m], plan.unit, kept_of(plan, state, m, v)
    total, squares = 0.0, 0.0
    for j in range(columns):
        total += z[j]
    mean = total / columns
    for j in range(columns):
        z[j] = z[j] - mean
        squares += z[j] * z[j]
    spread = np.sqrt(squares / columns + LEAST * (unit * unit))
    for j in range(columns):
        y = z[j] * unit / spread
        z[j] = within(np.rint(y), -plan.limit, plan.limit) if plan.integer else y
        kept[j] = z[j]
    kept[columns] = spread


@inner
def denormalise(plan: Packed, state: Packed, m: int, u: int, errors: Array, out: Array) -> None:
    """Execute `denormalised` of error vector `u`, into `out`."""
    reads, count = plan.passing.reads[m], plan.passing.errors[m]
    v = (u // count + 1) * reads - count + u % count
    columns, unit, kept = plan.columns[m], plan.unit, kept_of(plan, state, m, v)
    total, along = 0.0, 0.0
    for j in range(columns):
        total += errors[j]
        along += errors[j] * kept[j]
    mean, along = total / columns, along / columns / (unit * unit)
    for j in range(columns):
        z = (errors[j] - mean - kept[j] * along) * unit / kept[columns]
        out[j] = within(np.rint(z), -plan.limit, plan.limit) if plan.integer else z
