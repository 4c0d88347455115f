"""A tile as training finds it: drawn devices, starting weights, its ADC."""

import numpy as np

from models.algorithm.base import ALONE, Arrangement
from models.cell import draw_cell
from models.crossbar import Crossbar
from models.device.array import to_grid
from models.device.draw import Place, draw_devices
from models.device.kind import START
from models.device.retention import make_retention
from models.device.section import Device
from models.error import DesignError
from models.key import draw, extend, fold, uniform
from models.number import code_limit
from models.section import Tile
from models.tile import TileConfig


def code_worth(tile: Tile, adc_full_scale: float) -> float:
    """Return what one ADC code is worth, in input codes times unit weight."""
    return adc_full_scale * 2.0 ** (tile.dac.bits - tile.adc.bits)


def make_crossbar(
    config: TileConfig,
    device: Device,
    omega: float,
    adc_full_scale: float,
    stage: int | None = None,
    arrangement: Arrangement = ALONE,
) -> Crossbar:
    """Return a tile with drawn devices and weights uniform in [-omega, omega], within their bounds.

    `stage` is named in a refusal; by default the tile's number. `arrangement` are the arrays of the
    learning rule.

    Raises
    ------
    DesignError
        When an ADC code would be finer than the grid of the exact sums.
    """
    place = Place(config.rows, config.columns, config.seed, config.index)
    cell = draw_cell(device, place, arrangement)
    devices = draw_devices(device, *place) if cell is None else cell.devices[0]
    rows = extend(fold(config.seed, config.index, START), np.arange(config.rows))
    start = (2.0 * uniform(draw(rows[:, None], np.arange(config.columns)[None, :])) - 1.0) * omega
    if cell is None:
        weights = to_grid(np.clip(start, devices.w_min, devices.w_max), devices.exponent)
        held, views = (weights.copy() if device.write_noise > 0 else None), None
    else:
        held = cell.split(start.astype(np.float32))
        views = cell.combine_all(held) if cell.views > 1 else None
        weights = cell.combine(held)
    adc_lsb = code_worth(config.tile, adc_full_scale)
    if adc_lsb < devices.grid:
        layer = config.index if stage is None else stage
        raise DesignError(
            f"layer.{layer}.adc_full_scale: an ADC code of {adc_lsb} is finer than the "
            f"weight grid {devices.grid}"
        )
    write_noise = float(np.float32(device.write_noise * device.dw_min))
    return Crossbar(
        config=config,
        devices=devices,
        weights=weights,
        adc_lsb=adc_lsb,
        noise=config.tile.output_noise * code_limit(config.tile.dac.bits),
        write_noise=write_noise,
        held=held,
        retention=make_retention(device, place),
        cell=cell,
        views=views,
    )
