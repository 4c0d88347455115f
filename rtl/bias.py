"""Digital bias of a stage: what F adds and U changes."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out

from models.control import LEAST_RATE, LINE_BITS, RATE_BITS
from models.number import code_limit
from rtl.arithmetic import clipped, scaled
from rtl.control import BiasSignature
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

    A host sees and sets one bias while neither does. That takes a clock for each output, and one
    before: the first after a reset writes 0 to all others.

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
    idle, begins : ``In(1)``
        None of the stage's ops is at work; one begins in this clock, and does neither yet.
    host : ``In(BiasSignature())``
        A host's look at one of the biases.
    loading : ``Out(1)``
        A host sets one: no op may begin.
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
                "idle": In(1),
                "begins": In(1),
                "host": In(BiasSignature()),
                "loading": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, outputs, host = self.config, self.config.outputs, self.host
        m.submodules.kept = self.kept
        write = self.kept.write_port()
        read = self.kept.read_port(transparent_for=(write,))
        place, known = Signal(range(max(outputs, 2))), Signal()
        bias, taken, last = Signal(signed(config.bias_bits)), Signal(), place == outputs - 1
        following, look = Mux(last, 0, place + 1), host.look & self.idle
        loaded = self.loading & last
        m.d.sync += self.loading.eq(host.load & self.idle & ~self.begins & ~loaded)
        m.d.comb += [
            bias.eq(Mux(known, read.data, 0)),
            taken.eq(self.o.valid & self.o.ready),
            read.addr.eq(Mux(look, host.line, Mux(taken, following, place))),
        ]
        with m.If(taken | self.i.valid | self.loading):
            m.d.sync += place.eq(following)
        self._offer(m, bias, taken & last)
        changed = self._change(m, write, bias, place, known)
        with m.If(changed | loaded):
            m.d.sync += known.eq(1)
        self._show(m, look, bias, loaded)
        return m

    def _offer(self, m: Module, bias: Value, end: Value) -> None:
        """Offer the biases, from two cycles after they were asked for until the end."""
        reading, shown = Signal(), Signal()
        m.d.comb += [self.o.valid.eq(shown), self.o.payload.eq(bias)]
        with m.If(self.read):
            m.d.sync += reading.eq(1)
        with m.If(reading):
            m.d.sync += shown.eq(1)
        with m.If(end):
            m.d.sync += [reading.eq(0), shown.eq(0)]

    def _change(self, m: Module, write: Any, bias: Value, place: Value, known: Value) -> Value:
        """Write what an update or a host makes of the biases; return an update's last write."""
        config, host = self.config, self.host
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
        # A single one may change every cycle.
        domain = m.d.comb if config.outputs == 1 else m.d.sync
        domain += [
            held.eq(bias),
            change.eq(Mux(self.late, late, early)),
            write.en.eq(changing),
            write.addr.eq(changed),
        ]
        with m.If(self.loading):
            chosen = place == host.line
            domain += [
                held.eq(Mux(chosen, clipped(host.value, limit), 0)),
                change.eq(0),
                write.en.eq(chosen | ~known),
                write.addr.eq(place),
            ]
        return changing & (changed == config.outputs - 1)

    def _show(self, m: Module, look: Value, bias: Value, loaded: Value) -> None:
        """Show the host a bias, a clock after its line was; two after one was written."""
        host, looked, seen = self.host, Signal(), Signal(LINE_BITS)
        biased = int(self.config.biased)
        m.d.sync += [looked.eq(look & ~host.load), seen.eq(host.line)]
        m.d.comb += [
            host.there.eq(look & ~self.begins & (host.line < self.config.outputs) & biased),
            host.fresh.eq(looked & ~host.load & (seen == host.line)),
            host.state.eq(bias),
            host.loaded.eq(loaded),
        ]
