"""Arrays that answer at an analog port: what the port shows goes in, codes come out."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.crossbar import Crossbar
from models.design import Design
from models.network import make_grid
from models.number import Integers
from models.programming import write_digit
from models.pulse import PulseWords
from models.schedule import Op
from models.tile import TileConfig
from rtl.cosim.packing import Vector, fields, pack, unpack


class Array(Protocol):
    """An array at code level."""

    @property
    def weights(self) -> npt.NDArray[np.generic]:
        """Weights, shape (rows, columns)."""

    def read(self, op: Op, codes: Integers, sample: int) -> Vector:
        """Return the ADC codes of F or B, one for each output."""

    def update(self, words: PulseWords, sample: int) -> None:
        """Apply the words of one sign phase."""

    def program(self, rows: Integers, codes: Integers, number: int) -> None:
        """Write one digit to the rows whose code is not 0."""


class CrossbarArray:
    """The NumPy crossbar of `models`, with its devices, noise and converters."""

    def __init__(self, crossbar: Crossbar) -> None:
        self.crossbar = crossbar

    @property
    def weights(self) -> npt.NDArray[np.generic]:
        return self.crossbar.weights

    def read(self, op: Op, codes: Integers, sample: int) -> Vector:
        read = self.crossbar.backward if op == Op.BACKWARD else self.crossbar.forward
        return read(codes[None], np.array([sample]), op)[0]

    def update(self, words: PulseWords, sample: int) -> None:
        self.crossbar.update(words, sample)

    def program(self, rows: Integers, codes: Integers, number: int) -> None:
        bar = self.crossbar
        bits = bar.config.tile.dac.bits
        write_digit(bar.weights, bar.devices, rows != 0, codes, number, bits)


def starting_array(design: Design, stage: int) -> CrossbarArray:
    """Return the crossbar of a stage of one tile as it is before training."""
    (bar,) = make_grid(design, stage).flat
    return CrossbarArray(bar)


def answer(array: Array, config: TileConfig, port: dict[str, int]) -> int:
    """Return what stands at `y` after one `go`, packed, from the port's values alone."""
    rows, columns, tile = config.rows, config.columns, config.tile
    op, bl = Op(port["op"]), tile.update.bl
    if op == Op.UPDATE:
        xw, dw = fields(port["xw"], bl, rows), fields(port["dw"], bl, columns)
        xs, ds = fields(port["xs"], 1, rows), fields(port["ds"], 1, columns)
        words = PulseWords(
            np.array(xw, np.uint64),
            np.array(xs, np.uint8),
            np.array(dw, np.uint64),
            np.array(ds, np.uint8),
            port["bl"],
        )
        array.update(words, port["sample"])
        return 0
    bits = tile.dac.bits
    if op == Op.PROGRAM:
        x, d = unpack(port["x"], bits, rows), unpack(port["d"], bits, columns)
        array.program(x, d, port["attempt"])
        return 0
    driven, lines = ("d", columns) if op == Op.BACKWARD else ("x", rows)
    codes = unpack(port[driven], bits, lines)
    return pack(array.read(op, codes, port["sample"]), tile.adc.bits)
