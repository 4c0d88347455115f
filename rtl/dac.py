"""Shift scaling: a digital vector becomes DAC codes and one exponent."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.number import code_limit
from models.tile import TileConfig
from rtl.layout import code_vector, digital_vector, side_lines


def largest_shift(config: TileConfig) -> int:
    """Return the largest exponent that scaling can give."""
    return max(0, config.tile.digital_bits - (config.tile.dac.bits - 1))


def magnitude(value: Value) -> Value:
    """Return |value| of a signed value, in as many bits as `value` has."""
    return Mux(value < 0, -value, value)[: len(value)]


def shift_round(value: Value, right: Value, most: int) -> Value:
    """Return the unsigned `value` / 2^right, rounded half to even; `right` is at most `most`."""
    if most == 0:
        return value
    exact = Cat(Const(0, most), value) >> right
    whole, half, rest = exact[most:], exact[most - 1], exact[: most - 1].any()
    return whole + (half & (rest | whole[0]))


class ShiftScaler(wiring.Component):
    """Input stage of one side's DACs, bit-identical to `models.number.shift_scale`.

    Takes a vector in the cycle of `load` and one a cycle at most. `length` and `exponent` are of
    that vector from the next cycle on, until the cycle after the next load; `codes` from the second
    cycle on, until one cycle longer. So it gives a vector's codes two cycles after it was loaded,
    with the throughput of one vector a cycle. There is no back-pressure. Reset clears the codes and
    the length.

    The bit length of the largest |v| is that of the OR of all |v|: no comparison is needed.

    Parameters
    ----------
    config
        Architecture; `tile.digital_bits` and `tile.dac.bits` are the widths before and after.
    side
        `models.seed.ROWS` or `models.seed.COLUMNS`.

    Members
    -------
    load : ``In(1)``
        Take `vector`.
    vector : ``In(ArrayLayout(signed(digital_bits), lines))``
        Digital integers.
    length : ``Out(range(digital_bits + 1))``
        Bit length of the largest |v|.
    exponent : ``Out(range(largest_shift(config) + 1))``
        Right shift of the whole vector.
    codes : ``Out(ArrayLayout(signed(dac_bits), lines))``
        Codes, +-(2**(dac_bits - 1) - 1); vector ~ codes * 2**exponent.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.side = side
        super().__init__(
            {
                "load": In(1),
                "vector": In(digital_vector(config, side)),
                "length": Out(range(config.tile.digital_bits + 1)),
                "exponent": Out(range(largest_shift(config) + 1)),
                "codes": Out(code_vector(config, side)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tile, lines = self.config.tile, side_lines(self.config, self.side)
        magnitudes = [Signal(tile.digital_bits, name=f"magnitude{i}") for i in range(lines)]
        combined = Signal(tile.digital_bits)
        signs = Signal(lines)
        merged: Value = Const(0, tile.digital_bits)
        for line, held in enumerate(magnitudes):
            here = Signal(tile.digital_bits, name=f"here{line}")
            m.d.comb += here.eq(magnitude(self.vector[line]))
            merged = merged | here
            with m.If(self.load):
                m.d.sync += [held.eq(here), signs[line].eq(self.vector[line] < 0)]
        with m.If(self.load):
            m.d.sync += combined.eq(merged)

        for bit in range(tile.digital_bits):
            with m.If(combined[bit]):
                m.d.comb += self.length.eq(bit + 1)
                m.d.comb += self.exponent.eq(max(0, bit + 1 - (tile.dac.bits - 1)))

        most, limit = largest_shift(self.config), code_limit(tile.dac.bits)
        for line, held in enumerate(magnitudes):
            rounded = shift_round(held, self.exponent, most)
            code = Signal(signed(tile.dac.bits), name=f"code{line}")
            m.d.comb += code.eq(Mux(rounded > limit, limit, rounded))
            m.d.sync += self.codes[line].eq(Mux(signs[line], -code, code))
        return m
