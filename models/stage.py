"""Compiled reads of a stage: input scaling, its tiles under bound management, partial sums.

Equal bit for bit to `models.network.Network.encode` and `models.layer.linear`.
"""

import math
from typing import Any

import numpy as np

from models.converter import Scaling
from models.kernel import draw, extend, inner
from models.member import view_of, view_seen
from models.read import (
    attempt_keys,
    drooped,
    largest_of,
    read_vector,
    sum_columns,
    sum_rows,
    uniform,
    within,
)

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_EXACT, _SHIFT = int(Scaling.EXACT), int(Scaling.SHIFT)
_ABS_MAX, _AVERAGE = int(Scaling.ABS_MAX), int(Scaling.AVERAGE)
_NO_ATTEMPT = np.uint64(0)


@inner
def _drive(
    plan: Packed,
    side: int,
    block: int,
    sample: Any,
    attempt: Any,
    v: Array,
    unit: float,
    out: Array,
) -> None:
    """Write v / unit as codes of the DAC, rounded as it rounds."""
    limit = plan.reading.dac_limit
    if plan.reading.dac_dithered:
        key = extend(extend(plan.reading.dac_keys[side, block], sample), attempt)
        for i in range(len(out)):
            code = np.floor(v[i] / unit + uniform(draw(key, np.uint64(i))))
            out[i] = within(code, -limit, limit)
    else:
        for i in range(len(out)):
            out[i] = within(np.rint(v[i] / unit), -limit, limit)


@inner
def _encode_block(
    plan: Packed, average: Array, side: int, block: int, k: int, v: Array, out: Array
) -> Any:
    """Write the codes of one block of lines; return their factor.

    `models.converter.scale_input`, with the running average of `models.network.Network`.
    """
    if plan.scaling == _EXACT:
        out[:] = v[: len(out)]
        return 1.0
    largest = largest_of(v[: len(out)])
    factor = plan.reading.fixed_factor
    if plan.scaling == _SHIFT:
        exponent = math.frexp(largest)[1] + plan.reading.exponent_offset
        if plan.integer:
            exponent = max(exponent, 0)
        factor = math.ldexp(1.0, exponent)
    elif plan.scaling in (_ABS_MAX, _AVERAGE):
        top = min(largest, plan.reading.noise_value)
        if plan.scaling == _AVERAGE:
            before, decay = average[block], plan.reading.noise_decay
            top = largest if before < 0.0 else before * (1.0 - decay) + decay * largest
            average[block] = top
        factor = top * plan.reading.dac_bound / plan.reading.dac_limit if top > 0.0 else 1.0
    _drive(plan, side, block, np.uint64(k), _NO_ATTEMPT, v, factor, out)
    return factor


@inner
def encode(plan: Packed, state: Packed, m: int, side: int, k: int, v: Array, out: Array) -> None:
    """Write the codes of vector `k` of a stage's inputs (`side` 0) or errors (1), keep factors."""
    placing = plan.placing
    if side == 0:
        first, count = placing.row_block[m], placing.row_blocks[m]
        origin, lines, factor, average = (
            placing.row_from, placing.row_lines, state.x_factor, state.x_average,
        )  # fmt: skip
        slot = k % plan.x_depth[m]
    else:
        first, count = placing.column_block[m], placing.column_blocks[m]
        origin, lines, factor, average = (
            placing.column_from, placing.column_lines, state.d_factor, state.d_average,
        )  # fmt: skip
        slot = k % plan.d_depth[m]
    for block in range(first, first + count):
        a, b = origin[block], origin[block] + lines[block]
        factor[block, slot] = _encode_block(plan, average, side, block, k, v[a:b], out[a:b])


