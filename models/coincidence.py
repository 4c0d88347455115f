"""Compiled pulsed update of one array: coincidences of the words, then steps of the devices.

`models.crossbar.Crossbar.update` is the plain twin, equal bit for bit. Every number of noise
belongs to its device and coincidence, so rows may go whole or device by device.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from models.device.array import COINCIDENCE_STRIDE, QUARTER, RATE_DOWN, RATE_UP, Taking
from models.device.response import Shape
from models.held import hold, keep
from models.jittered import jitter_row, jittered, line_key
from models.kernel import borrowing, by_address, owning, popcount
from models.key import GOLDEN
from models.picked import MANY, make_picked, pick_listed, pick_row, step_picked
from models.stepping import (
    NEXT,
    RULE,
    WEIGHT,
    WORK,
    aggregate_row,
    constant_row,
    fill,
    fill_each,
    gather,
    gather_shape,
    linear_lanes,
    mean_lanes,
    move_lanes,
    single_row,
)

Array = Any  # compiled code sees arrays and packed tuples, not their static types

_GOLDEN = np.uint64(GOLDEN)
_LINEAR = int(Shape.LINEAR)
_EACH, _CONSTANT = int(Taking.EACH), int(Taking.CONSTANT)
_STRIDE, _ONE = np.uint64(COINCIDENCE_STRIDE), np.uint64(1)
#: A row of at least `WIDE` columns is stepped as it is where one in `SPARSE` has a coincidence, and
#: on as long as one in `THIN` has more; other devices wait in a list (`models.picked`).
WIDE, SPARSE, THIN = 32, 12, 32
#: More coincidences than any device has.
ALL = 1 << 30


@borrowing
def count_row(word: Any, words: Array, counts: Array) -> Any:
    """Write the coincidences of one row's word with each column's; return their sum."""
    total = 0
    for j in range(len(words)):
        count = popcount(word & words[j])
        counts[j] = np.int32(count)
        total += count
    return total


@borrowing
def _above(counts: Array, limit: Any) -> Any:
    above = np.int64(0)
    for j in range(len(counts)):
        above = above + np.int64(counts[j] > limit)
    return above


@borrowing
def _draw(words: Array, key: Any, bases: Array, done: Any) -> None:
    """Write the words of all devices' coincidence number `done`; see `_step_row`."""
    if bases.shape[1] > 0:
        fill_each(words.view(np.uint32), bases, done)
    else:
        fill(words, key + (np.uint64(done) * _STRIDE + _ONE) * _GOLDEN)


@borrowing
def _passes(
    planes: Array,
    counts: Array,
    rule: Any,
    key: Any,
    work: Array,
    words: Array,
    bases: Array,
    thin: Any,
) -> Any:
    """Move the devices together; return how many coincidences are done, and the weights."""
    halves, columns = words.view(np.uint32), len(counts)
    done, w, out = np.int64(0), work[WEIGHT], work[NEXT]
    while _above(counts, np.int32(done)) * thin >= columns:
        c = np.int32(done)
        _draw(words, key, bases, done)
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
    bases: Array,
    thin: Any,
    limit: Any,
) -> Any:
    """Move the devices of a row by their coincidences; return how many of each are done.

    `planes`, shape (P, columns); `counts`: coincidences of each device (int32), which rises where
    `row_sign` times its column's of `signs` is 1 and falls where it is -1 (float32); `key` belongs
    to (seed, tile, U, sample, row), or `bases` to devices from anywhere (`fill_each`; shape (2, 0)
    for a row). `work`, shape (WORK, columns), and `words`, half as many as columns, are scratch.
    The row is left when fewer than one in `thin` has coincidences left. A device is rounded to the
    grid when it has none. Aggregated devices take all, or none above `limit` (`aggregate_row`):
    then 0 is returned. ALL is where none has coincidences left.
    """
    columns, halves = len(weights), words.view(np.uint32)
    if rule.shape == _LINEAR and not rule.additive:
        several = _above(counts, np.int32(1))
        if several == 0 or (rule.taking == _EACH and several * thin < columns):
            _draw(words, key, bases, np.int64(0))
            single_row(weights, planes, counts, row_sign, signs, halves, rule)
            return np.int64(ALL if several == 0 else 1)
    if rule.taking != _EACH:
        _draw(words, key, bases, np.int64(0))
        if rule.taking == _CONSTANT:
            constant_row(weights, planes, counts, row_sign, signs, halves, rule)
            return np.int64(ALL)
        stay = aggregate_row(weights, planes, counts, row_sign, signs, halves, rule, limit)
        return np.int64(0) if stay else np.int64(ALL)
    gather(planes, weights, row_sign, signs, work)
    if rule.shape != _LINEAR or rule.additive:
        gather_shape(planes, rule, work)
    done, moved = _passes(planes, counts, rule, key, work, words, bases, thin)
    bias, last = rule.bias, np.int32(done)
    for j in range(columns):
        w = moved[j]
        rounded = (w + bias) - bias
        weights[j] = rounded if counts[j] <= last else w
    return done


