"""A crossbar that knows its pins alone: it integrates bits and pulses, and has comparators."""

from collections.abc import Mapping

import numpy as np

from models.schedule import Op
from models.tile import TileConfig
from rtl.cosim.packing import Vector, fields, unpack
from tests.contract.array import IntegerArray

#: Ops whose charge is read.
READS = (Op.FORWARD, Op.BACKWARD, Op.READ)


class PinArray:
    """The array of `IntegerArray` behind pins.

    In each cycle it is shown the outputs of the adapter, answers by `above`, and is then clocked.
    Charge and pulses are counted in cycles of a bit, a slot or a pulse, of which it knows how many
    the machine has.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        timing, serial = config.timing, config.tile.dac.drive == "bit-serial"
        self.step_cycles = timing.bit_cycles if serial else timing.slot_cycles
        self.weights = IntegerArray(config).weights
        self.met = np.zeros_like(self.weights)
        self.charge = np.zeros(1, np.int64)
        self.written: tuple[int, int] | None = None
        self.held: list[int] = []

    def _outputs(self, transposed: int) -> Vector:
        """Return what the converters are offered: twice the outputs, whole steps alone."""
        sums = self.charge @ (self.weights.T if transposed else self.weights)
        assert not (sums % self.step_cycles).any()
        return np.asarray(sums // self.step_cycles)

    def above(self, pins: Mapping[str, int]) -> int:
        """Return the comparators' answers: does half of the sum round to the trial or beyond?"""
        bits, count = self.config.tile.adc.bits, len(self.held)
        trials = unpack(pins["trial"], bits, count).tolist()
        answers = [
            double > 2 * trial - 1 or (double == 2 * trial - 1 and trial % 2 == 0)
            for double, trial in zip(self.held, trials, strict=True)
        ]
        return sum(int(answer) << j for j, answer in enumerate(answers))

    def clock(self, pins: Mapping[str, int], converters: int) -> None:
        """Pass one cycle with the pins as they are."""
        rows, columns = self.config.rows, self.config.columns
        lines = {
            name: np.array(fields(pins[name], 1, rows if name.startswith("row") else columns))
            for name in ("row", "row_sign", "column", "column_sign")
        }
        x = np.where(lines["row_sign"], -lines["row"], lines["row"]) * pins["weight"]
        d = np.where(lines["column_sign"], -lines["column"], lines["column"]) * pins["weight"]
        mode = pins["mode"]
        if mode in READS:
            driven = d if mode == Op.BACKWARD else x
            self.charge = driven if pins["begin"] else self.charge + driven
        elif mode == Op.PROGRAM:
            self._program(lines["row"], d, pins)
        elif mode == Op.UPDATE:
            self._pulse(lines)
        else:
            assert not lines["row"].any()
            assert not lines["column"].any()
        if pins["acquire"]:
            outputs = self._outputs(pins["transposed"]).tolist()
            served = outputs[pins["select"] * converters :][:converters]
            self.held = [*served, *[0] * (converters - len(served))]

    def _pulse(self, lines: Mapping[str, Vector]) -> None:
        """Count a cycle in which two lines are on; a device steps when it has met a whole pulse."""
        pair = lines["row"][:, None] * lines["column"][None, :]
        down = lines["row_sign"][:, None] != lines["column_sign"][None, :]
        self.met += pair
        steps = (self.met == self.config.timing.pulse_cycles).astype(np.int64)
        self.met[steps == 1] = 0
        self.weights = self.weights + np.where(down, -steps, steps)

    def _program(self, rows: Vector, driven: Vector, pins: Mapping[str, int]) -> None:
        """Integrate a digit, and write it as far as it has come."""
        self.charge = driven if pins["begin"] else self.charge + driven
        codes = self.charge // self.step_cycles
        self.weights[rows != 0] = codes * (3 + pins["digit"])
