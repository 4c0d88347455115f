"""What an emulated array is built for: whole numbers of a tile, and which tiles have them."""

from dataclasses import dataclass
from math import frexp

import numpy as np

from models.crossbar import Crossbar
from models.design import Design
from models.device.array import SCALE_DOWN, SCALE_UP
from models.device.emulated import rate_shift
from models.device.kind import device_key
from models.device.section import Device
from models.error import DesignError
from models.jitter import MOST_GAIN, MOST_NOISE, gain_of, start
from models.network import make_grid
from models.schedule import Op
from models.tile import TileConfig

#: A whole number for each device, row after row.
Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class EmulatedTile:
    """One tile in whole numbers; weights and bounds in units of `models.device.emulated`.

    An ADC code is a sum over 2^`adc_shift`, a step a rate times a distance over 2^`rate_shift`.
    `noise_gain` is the m of `models.jitter`, 0 where there is no noise, and `noise_seed` its seed.
    """

    config: TileConfig
    weights: Table
    up_rates: Table
    down_rates: Table
    high: int
    low: int
    rate_shift: int
    adc_shift: int
    noise_gain: int = 0
    noise_seed: int = 1


#: Keys that must be as they are here: what the circuit has not.
_QUIET: dict[str, dict[str, object]] = {
    "device": {
        "write_noise": 0.0,
        "w_max_dtod": 0.0,
        "w_min_dtod": 0.0,
        "dead_fraction": 0.0,
        "stuck_fraction": 0.0,
        "lifetime": None,
        "diffusion": None,
        "drift_nu": None,
        "cell": None,
    },
    "tile": {"output_noise": 0.0, "read_noise": 0.0, "wire_resistance": 0.0},
    "dac": {"noise": 0.0},
    "adc": {"rounding": "nearest"},
}
_REASON = {
    "w_max_dtod": "its devices share their bounds",
    "w_min_dtod": "its devices share their bounds",
    "dead_fraction": "its devices share their bounds",
    "stuck_fraction": "its devices share their bounds",
    "wire_resistance": "it has no wires",
    "rounding": "it rounds to the nearest code",
    "cell": "its weights are one device each",
}


def _check_noise(device: Device) -> None:
    """Refuse noise of steps that the circuit has not."""
    if device.dw_min_std > 0 and device.mult_noise is False:
        raise DesignError(
            "device.mult_noise: the emulated array's noise multiplies its steps; leave it out"
        )
    if gain_of(device.dw_min_std) > MOST_GAIN:
        raise DesignError(
            f"device.dw_min_std: the emulated array has a spread of {MOST_NOISE} at most, not "
            f"{device.dw_min_std:g}"
        )


def check_emulated(design: Design) -> None:
    """Refuse a design whose arrays the emulator cannot be.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    if design.device.family != "emulated":
        raise DesignError(
            f"device.family: the emulated array has devices of the family 'emulated', not "
            f"{design.device.family!r}"
        )
    if design.arrangement.arrays > 1 or design.arrangement.transfers:
        raise DesignError(
            f"algorithm.name: the emulated array is one a stage, which is not enough for "
            f"{design.algorithm.name}"
        )
    _check_noise(design.device)
    tile = design.tile
    tables = (("device", design.device), ("tile", tile), ("dac", tile.dac), ("adc", tile.adc))
    for name, table in tables:
        for key, quiet in _QUIET[name].items():
            given = getattr(table, key)
            if given == quiet:
                continue
            path = f"{'' if name in ('device', 'tile') else 'tile.'}{name}.{key}"
            wanted = "leave it out" if quiet is None else f"set it to {quiet}"
            raise DesignError(
                f"{path}: the emulated array cannot be that, as "
                f"{_REASON.get(key, 'it is without noise and change of its own')}; {wanted}"
            )


def _table(values: np.ndarray) -> Table:
    return tuple(tuple(row) for row in values.astype(int).tolist())


def emulated_tile(bar: Crossbar, device: Device) -> EmulatedTile:
    """Return a crossbar of emulated devices, as it is now, in whole numbers."""
    devices, shift = bar.devices, rate_shift(device)

    def units(values: np.ndarray) -> np.ndarray:
        return values.astype(np.float64) / devices.grid

    return EmulatedTile(
        config=bar.config,
        weights=_table(units(bar.weights)),
        up_rates=_table(devices.planes[SCALE_UP] * 2.0**shift),
        down_rates=_table(devices.planes[SCALE_DOWN] * 2.0**shift),
        high=int(units(devices.w_max).flat[0]),
        low=int(units(devices.w_min).flat[0]),
        rate_shift=shift,
        adc_shift=frexp(bar.adc_lsb / devices.grid)[1] - 1,
        noise_gain=gain_of(float(devices.noise)),
        noise_seed=start(device_key(bar.config.seed, bar.config.index, Op.UPDATE)),
    )


def emulated_tiles(design: Design) -> list[EmulatedTile]:
    """Return the tiles of a design of one tile a stage, as they are before training.

    Raises
    ------
    DesignError
        See `check_emulated`.
    """
    check_emulated(design)
    bars = [make_grid(design, stage).flat[0] for stage in range(design.stages)]
    return [emulated_tile(bar, design.device) for bar in bars]