@inner
def _shrink(
    plan: Packed,
    m: int,
    side: int,
    block: int,
    sample: Any,
    codes: Array,
    tried: int,
    shift: int,
    out: Array,
) -> int:
    """Write a retry's smaller codes; return their halvings (models.bound.managed)."""
    bound = plan.reading.bound
    shift += 1
    if bound.jump and tried == 1:
        over, under = 0.0, 0.0
        for i in range(len(codes)):
            over += max(codes[i], 0.0)
            under -= min(codes[i], 0.0)
        while shift < bound.most and max(over, under) > math.ldexp(plan.reading.load[m], shift):
            shift += 1
    _drive(plan, side, block, sample, np.uint64(tried), codes, math.ldexp(1.0, shift), out)
    return shift


@inner
def _clips(bound: Packed, outputs: Array) -> bool:
    """Whether an output is at a rail."""
    found = False
    for j in range(len(outputs)):
        found |= outputs[j] >= bound.high or outputs[j] <= bound.low
    return found


@inner
def _read(
    plan: Packed, state: Packed, m: int, side: int, block: int, tile: int, k: int,
    codes: Array, out: Array,
) -> float:  # fmt: skip
    """Read a tile under bound management; return the outputs' reduction.

    `side` is what is driven: 0 the rows (F), 1 the columns (B); `block` whose codes they are.
    Repeated reads are counted in `state` (models.layer.linear.read_managed).
    """
    rows, columns = (len(out), len(codes)) if side else (len(codes), len(out))
    vectors, sample = plan.passing.errors[m] if side else plan.passing.reads[m], np.uint64(k)
    weights = view_seen(plan, state, tile, view_of(plan, k // vectors), rows, columns)
    if plan.scaling == _EXACT:
        if side:
            sum_rows(weights, codes, out)
        else:
            sum_columns(weights, codes, out)
        return 1.0
    periphery = plan.reading.periphery
    if periphery.wire != 0.0:
        weights = drooped(weights, plan.exponent[tile], periphery.wire)
    most = plan.reading.bound.most if side == 0 or plan.reading.bound_backward else 0
    noisy, smaller = state.work[2, : len(codes)], state.work[3, : len(codes)]
    grid, lsb, noise = plan.grid[tile], plan.adc_lsb[m], plan.noise[m]
    driven = codes
    shift, tried = np.int64(0), np.int64(0)
    while True:
        keys = attempt_keys(plan.reading.keys[side, tile], sample, np.uint64(tried))
        read_vector(periphery, weights, side == 1, driven, noisy, keys, grid, lsb, noise, out)
        if shift >= most or not _clips(plan.reading.bound, out):
            break
        tried += 1
        shift = _shrink(plan, m, side, block, sample, codes, tried, shift, smaller)
        driven = smaller
    state.retried[k % vectors, tile, side] = tried
    state.retries[tile, side] += tried
    return math.ldexp(1.0, int(shift))


@inner
def add_reads(
    plan: Packed, state: Packed, m: int, side: int, k: int, codes: Array, out: Array
) -> None:
    """Write the digital sums of a stage's tiles, unrounded, for one vector, number `k`."""
    placing = plan.placing
    out[:] = 0.0
    tile = placing.tiles[m]
    for r in range(placing.row_block[m], placing.row_block[m] + placing.row_blocks[m]):
        rows = (placing.row_from[r], placing.row_from[r] + placing.row_lines[r])
        for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
            columns = (placing.column_from[c], placing.column_from[c] + placing.column_lines[c])
            driven, read = (columns, rows) if side else (rows, columns)
            found = state.work[4, : read[1] - read[0]]
            own = codes[driven[0] : driven[1]]
            factor = plan.scale[m]
            reduction = _read(plan, state, m, side, c if side else r, tile, k, own, found)
            if plan.scaling != _EXACT:
                vector = state.x_factor[r, k % plan.x_depth[m]]
                if side:
                    vector = state.d_factor[c, k % plan.d_depth[m]]
                factor = plan.adc_lsb[m] * factor * vector * reduction
            for j in range(len(found)):
                out[read[0] + j] += found[j] * factor
            tile += 1
