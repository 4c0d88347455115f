"""What an emulated array is built for: whole numbers of a tile, and which tiles have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, frexp, log2

import numpy as np

from models.crossbar import Crossbar
from models.design import Design
from models.device.array import SCALE_DOWN, SCALE_UP
from models.device.emulated import WEIGHT_BITS, rate_shift
from models.device.kind import device_key
from models.device.section import Device
from models.error import DesignError
from models.jitter import MOST_GAIN, MOST_NOISE, gain_of, start
from models.network import make_grid
from models.schedule import Op
from models.tile import TileConfig
from models.transfer.packed import read_scale, transfer_lsb
from rtl.transferring import check_transfers

#: A whole number for each device, row after row.
Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class EmulatedTile:
    """One tile in whole numbers; weights and bounds in units of `models.device.emulated`.

    `weights`, `up_rates`, `down_rates` have a table for each of its arrays. F and B read the sum of
    `gammas` times the arrays' weights over 2^`places`, rounded half to even; U writes array
    `gradient`, a transfer reads one and writes another of `transfers`. An ADC code is a sum over
    2^`adc_shift`, in a transfer's read over 2^`line_shift`, a step a rate times a distance over
    2^`rate_shift`. `noise_gain` is the m of `models.jitter`, 0 where there is no noise, and
    `noise_seed` its seed.
    """

    config: TileConfig
    weights: tuple[Table, ...]
    up_rates: tuple[Table, ...]
    down_rates: tuple[Table, ...]
    high: int
    low: int
    rate_shift: int
    adc_shift: int
    noise_gain: int = 0
    noise_seed: int = 1
    gammas: tuple[int, ...] = (1,)
    places: int = 0
    gradient: int = 0
    transfers: tuple[tuple[int, int], ...] = ()
    line_shift: int = 0

    @property
    def arrays(self) -> int:
        """Number of arrays."""
        return len(self.weights)

    @property
    def read_bits(self) -> int:
        """Bits of what is read of a device, sign included."""
        most = sum(self.gammas) / (1 << self.places)
        return WEIGHT_BITS + max(0, ceil(log2(most)))


#: Largest sum of the arrays' factors in units of the smallest: float32 holds sums of weights whole.
_MOST_GAMMAS = 1 << (25 - WEIGHT_BITS)
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


def _gammas(factors: Sequence[float]) -> tuple[tuple[int, ...], int]:
    """Return the factors of arrays in units of 2^-n, and the least n that makes them whole."""
    found = [Fraction(one) for one in factors]
    places = max(one.denominator.bit_length() - 1 for one in found)
    return tuple(int(one * 2**places) for one in found), places


def _check_arrays(design: Design) -> None:
    """Refuse several arrays that a row's words do not add up to the weight in exact numbers."""
    check_transfers(design)
    found = design.arrangement
    (factors,) = found.gamma
    shifts = all(frexp(one)[0] in (0.0, 0.5) for one in factors)
    if not shifts or sum(_gammas(factors)[0]) > _MOST_GAMMAS:
        raise DesignError(
            f"algorithm.gamma: an emulated weight sums its arrays by shifts: their factors must be "
            f"powers of two, their sum {_MOST_GAMMAS} times the smallest at most, not "
            f"{', '.join(f'{one:g}' for one in factors)}"
        )
    lsb = transfer_lsb(design)
    if frexp(lsb)[0] != 0.5:
        raise DesignError(
            f"algorithm.read_full_scale: an emulated array's codes are sums over a power of two; "
            f"make it one, not {read_scale(design):g}"
        )
    if design.device.dw_min_std > 0:
        raise DesignError(
            "device.dw_min_std: emulated arrays with transfers are without noise; set it to 0.0"
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
        _check_arrays(design)
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


def emulated_tile(bar: Crossbar, design: Design) -> EmulatedTile:
    """Return a crossbar of emulated devices, as it is now, in whole numbers."""
    devices, shift, found = bar.devices, rate_shift(design.device), design.arrangement
    factors = (1.0,) if bar.cell is None else tuple(bar.cell.gamma[0].tolist())
    gammas, places = _gammas(factors)
    states = bar.states.reshape(len(bar.members), *bar.weights.shape)

    def units(values: np.ndarray) -> np.ndarray:
        return values.astype(np.float64) / devices.grid

    def rates(plane: int) -> tuple[Table, ...]:
        return tuple(_table(own.planes[plane] * 2.0**shift) for own in bar.members)

    return EmulatedTile(
        config=bar.config,
        weights=tuple(_table(units(own)) for own in states),
        up_rates=rates(SCALE_UP),
        down_rates=rates(SCALE_DOWN),
        high=int(units(devices.w_max).flat[0]),
        low=int(units(devices.w_min).flat[0]),
        rate_shift=shift,
        adc_shift=frexp(bar.adc_lsb / devices.grid)[1] - 1,
        noise_gain=gain_of(float(devices.noise)),
        noise_seed=start(device_key(bar.config.seed, bar.config.index, Op.UPDATE)),
        gammas=gammas,
        places=places,
        gradient=0 if bar.cell is None else bar.cell.gradient[0],
        transfers=tuple((one.sources[0], one.targets[0]) for one in found.transfers),
        line_shift=frexp(transfer_lsb(design) / devices.grid)[1] - 1,
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
    return [emulated_tile(bar, design) for bar in bars]
