"""Shapes of a tile's ports: what travels on its two streams and over its analog port."""

from typing import Any

from amaranth.hdl import signed, unsigned
from amaranth.lib import data
from amaranth.lib.wiring import In, Out

from models.seed import COLUMNS
from models.tile import TileConfig

OP_BITS = 3
SAMPLE_BITS = 32
TAG_BITS = 32
#: Lines that fire in a slot; a side has at most 128.
PULSE_BITS = 8
#: Why a stage stands still: 0 it does not, else the place in `models.schedule.CAUSES` plus 1.
CAUSE_BITS = 3
ATTEMPT_BITS = 8
BL_BITS = 6
#: Signed exponent of a digital vector, and signed gain log2(lr / (s dw_min)), as they arrive.
EXPONENT_BITS = 8
#: Signed exponent of a scaled vector: no sum with a shift wraps.
RESULT_EXPONENT_BITS = EXPONENT_BITS + 1


def side_lines(config: TileConfig, side: int) -> int:
    """Return the number of lines of `side` (`models.seed.ROWS` or `COLUMNS`)."""
    return config.columns if side == COLUMNS else config.rows


def digital_vector(config: TileConfig, side: int) -> data.ArrayLayout:
    """Return the shape of a digital vector: one signed integer a line."""
    return data.ArrayLayout(signed(config.tile.digital_bits), side_lines(config, side))


def code_vector(config: TileConfig, side: int) -> data.ArrayLayout:
    """Return the shape of a vector of DAC codes: one signed code a line."""
    return data.ArrayLayout(signed(config.tile.dac.bits), side_lines(config, side))


def word_vector(config: TileConfig, side: int) -> data.ArrayLayout:
    """Return the shape of the pulse words of a side: bit t of a line's word is slot t."""
    return data.ArrayLayout(unsigned(config.tile.update.bl), side_lines(config, side))


def answer_vector(config: TileConfig) -> data.ArrayLayout:
    """Return the shape of the ADC codes: one signed code a line of the longer side."""
    return data.ArrayLayout(signed(config.tile.adc.bits), config.lines)


def command_layout(config: TileConfig) -> data.StructLayout:
    """Return the payload of stream `i`: one op with its vectors, their exponents and the gain."""
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "sample": unsigned(SAMPLE_BITS),
            "x": digital_vector(config, 0),
            "d": digital_vector(config, 1),
            "ex": signed(EXPONENT_BITS),
            "ed": signed(EXPONENT_BITS),
            "gain": signed(EXPONENT_BITS),
        }
    )


def result_layout(config: TileConfig) -> data.StructLayout:
    """Return the payload of stream `o`: one read's codes, rail flags and its input's exponent."""
    return data.StructLayout(
        {
            "op": unsigned(OP_BITS),
            "sample": unsigned(SAMPLE_BITS),
            "y": answer_vector(config),
            "clipped": unsigned(config.lines),
            "exponent": signed(RESULT_EXPONENT_BITS),
        }
    )


def drive_members(config: TileConfig) -> dict[str, Any]:
    """Return the outputs of the analog port, one register each."""
    return {
        "tag": Out(TAG_BITS),
        "op": Out(OP_BITS),
        "sample": Out(SAMPLE_BITS),
        "attempt": Out(ATTEMPT_BITS),
        "x": Out(code_vector(config, 0)),
        "d": Out(code_vector(config, 1)),
        "xw": Out(word_vector(config, 0)),
        "xs": Out(config.rows),
        "dw": Out(word_vector(config, 1)),
        "ds": Out(config.columns),
        "bl": Out(BL_BITS),
    }


def analog_members(config: TileConfig) -> dict[str, Any]:
    """Return the whole analog port: `drive_members` and the array's answer and stall."""
    return drive_members(config) | {"y": In(answer_vector(config)), "stall": In(1)}
