"""Digital sum: ADC codes become elements of a digital vector."""

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from models.number import code_limit
from rtl.arithmetic import clipped, scaled
from rtl.digital import DigitalConfig


def sum_layout(config: DigitalConfig, parts: int = 1) -> data.StructLayout:
    """Return one output's codes on `parts` tiles, the exponents of their inputs, and its bias."""
    exponent = unsigned((len(config.exponents) - 1).bit_length())
    return data.StructLayout(
        {
            "codes": data.ArrayLayout(signed(config.tile.tile.adc.bits), parts),
            "exponents": data.ArrayLayout(exponent, parts),
            "bias": signed(config.bias_bits),
        }
    )


class SumUnit(wiring.Component):
    """Adder of an output's partial sums and bias, as `models.layer.linear.Linear.biased_sum`.

    z = saturate(round(2^sum_places * sum of code * 2^exponent) + round(bias)): the partial sums of
    a layer's tiles are added whole and rounded once. B takes it with a bias of 0
    (`Linear.input_error`). Latency one cycle, throughput one element a cycle; `i.ready` is a
    register: of back-pressure it learns a cycle later, for which there is a second place. Reset
    drops what it holds.

    Parameters
    ----------
    config
        Widths and places.
    parts
        Tiles whose sums are added.

    Members
    -------
    i : ``In(stream.Signature(sum_layout(config, parts)))``
        Codes of one output after another.
    o : ``Out(stream.Signature(signed(digital_bits)))``
        Elements of the digital vector.
    """

    def __init__(self, config: DigitalConfig, parts: int = 1) -> None:
        self.config = config
        self.parts = parts
        super().__init__(
            {
                "i": In(stream.Signature(sum_layout(config, parts))),
                "o": Out(stream.Signature(signed(config.digital_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, given = self.config, self.i.payload
        limit = code_limit(config.digital_bits)
        wide = config.tile.tile.adc.bits + config.exponents[-1]
        total: Value = Const(0, signed(1))
        for part in range(self.parts):
            moved = Signal(signed(wide), name=f"moved{part}")
            m.d.comb += moved.eq(given.codes[part] << given.exponents[part])
            total = total + moved
        bias = scaled(given.bias, -config.bias_fraction_bits) if config.biased else Const(0)
        found = scaled(total, config.sum_places) + bias
        element, spare, waits = Signal.like(self.o.payload), Signal.like(self.o.payload), Signal()
        m.d.comb += [element.eq(clipped(found, limit)), self.i.ready.eq(~waits)]
        with m.If(~self.o.valid | self.o.ready):
            m.d.sync += self.o.valid.eq(self.i.valid | waits)
            m.d.sync += self.o.payload.eq(Mux(waits, spare, element))
            m.d.sync += waits.eq(0)
        with m.Elif(self.i.valid & self.i.ready):
            m.d.sync += [spare.eq(element), waits.eq(1)]
        return m
