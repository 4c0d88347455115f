"""What the compiled reads look up of `[tile]`, `[tile.dac]` and `[tile.adc]`, packed."""

from math import frexp
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.bound import BoundManagement
from models.converter import noise_decay, noise_value
from models.crossbar import Crossbar
from models.key import fold
from models.network import Network
from models.number import code_limit
from models.periphery import ADC_ROUNDING, DAC_ROUNDING, INPUT_NOISE, Periphery
from models.schedule import Op

Words = npt.NDArray[np.uint64]
Reals = npt.NDArray[np.float64]


class Reading(NamedTuple):
    """Constants of input scaling, converters and bound management; keys by side driven.

    `keys`, shape (2, tiles, 3): of a read's noise, input noise and rounding; `dac_keys`, shape
    (2, blocks): of a stochastic DAC, for the blocks of rows and of columns. `exponent_offset` leads
    from the exponent of the largest element to that of shift scaling; `load` is
    `BoundManagement.load` of each stage.
    """

    keys: Words
    dac_keys: Words
    dac_limit: float
    dac_bound: float
    dac_dithered: bool
    exponent_offset: int
    fixed_factor: float
    noise_value: float
    noise_decay: float
    periphery: Periphery
    bound: BoundManagement
    load: Reals
    bound_backward: bool


def pack_reading(network: Network) -> Reading:
    """Return the packed periphery of a network's tiles."""
    tile, seed = network.design.tile, network.design.run.seed
    grids = [layer.grid for layer in network.layers]
    bars = [bar for grid in grids for bar in grid.flat]
    value, limit = noise_value(tile, network.numerics), float(code_limit(tile.dac.bits))

    def keys(kind: int, tiles: list[Crossbar]) -> list[int]:
        return [fold(seed, bar.config.index, kind) for bar in tiles]

    kinds = (0, INPUT_NOISE, ADC_ROUNDING)
    read = [[keys(kind + op, bars) for kind in kinds] for op in (Op.FORWARD, Op.BACKWARD)]
    rows = keys(DAC_ROUNDING + Op.FORWARD, [row[0] for grid in grids for row in grid.tiles])
    columns = keys(DAC_ROUNDING + Op.BACKWARD, [bar for grid in grids for bar in grid.tiles[0]])
    dac_keys = np.zeros((2, max(len(rows), len(columns))), np.uint64)
    dac_keys[0, : len(rows)], dac_keys[1, : len(columns)] = rows, columns
    return Reading(
        keys=np.ascontiguousarray(np.moveaxis(np.array(read, np.uint64), 1, 2)),
        dac_keys=dac_keys,
        dac_limit=limit,
        dac_bound=tile.dac.bound,
        dac_dithered=tile.dac.rounding == "stochastic",
        exponent_offset=frexp(tile.dac.bound)[1] - tile.dac.bits,
        fixed_factor=value * tile.dac.bound / limit,
        noise_value=value,
        noise_decay=noise_decay(tile),
        periphery=bars[0].periphery,
        bound=bars[0].bound,
        load=np.array([layer.crossbar.bound.load for layer in network.layers]),
        bound_backward=bool(tile.bound_backward),
    )
