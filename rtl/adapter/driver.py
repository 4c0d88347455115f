"""Input drivers of one side: every line carries its code on one wire and a sign."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.tile import TileConfig
from models.timing import drive_steps
from rtl.adapter.step import Delay, StepCounter
from rtl.dac import magnitude
from rtl.layout import code_vector, side_lines


class LineDriver(wiring.Component):
    """Driver of the lines of one side, bit after bit or by the length of one pulse.

    Takes `start` in the `go` of an op, with codes that hold still until the next. From
    `timing.load_cycles` after it on, a line is on by the steps of `models.timing.drive_steps`:
    bit-serial where the step's bit of the code's magnitude is set, the lowest bit first, so that an
    array that halves its charge between two bits weights them; with pulse width in as many first
    steps as the magnitude counts. So what a line delivers is its code times the cycles of a step,
    each bit counted by `weight`. There is no back-pressure. Reset ends the drive.

    All outputs but the signs are registers if there is a cycle to load; without one, which leaves
    no cycle between `start` and the first step, they are a few gates behind registers.

    Parameters
    ----------
    config
        Architecture and cycles.
    side
        `models.seed.ROWS` or `models.seed.COLUMNS`.

    Members
    -------
    start : ``In(1)``
        An op goes that drives this side.
    codes : ``In(ArrayLayout(signed(dac_bits), lines))``
        Codes, +-(2**(dac_bits - 1) - 1).
    on : ``Out(lines)``
        The lines that are on.
    sign : ``Out(lines)``
        The lines with a negative code.
    active : ``Out(1)``
        The lines are driven.
    begin : ``Out(1)``
        The first cycle of the drive.
    weight : ``Out(dac_bits - 1)``
        Bit-serial: the bit that is driven, one-hot; 0 where the lines are not driven. With pulse
        width 1 where they are.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.side = side
        lines, bits = side_lines(config, side), config.tile.dac.bits
        serial = config.tile.dac.drive == "bit-serial"
        super().__init__(
            {
                "start": In(1),
                "codes": In(code_vector(config, side)),
                "on": Out(lines),
                "sign": Out(lines),
                "active": Out(1),
                "begin": Out(1),
                "weight": Out(bits - 1 if serial else 1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        load, (steps, cycles) = config.timing.load_cycles, drive_steps(config)
        serial = config.tile.dac.drive == "bit-serial"
        # A register at the pins looks one cycle ahead.
        place, ahead = ("sync", 1) if load else ("comb", 0)
        m.submodules.delay = delay = Delay(load - ahead)
        m.submodules.counter = counter = StepCounter(cycles, steps)
        m.d.comb += [
            delay.i.eq(self.start),
            counter.start.eq(delay.o),
            counter.steps.eq(steps),
            counter.rounds.eq(1),
        ]
        weight = Signal.like(self.weight, name="present")
        with m.If(counter.active):
            m.d.comb += weight.eq((1 << counter.step) if serial else 1)
        m.d[place] += [
            self.active.eq(counter.active),
            self.begin.eq(delay.o),
            self.weight.eq(weight),
        ]
        for line in range(side_lines(config, self.side)):
            code = self.codes[line]
            size = Signal(config.tile.dac.bits, name=f"magnitude{line}")
            m.d.comb += [size.eq(magnitude(code)), self.sign[line].eq(code < 0)]
            on = (size & weight).any() if serial else counter.active & (size > counter.step)
            m.d[place] += self.on[line].eq(on)
        return m
