"""Learned output scales: z = rho s G'x + b, with a digital gain rho a layer or a column.

The layer's `scale` s stays; what is learned is rho, 1 at the start, so that s rho descends its own
gradient at the rate of the layer: rho' = max(rho - (lr / s^2) sum d (s G'x), floor), the sum over
the layer's columns, or of one column. The tile's columns are driven with rho d, and an update wants
lr / (s m^2) times rho d x^T of the devices, with m the mean of rho: the descent on G at the rate
lr / (s m)^2.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.design import Design
from models.kernel import inner
from models.placing import starts

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any
Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]

#: What is learned, in the order of its codes.
LEARNED = ("none", "layer", "column")


class Learned(NamedTuple):
    """One entry a stage: code in `LEARNED`, rates before and after the decay, floor of rho.

    `sums_at`: where the digital sums of a stage's vectors begin, by vector modulo depth; `size`, of
    all stages.
    """

    kind: Ints
    rate: Reals
    floor: Reals
    sums_at: Ints
    size: int


def pack_learned(design: Design, columns: Ints, x_depth: Ints) -> Learned:
    """Return the learned output scales of a network; stashes hold `x_depth` vectors."""
    layers, algorithm = design.parts, design.algorithm
    kind = np.array([LEARNED.index(layer.learn_scale) for layer in layers], np.int64)
    sizes = np.where(kind > 0, columns * x_depth, 0)
    steps = np.array([algorithm.lr, algorithm.lr * algorithm.lr_decay])
    scale = np.array([layer.scale for layer in layers])
    return Learned(
        kind=kind,
        rate=steps[None, :] / (scale * scale)[:, None],
        floor=np.array([layer.scale_floor for layer in layers]),
        sums_at=starts(sizes),
        size=int(sizes.sum()),
    )


def sums_slot(plan: Packed, stage: int, vector: int) -> slice:
    """Return where the state holds a vector's sums."""
    columns, depth = int(plan.columns[stage]), int(plan.x_depth[stage])
    at = int(plan.learned.sums_at[stage]) + vector % depth * columns
    return slice(at, at + columns)


def mean_gain(gain: Reals) -> float:
    """Return the mean of a layer's rho, summed in order."""
    return float(sum(gain.tolist()) / len(gain))


def descend(gain: Reals, kind: int, d: Reals, sums: Reals, rate: float, floor: float) -> None:
    """Update a layer's rho in place by one vector; `d` are the errors of z, `sums` s G'x."""
    change = d * sums
    if LEARNED[kind] == "layer":
        change = np.full(len(d), sum(change.tolist()))
    gain[...] = np.maximum(gain - rate * change, floor)


@inner
def gains_of(plan: Packed, state: Packed, m: int) -> Any:
    """Return a stage's rho, shape (columns,)."""
    at = plan.column_at[m]
    return state.gain[at : at + plan.columns[m]]


@inner
def sums_of(plan: Packed, state: Packed, m: int, v: int) -> Any:
    """Return the digital sums s G'x of vector `v`."""
    at = plan.learned.sums_at[m] + v % plan.x_depth[m] * plan.columns[m]
    return state.sums[at : at + plan.columns[m]]


@inner
def multiply_sums(plan: Packed, state: Packed, m: int, v: int, z: Array) -> None:
    """Keep the sums of vector `v` and multiply them by rho."""
    gain, sums = gains_of(plan, state, m), sums_of(plan, state, m, v)
    for j in range(len(gain)):
        sums[j] = z[j]
        z[j] = z[j] * gain[j]


@inner
def mean_of(gain: Array) -> Any:
    """Return `mean_gain`."""
    total = 0.0
    for j in range(len(gain)):
        total += gain[j]
    return total / len(gain)


@inner
def update_gains(
    plan: Packed, state: Packed, m: int, v: int, d: Array, slot: int, rate: int
) -> None:
    """Execute `descend` for vector `v`; `d` are the error codes rho d in `slot` of the stash."""
    placing, gain, sums = plan.placing, gains_of(plan, state, m), sums_of(plan, state, m, v)
    change, total = np.empty(len(gain)), 0.0
    for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
        factor = state.d_factor[c, slot]
        for j in range(placing.column_from[c], placing.column_from[c] + placing.column_lines[c]):
            change[j] = d[j] * factor / gain[j] * sums[j]
            total += change[j]
    for j in range(len(gain)):
        own = change[j] if plan.learned.kind[m] == 2 else total
        gain[j] = max(gain[j] - plan.learned.rate[m, rate] * own, plan.learned.floor[m])
