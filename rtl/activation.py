"""Activations and their derivatives, and the error that goes back through them."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from models.activation import PLACES, TABLE_BITS, activation_table
from rtl.arithmetic import scaled
from rtl.digital import DigitalConfig

_HALF = 1 << (TABLE_BITS - 1)


def slope_shape(config: DigitalConfig) -> unsigned:
    """Return the shape of a derivative, 0 .. 2^fraction_bits."""
    return unsigned(config.fraction_bits + 1)


def activated_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one output: its pre-activation, its value and the derivative, all of one unit."""
    digital = signed(config.digital_bits)
    return data.StructLayout({"z": digital, "value": digital, "slope": slope_shape(config)})


class ActivationUnit(wiring.Component):
    """Activation of one element after another, as `models.activation.activate`.

    The index of a table is z in the table's places, rounded and saturated; `linear`, `relu` and the
    hard ones have none. Latency two cycles, throughput one element a cycle; `i.ready` depends on
    `o.ready`. Reset drops the elements it holds.

    Parameters
    ----------
    config
        Activation and widths.

    Members
    -------
    i : ``In(stream.Signature(signed(digital_bits)))``
        Pre-activations.
    o : ``Out(stream.Signature(activated_layout(config)))``
        Pre-activations with their values and derivatives.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(signed(config.digital_bits))),
                "o": Out(stream.Signature(activated_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, o = self.config, self.o.payload
        move, held = Signal(), Signal()
        z = Signal(signed(config.digital_bits))
        m.d.comb += [move.eq(~self.o.valid | self.o.ready), self.i.ready.eq(move)]
        with m.If(move):
            m.d.sync += [
                held.eq(self.i.valid),
                self.o.valid.eq(held),
                z.eq(self.i.payload),
                o.z.eq(z),
            ]
        if config.activation in PLACES:
            self._look_up(m, z, move)
        elif config.activation.startswith("hard-"):
            self._cut(m, z)
        else:
            unit = 1 << config.fraction_bits
            positive = (o.z > 0) if config.activation == "relu" else 1
            m.d.comb += [o.value.eq(Mux(positive, o.z, 0)), o.slope.eq(Mux(positive, unit, 0))]
        return m

    def _cut(self, m: Module, z: Signal) -> None:
        """A straight line between two bounds, of slope 1 (hard tanh) or 1/4 (hard sigmoid)."""
        unit, o = 1 << self.config.fraction_bits, self.o.payload
        tanh = self.config.activation == "hard-tanh"
        line = o.z if tanh else scaled(o.z, -2) + unit // 2
        low, reach, slope = (-unit, unit, unit) if tanh else (0, 2 * unit, unit // 4)
        value = Mux(line > unit, unit, Mux(line < low, low, line))
        within = (o.z < reach) & (o.z > -reach)
        m.d.comb += [o.value.eq(value), o.slope.eq(Mux(within, slope, 0))]

    def _look_up(self, m: Module, z: Signal, move: Signal) -> None:
        config, shape = self.config, activated_layout(self.config)
        pairs = zip(*activation_table(config.activation, config.fraction_bits), strict=True)
        entry = data.StructLayout({key: shape[key].shape for key in ("value", "slope")})
        rows = [{"value": int(value), "slope": int(slope)} for value, slope in pairs]
        m.submodules.table = table = memory.Memory(
            shape=entry, depth=1 << TABLE_BITS, init=rows[_HALF:] + rows[:_HALF]
        )
        port = table.read_port()
        index = scaled(z, PLACES[config.activation] - config.fraction_bits)
        kept = Mux(index >= _HALF, _HALF - 1, Mux(index < -_HALF, -_HALF, index))
        m.d.comb += [
            port.addr.eq(kept[:TABLE_BITS]),  # the lower half comes after the upper one
            port.en.eq(move),
            self.o.payload.value.eq(port.data.value),
            self.o.payload.slope.eq(port.data.slope),
        ]


def through_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one element of a gradient and the derivative of the activation below it."""
    return data.StructLayout(
        {"gradient": signed(config.digital_bits), "slope": slope_shape(config)}
    )


class SlopeUnit(wiring.Component):
    """Multiplier of gradients and derivatives, as `models.layer.linear.through`.

    Latency one cycle, throughput one element a cycle; `i.ready` depends on `o.ready`. Reset drops
    the element it holds.

    Parameters
    ----------
    config
        Widths.

    Members
    -------
    i : ``In(stream.Signature(through_layout(config)))``
        Gradients of outputs, each with the derivative that F left.
    o : ``Out(stream.Signature(signed(digital_bits)))``
        Errors.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(stream.Signature(through_layout(config))),
                "o": Out(stream.Signature(signed(config.digital_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        given, move = self.i.payload, Signal()
        m.d.comb += [move.eq(~self.o.valid | self.o.ready), self.i.ready.eq(move)]
        with m.If(move):
            m.d.sync += [
                self.o.valid.eq(self.i.valid),
                self.o.payload.eq(scaled(given.gradient * given.slope, -self.config.fraction_bits)),
            ]
        return m
