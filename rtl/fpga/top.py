"""What goes onto a board: a design behind the oscillator, its reset, and two wires."""

from typing import Any

from amaranth.hdl import ClockDomain, ClockSignal, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.cdc import ResetSynchronizer
from amaranth.lib.wiring import In, Out

from rtl.fpga.clock import Clock, divide
from rtl.fpga.target import Target


class Top(wiring.Component):
    """A board's top: its clock and reset, a component between the wires of a serial line.

    The component is in reset until the clock is stable. The light changes every 2^24 clocks: a
    board that runs blinks.

    Parameters
    ----------
    target, megahertz
        The board and the clock.
    inner
        A component with `rx` : ``In(1)`` and `tx` : ``Out(1)``.

    Raises
    ------
    DesignError
        When the board cannot make that clock.

    Members
    -------
    clk, rx, tx, led
        The board's pins.
    """

    clk: In(1)
    rx: In(1)
    tx: Out(1)
    led: Out(1)

    def __init__(self, target: Target, megahertz: float, inner: Any) -> None:
        self.inner, self.clock = inner, Clock(target, megahertz, divide(target, megahertz))
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clock = clock = self.clock
        m.submodules.reset = ResetSynchronizer(~clock.locked)
        m.submodules.inner = inner = self.inner
        beat = Signal(25)
        m.d.sync += beat.eq(beat + 1)
        m.d.comb += [
            clock.i.eq(self.clk),
            ClockSignal().eq(clock.o),
            inner.rx.eq(self.rx),
            self.tx.eq(inner.tx),
            self.led.eq(beat[-1]),
        ]
        return m