@cache
def step_row() -> Any:
    """Return `_step_row` compiled, as what compiled code calls by address.

    So its code is made once, not again in every function that calls one that calls it.
    """
    line, plane = types.float32[::1], types.float32[:, ::1]
    words, bases = types.uint64[::1], types.uint64[:, ::1]
    counts, sign, key = types.int32[::1], types.float32, types.uint64
    steps = types.int64(
        line, plane, counts, sign, line, RULE, key, plane, words, bases, types.int64, types.float32
    )
    return by_address(steps)(_step_row)


class Row(NamedTuple):
    """Scratch for one row of an array: counts and signs of its devices, and that of `step_row`."""

    counts: Array
    signs: Array
    work: Array
    words: Array
    bases: Array


@owning
def make_row(columns: int) -> Any:
    """Return scratch for rows of so many columns."""
    return Row(
        np.empty(columns, np.int32),
        np.empty(columns, np.float32),
        np.empty((WORK, columns), np.float32),
        np.empty((columns + 1) // 2, np.uint64),
        np.empty((2, 0), np.uint64),
    )


@borrowing
def _forget_near(row: Any, sign: Any, planes: Array) -> None:
    """Set the counts of those devices of a row to 0 that took all coincidences at once."""
    for j in range(len(row.counts)):
        rising, falling = planes[RATE_UP, j], planes[RATE_DOWN, j]
        rate = rising if sign * row.signs[j] > 0 else falling
        part = np.float32(row.counts[j]) * abs(rate)
        row.counts[j] = row.counts[j] if part > QUARTER else 0


@borrowing
def take_row(
    weights: Array,
    planes: Array,
    step: Any,
    rule: Any,
    i: int,
    sign: Any,
    key: Any,
    row: Any,
    picked: Any,
    n: int,
) -> Any:
    """Give the devices of row `i` the coincidences `row.counts`, now or in the list of `n` entries.

    Return how many wait there after. Arrays are those of the whole tile; `row.counts` is scratch
    afterwards.
    """
    columns, done = len(row.counts), np.int64(0)
    if jittered(rule):
        jitter_row(weights[i], planes[i], row.counts, sign, row.signs, rule, key)
        return n
    if columns >= WIDE and _above(row.counts, np.int32(0)) * SPARSE >= columns:
        done = step(
            weights[i], planes[i], row.counts, sign, row.signs, rule, key, row.work, row.words,
            row.bases, np.int64(THIN), QUARTER,
        )  # fmt: skip
        if done == 0:
            _forget_near(row, sign, planes[i])
    if done < ALL:
        n = pick_row(picked, n, i, planes.shape, row.counts, done, sign, row.signs, key)
    return _flushed(weights, planes, step, rule, picked, n)


@owning
def _flushed(weights: Array, planes: Array, step: Any, rule: Any, picked: Any, n: int) -> int:
    """Step the list if it is long enough; return its length."""
    if n < MANY:
        return n
    step_picked(picked, n, weights, planes, step, rule)
    return 0


@owning
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
    (seed, tile, U, sample), as `models.jittered.update_key` has it; `step` is `step_row`. Devices
    without a coincidence keep their weights.
    """
    rows, columns = weights.shape
    listed = np.flatnonzero(dw)
    own_row, own_picked, n = make_row(columns), make_picked(columns, planes.shape[1]), np.int64(0)
    row, picked = hold(own_row), hold(own_picked)
    few = len(listed) * SPARSE < columns and not jittered(rule)
    for j in range(columns):
        row.signs[j] = np.float32(1.0) if ds[j] == 0 else np.float32(-1.0)
    total = 0
    for i in range(rows):
        if xw[i] == 0:
            continue
        row_key = line_key(rule, key, i)
        sign = np.float32(1.0) if xs[i] == 0 else np.float32(-1.0)
        if few:
            before = n
            n = pick_listed(picked, n, i, planes.shape, xw[i], listed, dw, sign, row.signs, row_key)
            total += picked.count[before:n].sum()
            n = _flushed(weights, planes, step, rule, picked, n)
            continue
        found = count_row(xw[i], dw, row.counts)
        if found > 0:
            total += found
            n = take_row(weights, planes, step, rule, i, sign, row_key, row, picked, n)
    step_picked(picked, n, weights, planes, step, rule)
    keep(own_row)
    keep(own_picked)
    return total
