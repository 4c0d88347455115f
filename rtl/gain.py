"""The gain of an update: that of the design, times what a host has set."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.control import RATE_BITS
from rtl.digital import DigitalConfig
from rtl.layout import EXPONENT_BITS


class GainUnit(wiring.Component):
    """Sum of logarithms, one cycle late; when frozen the least gain, which leaves words empty.

    Parameters
    ----------
    config
        Gains before and after the decay.

    Members
    -------
    late : ``In(1)``
        The update is one after the decay.
    rate : ``In(signed(3))``
        Logarithm of a further factor.
    frozen : ``In(1)``
        No line may fire.
    gain : ``Out(signed(8))``
        For the tile.
    """

    late: In(1)
    rate: In(signed(RATE_BITS))
    frozen: In(1)
    gain: Out(signed(EXPONENT_BITS))

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        early, late = self.config.gains
        least, wanted = -(1 << (EXPONENT_BITS - 1)), Signal(signed(EXPONENT_BITS + 1))
        m.d.comb += wanted.eq(Mux(self.late, late, early) + self.rate)
        m.d.sync += self.gain.eq(Mux(self.frozen | (wanted < least), least, wanted))
        return m
