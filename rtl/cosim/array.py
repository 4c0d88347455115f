"""Arrays that answer at an analog port: what the port shows goes in, codes come out."""

from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.crossbar import Crossbar
from models.design import Design
from models.network import make_grid
from models.number import Integers
from models.programming import ALONE, digit_and_array, write_digit
from models.pulse import PulseWords
from models.schedule import Op
from models.tile import TileConfig
from models.transfer.packed import pack_transferring
from models.transfer.plain import TileTransfers
from rtl.cosim.packing import Vector, fields, pack, unpack
from rtl.phase import PHASE_BITS


class Array(Protocol):
    """An array at code level."""

    @property
    def weights(self) -> npt.NDArray[np.generic]:
        """Weights, shape (rows, columns), or of several arrays (D, rows, columns)."""

    def read(self, op: Op, codes: Integers, sample: int) -> Vector:
        """Return the ADC codes of F or B, one for each output."""

    def update(self, words: PulseWords, sample: int) -> None:
        """Apply the words of one sign phase."""

    def program(self, rows: Integers, codes: Integers, number: int) -> None:
        """Write one digit to the rows whose code is not 0, of the array that `number` names."""

    def read_array(self, array: int, codes: Integers, sample: int) -> Vector:
        """Return the ADC codes of one array alone, driven as by F."""

    def read_line(self, transfer: int, line: int) -> Vector:
        """Return the ADC codes of a line of the array that a transfer reads."""

    def write_line(self, transfer: int, line: int, words: PulseWords) -> None:
        """Apply the words of one sign phase to the arrays that a transfer writes."""


class CrossbarArray:
    """The NumPy crossbar of `models`, with its devices, noise and converters.

    Parameters
    ----------
    crossbar
        The arrays of a stage, as one crossbar.
    transfers
        What transfers do to them; None where there are none.
    """

    def __init__(self, crossbar: Crossbar, transfers: TileTransfers | None = None) -> None:
        self.crossbar, self.transfers = crossbar, transfers

    @property
    def weights(self) -> npt.NDArray[np.generic]:
        return self.crossbar.recorded

    def read(self, op: Op, codes: Integers, sample: int) -> Vector:
        read = self.crossbar.backward if op == Op.BACKWARD else self.crossbar.forward
        return read(codes[None], np.array([sample]), op)[0]

    def update(self, words: PulseWords, sample: int) -> None:
        self.crossbar.update(words, sample)

    def program(self, rows: Integers, codes: Integers, number: int) -> None:
        bar = self.crossbar
        bits = bar.config.tile.dac.bits
        if bar.cell is None or bar.cell.arrays == 1:
            write_digit(bar.weights, bar.devices, rows != 0, codes, number, bits)
            return
        digit, array = digit_and_array(number)
        write_digit(bar.states[array], bar.members[array], rows != 0, codes, digit, bits)
        bar.weights[...] = bar.cell.combine(bar.states)

    def read_array(self, array: int, codes: Integers, sample: int) -> Vector:
        bar = self.crossbar
        alone = replace(bar, weights=bar.arrays[array], views=None)
        return alone.forward(codes[None], np.array([sample]), Op.READ, ALONE + array)[0]

    def read_line(self, transfer: int, line: int) -> Vector:
        assert self.transfers is not None
        (source,) = self.transfers.transfers[transfer].sources
        return self.transfers.read(transfer, line, source).astype(np.int64)

    def write_line(self, transfer: int, line: int, words: PulseWords) -> None:
        own = self.transfers
        assert own is not None
        row = line % self.crossbar.config.rows
        fired = np.bitwise_count(words.xw[row] & words.dw).astype(np.int64)
        up = words.xs[row] == words.ds
        own.step(transfer, own.transfers[transfer], line, fired, up)


def starting_array(design: Design, stage: int) -> CrossbarArray:
    """Return the crossbar of a stage of one tile as it is before training."""
    found = design.arrangement.transfers
    if not found:
        (bar,) = make_grid(design, stage).flat
        return CrossbarArray(bar)
    bars = [bar for m in range(design.stages) for bar in make_grid(design, m).flat]
    own = TileTransfers(
        bar=bars[stage],
        number=stage,
        transfers=found,
        own=pack_transferring(design, bars, []),
        memory=np.zeros(0),
        chopper=np.ones(bars[stage].config.rows),
        integer=True,
        switches=np.zeros(0, np.int64),
        collects=False,
    )
    return CrossbarArray(bars[stage], own)


def answer(array: Array, config: TileConfig, port: dict[str, int]) -> int:
    """Return what stands at `y` after one `go`, packed, from the port's values alone."""
    rows, columns, tile = config.rows, config.columns, config.tile
    op, bl = Op(port["op"]), tile.update.bl
    if op in (Op.UPDATE, Op.TRANSFER):
        xw, dw = fields(port["xw"], bl, rows), fields(port["dw"], bl, columns)
        xs, ds = fields(port["xs"], 1, rows), fields(port["ds"], 1, columns)
        words = PulseWords(
            np.array(xw, np.uint64),
            np.array(xs, np.uint8),
            np.array(dw, np.uint64),
            np.array(ds, np.uint8),
            port["bl"],
        )
        if op == Op.TRANSFER:
            array.write_line(port["attempt"] >> PHASE_BITS, port["sample"], words)
        else:
            array.update(words, port["sample"])
        return 0
    bits = tile.dac.bits
    if op == Op.PROGRAM:
        x, d = unpack(port["x"], bits, rows), unpack(port["d"], bits, columns)
        array.program(x, d, port["attempt"])
        return 0
    attempt = port["attempt"] if op == Op.READ else 0
    if 0 < attempt < ALONE:
        return pack(array.read_line(attempt - 1, port["sample"]), tile.adc.bits)
    driven, lines = ("d", columns) if op == Op.BACKWARD else ("x", rows)
    codes = unpack(port[driven], bits, lines)
    if attempt:
        return pack(array.read_array(attempt - ALONE, codes, port["sample"]), tile.adc.bits)
    return pack(array.read(op, codes, port["sample"]), tile.adc.bits)
