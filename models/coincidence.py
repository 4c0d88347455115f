"""Compiled pulsed update of one array: coincidences of the words, then steps of the devices.

`models.crossbar.Crossbar.update` is the plain twin, equal bit for bit. Every number of noise
belongs to its device and coincidence, so rows may go whole or device by device.
"""

from functools import cache
from typing import Any

import numpy as np
from numba import cfunc, njit, types

from models.device.array import COINCIDENCE_STRIDE
from models.device.response import Shape
from models.kernel import extend, popcount
from models.key import GOLDEN
from models.stepping import (
    NEXT,
    RULE,
    WEIGHT,
    WORK,
    aggregate_row,
    fill,
    gather,
    gather_shape,
    linear_lanes,
    mean_lanes,
    move_lanes,
    step_many,
    step_noise,
    step_one,
    together,
)

Array = Any  # compiled code sees arrays and packed tuples, not their static types

_GOLDEN = np.uint64(GOLDEN)
_LINEAR = int(Shape.LINEAR)
_STRIDE, _ONE = np.uint64(COINCIDENCE_STRIDE), np.uint64(1)
_NONE = np.int64(0)  # of NumPy's type, so that `_device` is compiled once
#: A row goes device by device where fewer than one in this many has a step left.
SPARSE = 32


@njit(cache=True, error_model="numpy")
def count_row(word: Any, words: Array, counts: Array) -> Any:
    """Write the coincidences of one row's word with each column's; return their sum."""
    total = 0
    for j in range(len(words)):
        count = popcount(word & words[j])
        counts[j] = np.int32(count)
        total += count
    return total


@njit(cache=True, error_model="numpy")
def _above(counts: Array, limit: Any) -> Any:
    above = np.int64(0)
    for j in range(len(counts)):
        above = above + np.int64(counts[j] > limit)
    return above


@njit(cache=True, error_model="numpy")
def _device(
    weights: Array, planes: Array, j: int, done: Any, count: Any, up: bool, rule: Any, key: Any
) -> None:
    """Move device `j` of a row by its coincidences from number `done` on, then round it."""
    w, c = weights[j], np.int64(done)
    while c < count:
        xi, part = step_noise(key, j, c), np.int64(1)
        if rule.aggregated:
            part = together(planes, j, up, np.int64(count - c))
            w = step_many(w, planes, j, up, part, rule.noise, xi)
        else:
            w = step_one(w, planes, j, up, rule, xi)
        c += part
    weights[j] = (w + rule.bias) - rule.bias


@njit(cache=True, error_model="numpy")
def _passes(planes: Array, counts: Array, rule: Any, key: Any, work: Array, words: Array) -> Any:
    """Move the row's devices together; return how many coincidences are done, and the weights."""
    halves = words.view(np.uint32)
    columns = len(counts)
    done, w, out = 0, work[WEIGHT], work[NEXT]
    while _above(counts, np.int32(done)) * SPARSE >= columns:
        c = np.int32(done)
        fill(words, key + (np.uint64(done) * _STRIDE + _ONE) * _GOLDEN)
        if rule.shape == _LINEAR and not rule.additive:
            linear_lanes(w, out, work, planes, counts, halves, c, rule.noise)
        else:
            mean_lanes(w, work, rule)
            move_lanes(w, out, work, planes, counts, halves, c, rule)
        w, out, done = out, w, done + 1
    return done, w


def _step_row(
    weights: Array,
    planes: Array,
    counts: Array,
    row_sign: Any,
    signs: Array,
    rule: Any,
    key: Any,
    work: Array,
    words: Array,
) -> None:
    """Move every device of a row by its coincidences, and round it to the grid once.

    `planes`, shape (P, columns); `counts`: coincidences of each device (int32), which rises where
    `row_sign` times its column's of `signs` is 1 and falls where it is -1 (float32); `key` belongs
    to (seed, tile, U, sample, row). `work`, shape (WORK, columns), and `words`, half as many as
    columns, are scratch.
    """
    columns = len(weights)
    done, many = 0, _above(counts, np.int32(0)) * SPARSE >= columns
    if many and rule.aggregated:
        fill(words, key + _GOLDEN)
        halves = words.view(np.uint32)
        left = aggregate_row(weights, planes, counts, row_sign, signs, halves, rule)
        for j in range(columns if left else 0):
            up = row_sign * signs[j] > 0
            if together(planes, j, up, np.int64(counts[j])) < counts[j]:
                _device(weights, planes, j, _NONE, counts[j], up, rule, key)
        return
    if many:
        gather(planes, weights, row_sign, signs, work)
        if rule.shape != _LINEAR or rule.additive:
            gather_shape(planes, rule, work)
        done, moved = _passes(planes, counts, rule, key, work, words)
        bias, last = rule.bias, np.int32(done)
        for j in range(columns):
            w = moved[j]
            rounded = (w + bias) - bias
            weights[j] = rounded if counts[j] <= last else w
        if _above(counts, last) == 0:
            return
    for j in range(columns):
        if counts[j] > done:
            up = row_sign * signs[j] > 0
            _device(weights, planes, j, done, counts[j], up, rule, key)


@cache
def step_row() -> Any:
    """Return `_step_row` compiled, as what compiled code calls by address.

    So its code is made once, not again in every function that calls one that calls it.
    """
    line, plane = types.float32[::1], types.float32[:, ::1]
    steps = types.void(
        line,
        plane,
        types.int32[::1],
        types.float32,
        line,
        RULE,
        types.uint64,
        plane,
        types.uint64[::1],
    )
    return cfunc(steps, cache=True, error_model="numpy")(_step_row)


@njit(cache=True, error_model="numpy")
def _single(
    weights: Array,
    planes: Array,
    listed: Array,
    x: Any,
    row_sign: Any,
    dw: Array,
    signs: Array,
    rule: Any,
    key: Any,
) -> int:
    """Move the devices of the listed columns of a row one by one; return the coincidences."""
    total = 0
    for j in listed:
        count = popcount(x & dw[j])
        if count > 0:
            total += count
            _device(weights, planes, j, _NONE, np.int32(count), row_sign * signs[j] > 0, rule, key)
    return total


@njit(cache=True, error_model="numpy")
def pulse_update(
    weights: Array,
    planes: Array,
    step: Any,
    rule: Any,
    xw: Array,
    xs: Array,
    dw: Array,
    ds: Array,
    key: Any,
) -> int:
    """Apply one rank-1 pulsed update in place; return the number of coincidences.

    `planes`, shape (rows, P, columns), holds each row's devices side by side; `key` belongs to
    (seed, tile, U, sample); `step` is `step_row`. Devices without a coincidence keep their weights.
    """
    rows, columns = weights.shape
    listed = np.flatnonzero(dw)
    few = len(listed) * SPARSE < columns
    counts, signs = np.empty(columns, np.int32), np.empty(columns, np.float32)
    for j in range(columns):
        signs[j] = np.float32(1.0) if ds[j] == 0 else np.float32(-1.0)
    work, words = np.empty((WORK, columns), np.float32), np.empty((columns + 1) // 2, np.uint64)
    total = 0
    for i in range(rows):
        if xw[i] == 0:
            continue
        row_key, sign = (
            extend(key, np.uint64(i)),
            np.float32(1.0) if xs[i] == 0 else np.float32(-1.0),
        )
        if few:
            total += _single(weights[i], planes[i], listed, xw[i], sign, dw, signs, rule, row_key)
            continue
        found = count_row(xw[i], dw, counts)
        if found > 0:
            total += found
            step(weights[i], planes[i], counts, sign, signs, rule, row_key, work, words)
    return total
