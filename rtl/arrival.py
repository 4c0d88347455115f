"""What comes into a stage: vectors are scaled and stashed as they arrive, whatever op runs."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.seed import COLUMNS
from rtl.activation import SlopeUnit, slope_shape
from rtl.digital import DigitalConfig
from rtl.layout import side_lines
from rtl.scale import VectorScaler, code_layout, exponent_shape
from rtl.stash import Stash


class VectorStore(wiring.Component):
    """Scaler and stash of one side: digital vectors in, their codes out for two ops.

    Latencies and order are those of `rtl.scale.VectorScaler` and `rtl.stash.Stash`. Reset drops
    what is being scaled and returns to sample 0.

    Parameters
    ----------
    config
        Widths and depths.
    side
        `models.seed.ROWS` for inputs, `models.seed.COLUMNS` for errors.

    Members
    -------
    i : ``In(stream.Signature(signed(digital_bits)))``
        Digital vectors in the order of their samples, element after element.
    busy : ``Out(1)``
        A part of a vector is here that is not in the stash.
    kept : ``Out(1)``
        The last code of a vector goes into the stash; it can be read from the next cycle on.
    start : ``In(2)``
        One-hot: the read (bit 0) or U (bit 1) begins with its next sample.
    o : ``Out(stream.Signature(code_layout(config)))``
        Codes of that sample.
    """

    def __init__(self, config: DigitalConfig, side: int) -> None:
        self.config = config
        self.side = side
        super().__init__(
            {
                "i": In(stream.Signature(signed(config.digital_bits))),
                "busy": Out(1),
                "kept": Out(1),
                "start": In(2),
                "o": Out(stream.Signature(code_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, lines = self.config, side_lines(self.config.tile, self.side)
        depth = config.d_depth if self.side == COLUMNS else config.x_depth
        code = signed(config.tile.tile.dac.bits)
        m.submodules.scaler = scaler = VectorScaler(config, lines)
        m.submodules.stash = stash = Stash(code, exponent_shape(config), lines, depth, readers=2)
        connect(m, flipped(self.i), scaler.i)
        place, last = Signal(range(max(lines, 2))), Signal()
        with m.If(scaler.o.valid):
            m.d.sync += place.eq(Mux(last, 0, place + 1))
        m.d.comb += [
            last.eq(place == lines - 1),
            self.kept.eq(scaler.o.valid & last),
            self.busy.eq(scaler.busy),
            scaler.o.ready.eq(1),
            stash.i.valid.eq(scaler.o.valid),
            stash.i.payload.element.eq(scaler.o.payload.code),
            stash.i.payload.head.eq(scaler.o.payload.exponent),
            stash.start.eq(self.start),
            self.o.valid.eq(stash.o.valid),
            self.o.payload.code.eq(stash.o.payload.element),
            self.o.payload.exponent.eq(stash.o.payload.head),
            stash.o.ready.eq(self.o.ready),
        ]
        return m


class GradientUnit(wiring.Component):
    """Way of a gradient from the stage above: times the derivatives that F left of that sample.

    Derivatives are written by F on `slopes` and wait in a stash of the inputs' depth. The first
    error of a vector comes three cycles after its first gradient is offered, the others one a
    cycle. Reset drops the vector that passes and returns to sample 0.

    Parameters
    ----------
    config
        Widths and depths.

    Members
    -------
    slopes : ``In(stream.Signature(slope_shape(config)))``
        Derivatives of F's outputs; always ready.
    i : ``In(stream.Signature(signed(digital_bits)))``
        Gradients of the outputs.
    busy : ``Out(1)``
        A part of a vector is here.
    o : ``Out(stream.Signature(signed(digital_bits)))``
        Errors.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        digital = stream.Signature(signed(config.digital_bits))
        slopes = stream.Signature(slope_shape(config), always_ready=True)
        super().__init__(
            {"slopes": In(slopes), "i": In(digital), "busy": Out(1), "o": Out(digital)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, outputs = self.config, self.config.outputs
        m.submodules.unit = unit = SlopeUnit(config)
        m.submodules.stash = stash = Stash(slope_shape(config), None, outputs, config.x_depth, 1)
        passing, joined = Signal(), Signal()
        place = Signal(range(max(outputs, 2)))
        m.d.comb += [
            stash.i.valid.eq(self.slopes.valid),
            stash.i.payload.element.eq(self.slopes.payload),
            stash.start.eq(self.i.valid & ~passing),
            joined.eq(self.i.valid & passing & stash.o.valid),
            unit.i.valid.eq(joined),
            unit.i.payload.gradient.eq(self.i.payload),
            unit.i.payload.slope.eq(stash.o.payload.element),
            self.i.ready.eq(joined & unit.i.ready),
            stash.o.ready.eq(joined & unit.i.ready),
            self.busy.eq(passing | unit.o.valid),
        ]
        connect(m, flipped(self.o), unit.o)
        with m.If(stash.start):
            m.d.sync += passing.eq(1)
        with m.If(joined & unit.i.ready):
            m.d.sync += place.eq(Mux(place == outputs - 1, 0, place + 1))
            with m.If(place == outputs - 1):
                m.d.sync += passing.eq(0)
        return m
