"""Pins of an array behind the adapters."""

from typing import Any

from amaranth.hdl import signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from models.tile import TileConfig
from rtl.adapter.converter import converter_count, most_rounds
from rtl.layout import ATTEMPT_BITS, OP_BITS, analog_members


def code_port(config: TileConfig) -> wiring.Signature:
    """Return the code port of a tile, as the tile sees it."""
    return wiring.Signature(analog_members(config))


def pin_members(config: TileConfig) -> dict[str, Any]:
    """Return the pins of one array, as the adapter sees them; `docs/adapters.md` explains them."""
    serial, count = config.tile.dac.drive == "bit-serial", converter_count(config)
    return {
        "mode": Out(OP_BITS),
        "transposed": Out(1),
        "begin": Out(1),
        "weight": Out(config.tile.dac.bits - 1 if serial else 1),
        "digit": Out(ATTEMPT_BITS),
        "row": Out(config.rows),
        "row_sign": Out(config.rows),
        "column": Out(config.columns),
        "column_sign": Out(config.columns),
        "acquire": Out(1),
        "select": Out(range(max(2, most_rounds(config)))),
        "trial": Out(data.ArrayLayout(signed(config.tile.adc.bits), count)),
        "above": In(count),
        "stall": In(1),
    }
