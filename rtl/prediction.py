"""What leaves the last stage: its outputs in packets, and the class of the largest."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.digital import DigitalConfig


def element_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one element of a packet, and whether it is the packet's last."""
    return data.StructLayout({"data": signed(config.digital_bits), "last": 1})


class Prediction(wiring.Component):
    """Number of the largest of each sample's outputs; the first, where several are equal.

    Elements pass from `i` to `o` within their cycle. The class of a vector is offered from the
    cycle after its last element on; until it is taken, the next vector waits at its last. Reset
    waits for the first element of a vector.

    Parameters
    ----------
    config
        Outputs and widths.

    Members
    -------
    i : ``In(stream.Signature(signed(digital_bits)))``
        The outputs of one sample after another.
    o : ``Out(stream.Signature(element_layout(config)))``
        The same, one packet a sample.
    o_class : ``Out(stream.Signature(label_bits))``
        Class of each sample.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(signed(config.digital_bits))),
                "o": Out(stream.Signature(element_layout(config))),
                "o_class": Out(stream.Signature(config.label_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        outputs = self.config.outputs
        place, best = (Signal(self.config.label_bits, name=name) for name in ("place", "best"))
        largest, last, free = Signal(self.i.payload.shape()), Signal(), Signal()
        winner = Signal(best.shape())
        larger = (place == 0) | (self.i.payload > largest)
        m.d.comb += [
            last.eq(place == outputs - 1),
            free.eq(~last | ~self.o_class.valid),
            self.o.valid.eq(self.i.valid & free),
            self.o.payload.data.eq(self.i.payload),
            self.o.payload.last.eq(last),
            self.i.ready.eq(self.o.ready & free),
            winner.eq(Mux(larger, place, best)),
        ]
        with m.If(self.o_class.ready):
            m.d.sync += self.o_class.valid.eq(0)
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [place.eq(Mux(last, 0, place + 1)), best.eq(winner)]
            with m.If(larger):
                m.d.sync += largest.eq(self.i.payload)
            with m.If(last):
                m.d.sync += [self.o_class.valid.eq(1), self.o_class.payload.eq(winner)]
        return m
