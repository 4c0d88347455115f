"""Write noise: the weights that reads see, about the states that pulses move.

A device has a state, which pulses step from, and an apparent weight, which reads see: the state
plus write_noise dw_min xi with a standard normal xi, drawn anew by every update in which the device
takes a coincidence (aihwkit, rpu_pulsed_device.cpp: persistent weights). Its number belongs to
(seed, tile, WRITE, sample, row), with the column as counter. It is clipped to +-2^e and rounded to
the weight grid, so that reads stay exact sums. Devices that cannot move show their state.
"""

import numpy as np

from models.device.array import DeviceArray, Floats, to_grid
from models.key import Words, draw, extend, normal


def within(weights: Floats, exponent: int) -> Floats:
    """Return weights clipped to +-2^exponent."""
    limit = np.float32(2.0**exponent)
    return np.minimum(np.maximum(weights, -limit), limit)


def apparent(held: Floats, devices: DeviceArray, noise: float, key: Words) -> Floats:
    """Return what reads see of the states `held`, shape (rows, columns), if all are written.

    `noise` is the standard deviation; `key` belongs to (seed, tile, WRITE, sample).
    """
    rows, columns = held.shape
    words = draw(extend(key, np.arange(rows))[:, None], np.arange(columns)[None, :])
    noisy = within(held + np.float32(noise) * normal(words), devices.exponent)
    seen = to_grid(noisy, devices.exponent)
    return np.where(devices.w_min == devices.w_max, held, seen)
