"""Compiled reads of a transfer: a line of source after source, taken in."""

from typing import Any

import numpy as np

from models.kernel import draw, extend, inner
from models.pulsing import TYPES
from models.read import drooped, read_vector, uniform

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_LFSR, _ORDERED = TYPES["lfsr"], TYPES["deterministic"]
_UP = np.float32(1.0)
_COLUMN: Any = np.bool_(True)  # of NumPy's type: nothing is compiled twice
_NONE: Any = np.int64(0)


@inner
def _own_line(
    plan: Packed, state: Packed, tile: int, array: int, i: int, rows: int, columns: int, out: Array
) -> None:
    """Write row `i` of one array's weights (models.cell.UnitCell.array_weights)."""
    combining, size = plan.combining, rows * columns
    at = combining.devices * plan.placing.weight_at[tile] + array * combining.per * size
    limit = np.float32(2.0 ** plan.exponent[tile])
    bias = np.float32(3.0 * 2.0 ** plan.exponent[tile])
    for j in range(columns):
        place = at + i * columns + j
        total = combining.own_gamma[0] * state.held[place]
        for number in range(1, combining.per):
            total = total + combining.own_gamma[number] * state.held[place + number * size]
        w = min(max(total, -limit), limit)
        out[j] = (w + bias) - bias


@inner
def line_keys(tile_keys: Array, n: Any, source: Any) -> Any:
    """Return the keys of one read of a line: noise, input noise, rounding."""
    return (
        extend(extend(tile_keys[0], n), source),
        extend(extend(tile_keys[1], n), source),
        extend(extend(tile_keys[2], n), source),
    )


@inner
def _read_line(
    plan: Packed,
    state: Packed,
    m: int,
    tile: int,
    t: int,
    n: int,
    i: int,
    source: int,
    rows: int,
    codes: Array,
) -> None:
    """Write the ADC codes of row `i` of an array, driven alone at full scale."""
    own, periphery, columns = plan.transferring, plan.reading.periphery, len(codes)
    whole = periphery.wire != 0.0 or periphery.input_noise != 0.0
    first, last = (np.int64(0), rows) if whole else (i, i + 1)
    seen = np.empty((last - first, columns), np.float32)
    for row in range(first, last):
        _own_line(plan, state, tile, source, row, rows, columns, seen[row - first])
    if periphery.wire != 0.0:
        seen = drooped(seen, plan.exponent[tile], periphery.wire)
    driven, scratch = np.zeros(last - first), np.empty(last - first)
    driven[i - first] = own.limit
    keys = line_keys(own.read_key[t, tile], np.uint64(n), np.uint64(source))
    grid, noise = plan.grid[tile], plan.noise[m]
    read_vector(periphery, seen, False, driven, scratch, keys, grid, own.lsb, noise, codes)


@inner
def memory_of(plan: Packed, state: Packed, tile: int, t: int, rows: int, columns: int) -> Any:
    """Return a transfer's digital memory of a tile, shape (rows, K, columns)."""
    count = plan.transferring.memory
    first = count * (t * plan.weights + plan.placing.weight_at[tile])
    size = count * rows * columns
    return state.digital[first : first + size].reshape(rows, count, columns)


@inner
def flips(plan: Packed, tile: int, n: int, i: int) -> bool:
    """Whether the chopper of row `i` flips after transfer line `n`."""
    own = plan.transferring
    word = draw(extend(own.chop_key[tile], np.uint64(n)), np.uint64(i))
    return bool(own.chop > 0.0 and uniform(word) < own.chop)


@inner
def gather(
    plan: Packed, state: Packed, m: int, tile: int, t: int, n: int, rate: int, rows: int,
    memory: Array, flip: bool,
) -> None:  # fmt: skip
    """Read line `n` of source after source into its memory, shape (K, columns)."""
    own, i, codes = plan.transferring, n % rows, np.zeros(memory.shape[1])
    sign = state.chopper[plan.placing.row_at[tile] + i]
    for place in range(own.sources.shape[1]):
        source = own.sources[t, place]
        if source < 0:
            break
        _read_line(plan, state, m, tile, t, n, i, source, rows, codes)
        kept = memory[1 + own.own * place : 1 + own.own * (place + 1)]
        constants = own.constants[t, rate]
        own.take(codes, memory[0], kept, constants, sign, 1.0 if flip else 0.0)
