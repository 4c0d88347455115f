"""Emulated arrays in the Amaranth simulator."""

import numpy as np
from amaranth.sim import SimulatorContext

from models.crossbar import Crossbar
from models.device.emulated import WEIGHT_BITS
from rtl.emulator import Emulator


def weights_of(ctx: SimulatorContext, emulator: Emulator, bar: Crossbar) -> np.ndarray:
    """The weights in an emulator's memory, as the crossbar that it stands for holds them."""
    config, half = bar.config, 1 << (WEIGHT_BITS - 1)
    rows = [ctx.get(emulator.weights.data[i]) for i in range(config.rows)]
    shifts = [WEIGHT_BITS * column for column in range(config.columns)]
    found = [[((row >> shift) + half) % (2 * half) - half for shift in shifts] for row in rows]
    return (np.array(found, np.float64) * bar.devices.grid).astype(np.float32)
