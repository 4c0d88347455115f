"""Writes one digit to one emulated weight: `models.programming` in gates."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.device.array import GRID_BITS
from models.device.emulated import WEIGHT_BITS
from models.programming import digit_count
from rtl.arithmetic import scaled
from rtl.emulation import EmulatedTile
from rtl.layout import ATTEMPT_BITS


class DigitUnit(wiring.Component):
    """Adds a digit to a weight, within the bounds; latency one clock, throughput one a clock.

    Digit 0 replaces the weight. What is below a unit is rounded half to even.

    Parameters
    ----------
    tile
        Widths and bounds.

    Members
    -------
    number : ``In(8)``
        Number of the digit.
    held, code : ``In(signed(18))``, ``In(signed(dac_bits))``
        The weight before and the digit.
    result : ``Out(signed(18))``
        The weight after.
    """

    def __init__(self, tile: EmulatedTile) -> None:
        self.tile = tile
        super().__init__(
            {
                "number": In(ATTEMPT_BITS),
                "held": In(signed(WEIGHT_BITS)),
                "code": In(signed(tile.config.tile.dac.bits)),
                "result": Out(signed(WEIGHT_BITS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits, tile = self.tile.config.tile.dac.bits, self.tile
        base, count = bits - 1, digit_count(bits)
        places = count * base - GRID_BITS - 1  # of a unit
        width = GRID_BITS + 2 + places
        digit, total = Signal(signed(width)), Signal(signed(width + 1))
        with m.Switch(self.number):
            for number in range(count):
                with m.Case(number):
                    m.d.comb += digit.eq(self.code << ((count - 1 - number) * base))
        m.d.sync += total.eq(Mux(self.number == 0, 0, self.held << places) + digit)
        m.d.comb += self.result.eq(scaled(total, -places))
        with m.If(total > (tile.high << places)):
            m.d.comb += self.result.eq(tile.high)
        with m.If(total < (tile.low << places)):
            m.d.comb += self.result.eq(tile.low)
        return m
