"""Dropout: in training each output of a layer is 0 for a sample, or scaled up, by a keyed draw.

An output is kept where 16 bits of the word of (seed, stage, sample, unit) are below `keep`, so with
a probability of exactly keep / 2^16, and divided by that: in the hardware profile an exact quotient
of integers, rounded half to even and saturated. Its error goes the same way (Srivastava et al.,
JMLR 15:1929, 2014, with the scale in training instead of evaluation).
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.converter import Numerics, Vectors
from models.device.kind import DROPOUT
from models.kernel import draw, extend, inner
from models.key import draw as drawn
from models.key import extend as extended
from models.key import fold
from models.layer.part import Part
from models.read import within

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

WHOLE = 1 << 16
_PLACE = np.uint64(48)


class Dropping(NamedTuple):
    """Of each stage: `keep`, of 2^16, and the key of (seed, stage)."""

    keep: npt.NDArray[np.int64]
    key: npt.NDArray[np.uint64]


def make_dropping(layers: tuple[Part, ...], seed: int) -> Dropping:
    """Return the dropout of a network's layers."""
    keep = [round((1.0 - layer.dropout) * WHOLE) for layer in layers]
    keys = [fold(seed, stage, DROPOUT) for stage in range(len(layers))]
    return Dropping(np.array(keep, np.int64), np.array(keys, np.uint64))


def dropped(
    dropping: Dropping,
    stage: int,
    samples: npt.NDArray[np.int64],
    values: Vectors,
    numerics: Numerics,
) -> Vectors:
    """Return outputs of a stage, or their errors, after dropout; shape (n, outputs)."""
    keep = int(dropping.keep[stage])
    if keep == WHOLE:
        return values
    keys = extended(dropping.key[stage], samples)[:, None]
    words = drawn(keys, np.arange(values.shape[1])[None, :]) >> _PLACE
    scaled = values * WHOLE / keep
    if numerics.integer:
        scaled = np.clip(np.rint(scaled), -numerics.limit, numerics.limit)
    return np.where(words < np.uint64(keep), scaled, 0.0)


@inner
def drop(plan: Packed, m: int, k: int, values: Array) -> None:
    """Execute `dropped` of sample `k` in place."""
    keep = plan.dropping.keep[m]
    if keep == WHOLE:
        return
    key = extend(plan.dropping.key[m], np.uint64(k))
    for j in range(len(values)):
        word = np.int64(draw(key, np.uint64(j)) >> _PLACE)
        scaled = values[j] * WHOLE / keep
        if plan.integer:
            scaled = within(np.rint(scaled), -plan.limit, plan.limit)
        values[j] = scaled if word < keep else 0.0
