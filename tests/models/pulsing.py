"""Crossbars of chosen devices and trains that pulse all of them alike."""

import numpy as np

from models.crossbar import Crossbar
from models.device.array import to_grid
from models.device.section import Device
from models.pulse import PulseWords
from models.starting import make_crossbar
from models.tile import TileConfig


def crossbar(device: Device, rows: int, columns: int, weight: float = 0.0) -> Crossbar:
    """A tile of drawn devices, all at one weight as far as their bounds let them."""
    bar = make_crossbar(TileConfig(rows, columns), device, 0.1, 4.0)
    held = np.clip(weight, bar.devices.w_min, bar.devices.w_max)
    bar.weights[...] = to_grid(held, bar.devices.exponent)
    return bar


def train(bar: Crossbar, pulses: int, up: bool) -> PulseWords:
    """Words that step every device `pulses` times in one direction, 63 at most."""
    word = np.uint64((1 << pulses) - 1)
    rows, columns = bar.config.rows, bar.config.columns
    return PulseWords(
        xw=np.full(rows, word),
        xs=np.zeros(rows, np.uint8),
        dw=np.full(columns, word),
        ds=np.full(columns, 0 if up else 1, np.uint8),
        slots=pulses,
    )


def after(bar: Crossbar, pulses: int, up: bool, sample: int = 0) -> np.ndarray:
    """The weights, in float64, after as many pulses."""
    assert bar.update(train(bar, pulses, up), sample) == pulses * bar.weights.size
    return bar.weights.astype(np.float64)
