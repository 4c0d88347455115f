"""Steps of the devices of a tile by the coincidences of one update: the plain twin.

`models.coincidence` and `models.stepping` are the compiled ones, equal bit for bit.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from models.device.array import COINCIDENCE_STRIDE, DeviceArray, Floats, to_grid
from models.jitter import device_states, numbers, onward, update_state
from models.key import Words, draw, extend, normal


def moved(
    devices: DeviceArray,
    states: Floats,
    count: npt.NDArray[Any],
    up: npt.NDArray[np.bool_],
    aggregated: bool,
    key: Words,
) -> Floats:
    """Return states, shape (rows, columns), after `count` coincidences each, up or down.

    A device takes its steps one after another, each with its own noise, keyed by `key` of (seed,
    tile, U, sample) and the row; two columns share a word, whose counter is their number and that
    of the coincidences done. Or it takes as many at once as it can (`DeviceArray.together`). It is
    rounded to the grid once at the end. Emulated devices draw from a register, `key`
    (`models.jitter`).
    """
    if devices.jittered:
        return _jittered(devices, states, count, up, key)
    w, places = states, np.arange(states.shape[1])[None, :]
    rows = extend(key, np.arange(len(states)))[:, None]
    half = np.uint64(32) * (places & 1).astype(np.uint64)
    left, done = count.astype(np.int64), np.zeros(count.shape, np.int64)
    while left.any():
        xi = normal(draw(rows, (places >> 1) + done * COINCIDENCE_STRIDE) >> half)
        part = devices.together(up, left) if aggregated else np.minimum(left, 1)
        after = devices.move_aggregated(w, up, part, xi) if aggregated else devices.move(w, up, xi)
        w = np.where(left > 0, after, w)
        left, done = left - part, done + part
    return to_grid(w, devices.exponent)


def update_key(devices: DeviceArray, key: int, sample: int) -> Words:
    """Return the key of the steps of a sample's update; `key` is (seed, tile, U)."""
    if devices.jittered:
        return np.asarray(update_state(key, sample), np.uint64)
    return extend(key, sample)


def _jittered(
    devices: DeviceArray,
    states: Floats,
    count: npt.NDArray[Any],
    up: npt.NDArray[np.bool_],
    key: Words,
) -> Floats:
    w, seen = states, device_states(int(key), *states.shape)
    for done in range(int(count.max(initial=0))):
        w = np.where(count > done, devices.move(w, up, numbers(seen)), w)
        seen = onward(seen)
    return w
