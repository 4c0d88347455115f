"""The account of area: what the tiles of a machine take, in square micrometres, by part."""

from collections.abc import Sequence

from models.design import Design
from models.energy.account import Account
from models.energy.converter import adc_area
from models.energy.section import Area
from models.tile import GridConfig, TileConfig


def devices_built(design: Design, tile: TileConfig) -> int:
    """Return the devices of a tile: of all arrays of the learning rule and of each weight's cell.

    A reference array beside each is `area.arrays_per_device`'s.
    """
    cells = 1 if design.cell is None else design.cell.count
    return tile.rows * tile.columns * cells * design.arrangement.arrays


def converters_built(design: Design, tile: TileConfig) -> tuple[int, int]:
    """Return the ADCs and DACs of a tile.

    Every replica has its own. ADCs serve columns in F and rows in B, as many as either needs; rows
    and columns have a DAC each.
    """
    views = design.arrangement.views
    lines = max(tile.rows, tile.columns)
    return views * min(tile.tile.adc.count or lines, lines), views * (tile.rows + tile.columns)


def area_account(design: Design, area: Area, grids: Sequence[GridConfig]) -> Account:
    """Return the square micrometres of all tiles; digital units, memory and wires are not in it."""
    found = Account()
    tiles = [tile for grid in grids for tile in grid.flat]
    if area.tile_um2 is not None:
        found.add("tile", "tile_um2", area.tile_um2 * len(tiles))
        return found
    adcs, dacs = (
        sum(count)
        for count in zip(*(converters_built(design, tile) for tile in tiles), strict=True)
    )
    if area.pitch_um is not None:
        devices = sum(devices_built(design, tile) for tile in tiles)
        found.add("array", "pitch_um", devices * area.arrays_per_device * area.pitch_um**2)
    adc = adc_area(design.tile.adc.bits) if area.adc_um2 == "zigzag28" else area.adc_um2
    if adc is not None:
        found.add("adc", "adc_um2", adcs * adc)
    if area.dac_um2 is not None:
        found.add("dac", "dac_um2", dacs * area.dac_um2)
    for part in ("array", "adc", "dac"):
        if part not in found.amounts:
            found.leave(part, "no value")
    return found
