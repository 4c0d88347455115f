"""What the compiled reads look up of `[tile]`, `[tile.dac]` and `[tile.adc]`, packed."""

from math import frexp
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.bound import BoundManagement
from models.converter import noise_decay, noise_value
from models.key import fold
from models.network import Network
from models.number import code_limit
from models.periphery import ADC_ROUNDING, DAC_ROUNDING, INPUT_NOISE, Periphery
from models.schedule import Op

Words = npt.NDArray[np.uint64]
Reals = npt.NDArray[np.float64]


class Reading(NamedTuple):
    """Constants of input scaling, converters and bound management; keys by side driven and stage.

    `keys`, shape (2, stages, 3): of a read's noise, input noise and rounding; `dac_keys`, shape
    (2, stages): of a stochastic DAC. `exponent_offset` leads from the exponent of the largest
    element to that of shift scaling; `load` is `BoundManagement.load` of each stage.
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
    bars = [layer.crossbar for layer in network.layers]
    value, limit = noise_value(tile, network.numerics), float(code_limit(tile.dac.bits))

    def keys(kind: int) -> list[list[int]]:
        ops = (Op.FORWARD, Op.BACKWARD)
        return [[fold(seed, bar.config.index, kind + op) for bar in bars] for op in ops]

    read = np.array([keys(kind) for kind in (0, INPUT_NOISE, ADC_ROUNDING)], np.uint64)
    return Reading(
        keys=np.ascontiguousarray(np.moveaxis(read, 0, 2)),
        dac_keys=np.array(keys(DAC_ROUNDING), np.uint64),
        dac_limit=limit,
        dac_bound=tile.dac.bound,
        dac_dithered=tile.dac.rounding == "stochastic",
        exponent_offset=frexp(tile.dac.bound)[1] - tile.dac.bits,
        fixed_factor=value * tile.dac.bound / limit,
        noise_value=value,
        noise_decay=noise_decay(tile),
        periphery=bars[0].periphery,
        bound=bars[0].bound,
        load=np.array([bar.bound.load for bar in bars]),
        bound_backward=bool(tile.bound_backward),
    )
