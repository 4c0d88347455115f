"""Emulated arrays in the Amaranth simulator."""

import numpy as np
from amaranth.sim import SimulatorContext

from models.crossbar import Crossbar
from models.device.emulated import WEIGHT_BITS
from rtl.emulator import Emulator


def weights_of(ctx: SimulatorContext, emulator: Emulator, bar: Crossbar) -> np.ndarray:
    """The weights in an emulator's memories, as the crossbar that it stands for records them."""
    config, half = bar.config, 1 << (WEIGHT_BITS - 1)
    shifts = [WEIGHT_BITS * column for column in range(config.columns)]
    arrays = []
    for own in emulator.weights:
        rows = [ctx.get(own.data[i]) for i in range(config.rows)]
        arrays.append([[((row >> n) + half) % (2 * half) - half for n in shifts] for row in rows])
    found = (np.array(arrays, np.float64) * bar.devices.grid).astype(np.float32)
    return found if bar.cell is not None else found[0]
