"""Compiled retention: what all weights of a tile do by themselves over many samples at once.

`models.device.retention` is the plain twin, equal bit for bit.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.crossbar import Crossbar
from models.device.array import W_MAX, W_MIN
from models.device.kind import DIFFUSION, device_key
from models.kernel import draw, extend, inner, normal, power
from models.member import array_of, seen_of, sum_cells

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


class Aging(NamedTuple):
    """The lazy step of all tiles; see `models.device.retention.Retention`.

    `every` is 0 without retention. `nu` holds every device's exponent of the drift, in the order of
    the states; empty without drift. `key`: one of the diffusion a tile, and device of its cells.
    """

    every: int
    rest: np.float32
    decay: np.float32
    walk: np.float32
    nu: npt.NDArray[np.float32]
    t0: float
    key: npt.NDArray[np.uint64]


def pack_aging(bars: list[Crossbar]) -> Aging:
    """Return the lazy step of a network's tiles, in the order of their numbers."""
    steps = [own for bar in bars for own in bar.retentions if own is not None]
    keys = [
        device_key(bar.config.seed, bar.config.index, DIFFUSION, number)
        for bar in bars
        for number in range(len(bar.members))
    ]
    drifts = [step.nu.ravel() for step in steps if step.nu is not None]
    return Aging(
        every=steps[0].every if steps else 0,
        rest=steps[0].rest if steps else np.float32(0.0),
        decay=steps[0].decay if steps else np.float32(1.0),
        walk=np.float32(steps[0].walk if steps else 0.0),
        nu=np.concatenate([np.zeros(0, np.float32), *drifts]),
        t0=steps[0].t0 if steps else 1.0,
        key=np.array(keys, np.uint64),
    )


@inner
def retain(
    aging: Packed,
    weights: Array,
    held: Array,
    planes: Array,
    exponent: int,
    tile: int,
    at: int,
    step: int,
) -> None:
    """Carry a tile over lazy step `step` (0, 1, ...) in place: `models.crossbar.Crossbar.age`.

    `weights`, what reads see, and `held`, shape (rows, columns), may be one memory; `planes`, shape
    (rows, P, columns); `tile` and `at` are its numbers among all keys and states.
    """
    rows, columns = held.shape
    limit, bias = np.float32(2.0**exponent), np.float32(3.0 * 2.0**exponent)
    start = step * aging.every
    base = np.float32((aging.t0 + start) / (aging.t0 + (start + aging.every)))
    key = extend(aging.key[tile], np.uint64(step))
    drifts = len(aging.nu) > 0
    for i in range(rows):
        row_key = extend(key, np.uint64(i))
        for j in range(columns):
            before = held[i, j]
            w = aging.rest + (before - aging.rest) * aging.decay
            if drifts:
                w = w * power(base, aging.nu[at + i * columns + j])
            if aging.walk > 0:
                w = w + aging.walk * normal(draw(row_key, np.uint64(j)))
            w = min(max(w, planes[i, W_MIN, j]), planes[i, W_MAX, j])
            w = (w + bias) - bias
            seen = weights[i, j] + (w - before)
            weights[i, j] = min(max(seen, -limit), limit)
            held[i, j] = w


def age_tile(
    plan: Packed, state: Packed, _m: int, tile: int, k: int, rows: int, columns: int
) -> None:
    """Apply the lazy step of retention that ends with sample `k`, if one does."""
    every, count = plan.aging.every, plan.combining.devices
    if every == 0 or (k + 1) % every != 0:
        return
    step, size = (k + 1) // every - 1, rows * columns
    for number in range(count):
        held, planes = array_of(plan, state, tile, number, rows, columns)
        seen = held if count > 1 else seen_of(plan, state, tile, rows, columns)
        own, at = tile * count + number, count * plan.placing.weight_at[tile] + number * size
        retain(plan.aging, seen, held, planes, plan.exponent[tile], own, at, step)
    if count > 1:
        sum_cells(plan, state, tile, np.ones(rows), columns)
