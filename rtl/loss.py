"""The loss's gradient with respect to the last pre-activations: where errors start."""

from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal, Value, signed
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from models.activation import PLACES, TABLE_BITS, exponential_table
from models.number import code_limit
from rtl.activation import activated_layout
from rtl.arithmetic import clipped, scaled
from rtl.digital import DigitalConfig


def _members(config: DigitalConfig) -> dict[str, object]:
    return {
        "label": In(config.label_bits),
        "i": In(stream.Signature(activated_layout(config))),
        "o": Out(stream.Signature(signed(config.digital_bits))),
    }


def _target(config: DigitalConfig, label: Value, place: Value) -> Value:
    """Return the target of the output at `place`."""
    return Mux(label == place, config.label_target, config.other_target)


class SquaredError(wiring.Component):
    """Error of half the squared distance, as `models.loss.error`: (value - target) * slope.

    Latency one cycle, throughput one element a cycle; `i.ready` depends on `o.ready`. Reset drops
    what it holds and waits for the first element of a vector.

    Parameters
    ----------
    config
        Outputs, widths and targets.

    Members
    -------
    label : ``In(range(outputs))``
        Class of the sample, fixed while its vector passes.
    i : ``In(stream.Signature(activated_layout(config)))``
        The outputs of one sample after another.
    o : ``Out(stream.Signature(signed(digital_bits)))``
        Errors of the outputs.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(_members(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, given = self.config, self.i.payload
        place, move = Signal(range(max(config.outputs, 2))), Signal()
        product = (given.value - _target(config, self.label, place)) * given.slope
        found = scaled(product, -config.fraction_bits)
        m.d.comb += [move.eq(~self.o.valid | self.o.ready), self.i.ready.eq(move)]
        with m.If(move):
            m.d.sync += [
                self.o.valid.eq(self.i.valid),
                self.o.payload.eq(clipped(found, code_limit(config.digital_bits))),
            ]
        with m.If(move & self.i.valid):
            m.d.sync += place.eq(Mux(place == config.outputs - 1, 0, place + 1))
        return m


class CrossEntropy(wiring.Component):
    """Error of the cross-entropy of a softmax, as `models.loss.error`: softmax(z) - target.

    Four passes over n outputs: z comes in and its maximum is found; the exponential of every
    distance to it is looked up, kept and added; each is divided by the sum, rounded up at a half.
    With f = fraction_bits the first error is offered 2n + f + 6 cycles after the first of n
    elements that come one a cycle, every other f + 4 cycles after the one before was taken. The
    next vector is taken when the last error is. Reset drops the vector.

    Parameters
    ----------
    config
        Outputs, widths and targets.

    Members
    -------
    label : ``In(range(outputs))``
        Class of the sample, fixed until the last error was taken.
    i : ``In(stream.Signature(activated_layout(config)))``
        The outputs of one sample after another; values and derivatives are ignored.
    o : ``Out(stream.Signature(signed(digital_bits)))``
        Errors of the outputs.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(_members(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, classes = self.config, self.config.outputs
        place, last = Signal(range(max(classes, 2))), Signal()
        m.d.comb += last.eq(place == classes - 1)
        grown_bits = config.fraction_bits + 6
        m.submodules.kept = kept = memory.Memory(
            shape=signed(max(config.digital_bits, grown_bits + 1)), depth=max(classes, 2), init=[]
        )
        write, read = kept.write_port(), kept.read_port()
        top, total = Signal(signed(config.digital_bits)), Signal(grown_bits + classes.bit_length())
        step = Signal(range(config.fraction_bits + 2))
        growing, settled = Signal(), Signal()
        m.d.comb += read.addr.eq(place)

        def advance() -> None:
            m.d.sync += place.eq(Mux(last, 0, place + 1))

        with m.FSM():
            with m.State("fill"):
                z = self.i.payload.z
                m.d.comb += [self.i.ready.eq(1), write.en.eq(self.i.valid)]
                m.d.comb += [write.addr.eq(place), write.data.eq(z)]
                with m.If(self.i.valid):
                    m.d.sync += [top.eq(Mux((place == 0) | (z > top), z, top)), total.eq(0)]
                    advance()
                    with m.If(last):
                        m.next = "grow"
            with m.State("grow"):
                m.d.comb += growing.eq(1)
                advance()
                with m.If(last):
                    m.next = "settle"
            with m.State("settle"):
                with m.If(settled):
                    m.next = "load"
            with m.State("load"):
                m.d.sync += step.eq(config.fraction_bits + 1)
                m.next = "start"
            self._divide(m, read.data, total, step, place)
            with m.State("offer"):
                m.d.comb += self.o.valid.eq(1)
                with m.If(self.o.ready):
                    advance()
                    m.next = "load"
                    with m.If(last):
                        m.next = "fill"
        grown = self._exponential(m, top, read.data)
        placed = self._follow(m, growing, settled, place)
        with m.If(placed.valid):
            m.d.comb += [write.en.eq(1), write.addr.eq(placed.place), write.data.eq(grown)]
            m.d.sync += total.eq(total + grown)
        return m

    def _follow(self, m: Module, growing: Signal, settled: Signal, place: Signal) -> Any:
        """Return what the look-up has just finished: two cycles behind what is `growing`."""
        shape = data.StructLayout({"valid": 1, "place": place.shape()})
        passing, found = Signal(shape), Signal(shape)
        m.d.comb += settled.eq(~passing.valid & ~found.valid)
        m.d.sync += [passing.valid.eq(growing), passing.place.eq(place), found.eq(passing)]
        return found

    def _exponential(self, m: Module, top: Value, z: Value) -> Value:
        """Return the table's entry for the `z` of a cycle before."""
        config, most = self.config, (1 << TABLE_BITS) - 1
        entries = [int(entry) for entry in exponential_table(config.fraction_bits)]
        m.submodules.table = table = memory.Memory(
            shape=config.fraction_bits + 6, depth=1 << TABLE_BITS, init=entries
        )
        port = table.read_port()
        index = scaled(top - z, PLACES["exp"] - config.fraction_bits)
        m.d.comb += port.addr.eq(Mux(index > most, most, index))
        return port.data

    def _divide(self, m: Module, grown: Value, total: Value, step: Signal, place: Value) -> None:
        """Divide 2^(f + 1) * grown + total by 2 total, one bit of the quotient a cycle.

        `step` counts the f + 1 bits; the quotient is at most 2^f.
        """
        config, bits = self.config, self.config.fraction_bits + 1
        rest, low = Signal(len(total) + 2), Signal(bits)
        quotient = Signal(bits)
        with m.State("start"):
            m.d.sync += [
                rest.eq(grown[: config.fraction_bits + 6] + (total >> bits)),
                low.eq(total[:bits]),
                quotient.eq(0),
            ]
            m.next = "divide"
        with m.State("divide"):
            doubled = Cat(low[-1], rest)
            fits = doubled >= (total << 1)
            m.d.sync += [
                rest.eq(Mux(fits, doubled - (total << 1), doubled)),
                low.eq(low << 1),
                quotient.eq(Cat(fits, quotient)),
                step.eq(step - 1),
            ]
            with m.If(step == 1):
                m.next = "offer"
        m.d.comb += self.o.payload.eq(quotient - _target(config, self.label, place))


def loss_unit(config: DigitalConfig) -> SquaredError | CrossEntropy:
    """Return the unit of the stage's loss."""
    return SquaredError(config) if config.loss == "mse" else CrossEntropy(config)
