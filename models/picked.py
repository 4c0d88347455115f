"""Devices picked from anywhere in an array, laid side by side and stepped together like a row.

A row of few coincidences would be mostly idle lanes. Its devices wait in a list until there are
many. A device's noise belongs to its place and coincidence, so what it is stepped with changes
nothing.
"""

from typing import Any, NamedTuple

import numpy as np

from models.device.array import COINCIDENCE_STRIDE, Taking
from models.kernel import borrowing, owning, popcount
from models.key import GOLDEN
from models.stepping import WORK, Rule, together

Array = Any  # compiled code sees arrays and packed tuples, not their static types

_GOLDEN, _STRIDE, _ONE = np.uint64(GOLDEN), np.uint64(COINCIDENCE_STRIDE), np.uint64(1)
_FIVE = np.uint64(5)
_EACH = int(Taking.EACH)
_NO_LIMIT, _UP, _RAW = np.float32(np.inf), np.float32(1.0), np.float32(0.0)
#: Devices that wait before they are stepped, at least.
MANY = 512
#: Fewer than one in this many still has coincidences: the others are dropped first.
_HALVED = 2


class Picked(NamedTuple):
    """The list, and scratch to step it; one entry a device.

    `place`: its number in the tile; `plane`: where its first plane stands; `count`: its
    coincidences in this update; `done`: those taken before; `sign`: 1 where it rises, -1 where it
    falls; `base`, `shift`: where its noise comes from (`models.stepping.fill_each`).
    """

    place: Array
    plane: Array
    count: Array
    done: Array
    sign: Array
    base: Array
    shift: Array
    planes: Array
    weights: Array
    left: Array
    work: Array
    words: Array
    bases: Array


@owning
def make_picked(columns: int, planes: int) -> Any:
    """Return an empty list with room for `MANY` devices and a row more."""
    room = MANY + columns
    return Picked(
        np.empty(room, np.uint64),
        np.empty(room, np.uint64),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.float32),
        np.empty(room, np.uint64),
        np.empty(room, np.uint64),
        np.empty(planes * room, np.float32),
        np.empty(room, np.float32),
        np.empty(room, np.int32),
        np.empty(WORK * room, np.float32),
        np.empty((room + 1) // 2, np.uint64),
        np.empty(2 * room, np.uint64),
    )


@borrowing
def _complete(
    picked: Any,
    first: int,
    n: int,
    i: int,
    shape: Any,
    done: int,
    sign: Any,
    signs: Array,
    key: Any,
) -> None:
    """Complete the entries from `first` on, of row `i`, which hold columns and counts yet."""
    many, columns = np.uint64(shape[1]), np.uint64(shape[2])
    place, plane = np.uint64(i) * columns, np.uint64(i) * many * columns
    begin = key + (np.uint64(done) * _STRIDE + _ONE) * _GOLDEN
    for k in range(first, n):
        picked.sign[k] = sign * signs[picked.place[k]]
    for k in range(first, n):
        column = picked.place[k]
        picked.place[k], picked.plane[k] = place + column, plane + column
        picked.base[k] = begin + (column >> _ONE) * _GOLDEN
        picked.shift[k] = (column & _ONE) << _FIVE
        picked.done[k] = np.int32(done)


@borrowing
def pick_row(
    picked: Any,
    n: int,
    i: int,
    shape: Any,
    counts: Array,
    done: int,
    sign: Any,
    signs: Array,
    key: Any,
) -> Any:
    """Append the devices of row `i` with more coincidences than `done`; return the new length.

    `shape` is that of the tile's planes, (rows, P, columns). Columns go by 64, a bit each.
    """
    at, limit = np.uint64(n), np.int32(done)
    for first in range(0, len(counts), 64):
        own, found = counts[first : first + 64], np.uint64(0)
        for j in range(len(own)):
            found |= np.uint64(own[j] > limit) << np.uint64(j)
        while found:
            place = np.uint64(popcount((found & (~found + _ONE)) - _ONE))
            picked.place[at], picked.count[at] = np.uint64(first) + place, own[place]
            found &= found - _ONE
            at += _ONE
    _complete(picked, n, np.int64(at), i, shape, done, sign, signs, key)
    return np.int64(at)


