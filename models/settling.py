"""Compiled write noise: apparent weights of devices that took coincidences, drawn anew."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.coincidence import count_row
from models.device.array import W_MAX, W_MIN
from models.device.kind import WRITE
from models.drawn import row_counts
from models.kernel import draw, extend, inner, normal
from models.key import fold
from models.network import Network, is_exact

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


class Settling(NamedTuple):
    """Write noise of all tiles: its standard deviation, 0 without, and a key a tile."""

    noise: np.float32
    key: npt.NDArray[np.uint64]


def pack_settling(network: Network) -> Settling:
    """Return the write noise of a network's tiles, in the order of their numbers."""
    bars = [bar for layer in network.layers for bar in layer.grid.flat]
    noise = 0.0 if is_exact(network) else bars[0].write_noise
    keys = [fold(bar.config.seed, bar.config.index, WRITE) for bar in bars]
    return Settling(np.float32(noise), np.array(keys, np.uint64))


class Writing(NamedTuple):
    """Write noise of one tile and update; `key` belongs to (seed, tile, WRITE, sample)."""

    noise: Any
    exponent: int
    key: Any


@inner
def settle_row(
    weights: Array, held: Array, planes: Array, counts: Array, i: int, writing: Packed
) -> None:
    """Draw the apparent weights of row `i` anew where `counts` is not 0, after the steps.

    `weights`, what reads see, and `held`, the states, have shape (columns,), `planes` (P, columns).
    `models.writing.apparent` is the twin, equal bit for bit.
    """
    limit, bias = np.float32(2.0**writing.exponent), np.float32(3.0 * 2.0**writing.exponent)
    key = extend(writing.key, np.uint64(i))
    high, low = planes[W_MAX], planes[W_MIN]
    for j in range(len(counts)):
        if counts[j] != 0 and high[j] != low[j]:
            w = held[j] + writing.noise * normal(draw(key, np.uint64(j)))
            w = min(max(w, -limit), limit)
            weights[j] = (w + bias) - bias


@inner
def settle(
    weights: Array, held: Array, planes: Array, xw: Array, dw: Array, writing: Packed
) -> None:
    """Draw the apparent weights of a tile anew where the words coincide."""
    counts = np.empty(len(dw), np.int32)
    for i in range(len(xw)):
        if xw[i] != 0 and count_row(xw[i], dw, counts) > 0:
            settle_row(weights[i], held[i], planes[i], counts, i, writing)


@inner
def settle_drawn(
    weights: Array,
    held: Array,
    planes: Array,
    chances: Any,
    slots: int,
    key: Any,
    writing: Packed,
) -> None:
    """Draw the apparent weights of a tile anew where `models.drawn` found coincidences."""
    counts = np.empty(len(chances[1]), np.int32)
    for i in range(len(chances[0])):
        if chances[0][i] != 0.0 and slots > 0:
            row_counts(key, i, chances[0][i], chances[1], slots, counts)
            settle_row(weights[i], held[i], planes[i], counts, i, writing)
