"""Digital bias of a stage: what F adds and U changes."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from models.control import LEAST_RATE, RATE_BITS
from models.number import code_limit
from rtl.arithmetic import clipped, scaled
from rtl.digital import DigitalConfig
from rtl.scale import code_layout


class BiasMemory(wiring.Component):
    """RAM of one bias an output, and its update, as `models.layer.learning.update_bias`.

    A bias is `bias_fraction_bits` finer than a digital element. U takes from each the rounded
    product of rate and error, saturated at the rail of a digital element.

    In the cycle of `read` F asks for all biases: the first is offered on `o` two cycles later, the
    others one a cycle. Codes of errors on `i` are taken at once, one a cycle, output after output;
    each bias changes two cycles later. F and U must take turns: they share the read port. Reset
    sets all biases to 0: until an update has passed, what the RAM holds counts as nothing.

    Parameters
    ----------
    config
        Outputs, widths and rates.

    Members
    -------
    read : ``In(1)``
        Begin to offer the biases.
    o : ``Out(stream.Signature(signed(bias_bits)))``
        Biases of all outputs.
    late : ``In(1)``
        Take the rate after the decay; fixed while an update passes.
    rate : ``In(signed(3))``
        Logarithm of a factor of both rates.
    frozen : ``In(1)``
        Leave the biases as they are.
    i : ``In(stream.Signature(code_layout(config)))``
        Error codes with their exponent; always ready.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        self.kept = memory.Memory(shape=signed(config.bias_bits), depth=config.outputs, init=[])
        super().__init__(
            {
                "read": In(1),
                "o": Out(stream.Signature(signed(config.bias_bits))),
                "late": In(1),
                "rate": In(signed(RATE_BITS)),
                "frozen": In(1),
                "i": In(stream.Signature(code_layout(config), always_ready=True)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, outputs = self.config, self.config.outputs
        m.submodules.kept = self.kept
        write = self.kept.write_port()
        read = self.kept.read_port(transparent_for=(write,))
        place, known = Signal(range(max(outputs, 2))), Signal()
        reading, shown, taken = Signal(), Signal(), Signal()
        last = place == outputs - 1
        following = Mux(last, 0, place + 1)
        bias = Signal(signed(config.bias_bits))
        m.d.comb += [
            bias.eq(Mux(known, read.data, 0)),
            self.o.valid.eq(shown),
            self.o.payload.eq(bias),
            taken.eq(self.o.valid & self.o.ready),
            read.addr.eq(Mux(taken, following, place)),
        ]
        with m.If(self.read):
            m.d.sync += reading.eq(1)
        with m.If(reading):
            m.d.sync += shown.eq(1)
        with m.If(taken | self.i.valid):
            m.d.sync += place.eq(following)
        with m.If(taken & last):
            m.d.sync += [reading.eq(0), shown.eq(0)]

        code, changing = Signal(self.i.payload.code.shape()), Signal()
        changed, held = Signal.like(place), Signal.like(bias)
        most = config.exponents[-1] + (1 << RATE_BITS) - 1
        exponent = Signal(range(most + 1))
        m.d.sync += [
            code.eq(Mux(self.frozen, 0, self.i.payload.code)),
            exponent.eq(self.i.payload.exponent + (self.rate - LEAST_RATE)),
            changing.eq(self.i.valid),
            changed.eq(place),
        ]
        moved = Signal(signed(config.tile.tile.dac.bits + most))
        early, late = (scaled(moved, places + LEAST_RATE) for places in config.bias_places)
        limit = code_limit(config.digital_bits) << config.bias_fraction_bits
        change = Signal.like(Mux(self.late, late, early))
        m.d.comb += [moved.eq(code << exponent), write.data.eq(clipped(held - change, limit))]
        domain = m.d.comb if outputs == 1 else m.d.sync  # a single one may change every cycle
        domain += [
            held.eq(bias),
            change.eq(Mux(self.late, late, early)),
            write.en.eq(changing),
            write.addr.eq(changed),
        ]
        with m.If(changing & (changed == outputs - 1)):
            m.d.sync += known.eq(1)
        return m