@borrowing
def pick_listed(
    picked: Any,
    n: int,
    i: int,
    shape: Any,
    x: Any,
    listed: Array,
    dw: Array,
    sign: Any,
    signs: Array,
    key: Any,
) -> Any:
    """Append the devices of row `i` and the listed columns whose words coincide with `x`."""
    at = np.uint64(n)
    for j in listed:
        count = popcount(x & dw[j])
        picked.place[at], picked.count[at] = np.uint64(j), count
        at += np.uint64(count > 0)
    _complete(picked, n, np.int64(at), i, shape, 0, sign, signs, key)
    return np.int64(at)


@owning
def _pack(picked: Any, n: int, weights: Array, planes: Array, shape: Any, aggregated: bool) -> Any:
    """Lay the devices side by side; return their planes, shape (P, n). The arrays are flat."""
    many, columns = shape[1], np.uint64(shape[2])
    packed = picked.planes[: many * n].reshape(many, n)
    for p in range(many):
        own, ahead = packed[p], np.uint64(p) * columns
        for k in range(n):
            own[k] = planes[picked.plane[k] + ahead]
    base, shift = picked.bases[:n], picked.bases[n : 2 * n]
    for k in range(n):
        base[k], shift[k] = picked.base[k], picked.shift[k]
        picked.left[k] = picked.count[k] - picked.done[k]
    for k in range(n):
        picked.weights[k] = weights[picked.place[k]]
    if aggregated:
        for k in range(n):
            up, left = picked.sign[k] > 0, np.int64(picked.left[k])
            picked.left[k] = together(packed, k, up, left)
    return packed


@borrowing
def _return(picked: Any, n: int, weights: Array, bias: Any, taken: Any) -> Any:
    """Write the weights back, rounded where nothing is left; return how many entries stay."""
    kept = np.uint64(0)
    for k in range(n):
        w, count = picked.weights[k], picked.count[k]
        place, plane, before = picked.place[k], picked.plane[k], picked.done[k]
        step = min(np.int64(picked.left[k]), taken)
        done = before + step
        weights[place] = w if done < count else (w + bias) - bias
        picked.place[kept], picked.plane[kept], picked.count[kept] = place, plane, count
        picked.done[kept], picked.sign[kept] = done, picked.sign[k]
        picked.base[kept] = picked.base[k] + np.uint64(step) * (_STRIDE * _GOLDEN)
        picked.shift[kept] = picked.shift[k]
        kept += np.uint64(done < count)
    return np.int64(kept)


@owning
def step_picked(picked: Any, n: int, weights: Array, planes: Array, step: Any, rule: Any) -> None:
    """Give the first `n` devices of the list their coincidences.

    `weights` and `planes` are those of the tile, `step` is `models.coincidence.step_row`.
    """
    raw = Rule(rule.shape, rule.additive, rule.taking, rule.noise, _RAW, rule.coefficients)
    flat, all_planes, shape = (
        weights.reshape(weights.size),
        planes.reshape(planes.size),
        planes.shape,
    )
    while n > 0:
        packed = _pack(picked, n, flat, all_planes, shape, rule.taking != _EACH)
        taken = step(
            picked.weights[:n],
            packed,
            picked.left[:n],
            _UP,
            picked.sign[:n],
            raw,
            np.uint64(0),
            picked.work[: WORK * n].reshape(WORK, n),
            picked.words[: (n + 1) // 2],
            picked.bases[: 2 * n].reshape(2, n),
            np.int64(_HALVED),
            _NO_LIMIT,
        )
        n = _return(picked, n, flat, rule.bias, taken)
