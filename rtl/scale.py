"""Serial shift scaling: a digital vector, element after element, becomes codes for a stash."""

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.dac import magnitude, shifted
from rtl.digital import DigitalConfig


def exponent_shape(config: DigitalConfig) -> unsigned:
    """Return the shape of the exponent of a scaled vector."""
    return unsigned((len(config.exponents) - 1).bit_length())


def code_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one element of a scaled vector: its code, and the exponent of the whole."""
    code = signed(config.tile.tile.dac.bits)
    return data.StructLayout({"code": code, "exponent": exponent_shape(config)})


class VectorScaler(wiring.Component):
    """Shift scaling of one vector after another, as `models.number.shift_scale`.

    Keeps the n elements that come in until the largest is known, then gives their codes in the same
    order. The first code is offered two cycles after the last element was taken, the others one a
    cycle; the next vector is taken when the last code is. Reset drops the vector.

    Parameters
    ----------
    config
        Widths.
    lines
        Elements of a vector.

    Members
    -------
    i : ``In(stream.Signature(signed(digital_bits)))``
        Elements of digital vectors.
    o : ``Out(stream.Signature(code_layout(config)))``
        Codes, each with its vector's exponent: element ~ code * 2**exponent.
    busy : ``Out(1)``
        A part of a vector is here.
    """

    def __init__(self, config: DigitalConfig, lines: int) -> None:
        self.config = config
        self.lines = lines
        super().__init__(
            {
                "i": In(stream.Signature(signed(config.digital_bits))),
                "o": Out(stream.Signature(code_layout(config))),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        size = magnitude(self.i.payload)
        fields = data.StructLayout({"magnitude": len(size), "negative": 1})
        m.submodules.kept = kept = memory.Memory(shape=fields, depth=self.lines, init=[])
        write, read = kept.write_port(), kept.read_port()
        place, last = Signal(range(max(self.lines, 2))), Signal()
        merged, draining, shown = Signal(config.digital_bits), Signal(), Signal()
        following = Mux(last, 0, place + 1)
        taken, given = self.i.valid & self.i.ready, self.o.valid & self.o.ready
        m.d.comb += [
            last.eq(place == self.lines - 1),
            self.i.ready.eq(~draining),
            self.busy.eq(draining | (place != 0)),
            write.en.eq(taken),
            write.addr.eq(place),
            write.data.magnitude.eq(size),
            write.data.negative.eq(self.i.payload < 0),
            read.addr.eq(Mux(given, following, place)),
            self.o.valid.eq(shown),
        ]
        with m.If(taken):
            m.d.sync += [
                place.eq(following),
                merged.eq(Mux(place == 0, 0, merged) | size),
                draining.eq(last),
            ]
        with m.If(draining):
            m.d.sync += shown.eq(1)
        with m.If(given):
            m.d.sync += place.eq(following)
            with m.If(last):
                m.d.sync += [draining.eq(0), shown.eq(0)]

        self._codes(m, merged, read.data.magnitude, read.data.negative)
        return m

    def _codes(self, m: Module, merged: Value, size: Value, negative: Value) -> None:
        """Shift an element by the exponent that the merged magnitudes ask for.

        They are whole a cycle before the first code is offered.
        """
        config, bits = self.config, self.config.tile.tile.dac.bits
        exponent = Signal(exponent_shape(config))
        m.d.sync += exponent.eq(0)
        for bit in range(bits - 1, config.digital_bits):
            with m.If(merged[bit]):
                m.d.sync += exponent.eq(bit + 1 - (bits - 1))
        m.d.comb += self.o.payload.exponent.eq(exponent)
        # Shifted, no element is above the limit; only rounding could bring it one above. A negative
        # code is ~whole + 1 - up: one addition serves both signs.
        whole, up = shifted(size, exponent, config.exponents[-1])
        whole = whole[: bits - 1]
        code = (Cat(whole, 0) ^ negative.replicate(bits)) + (negative ^ (up & ~whole.all()))
        m.d.comb += self.o.payload.code.eq(code)
