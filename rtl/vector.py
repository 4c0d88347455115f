"""Between serial streams and the tile controller, which takes and gives whole vectors."""

from amaranth.hdl import Cat, Module, Mux, Signal, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from rtl.digital import DigitalConfig
from rtl.layout import EXPONENT_BITS, answer_vector, code_vector, side_lines
from rtl.scale import code_layout, exponent_shape


class VectorLoader(wiring.Component):
    """Shift register that gathers the codes of one side for the tile controller.

    Takes one code a cycle while it is not `full`; `vector` and `exponent` hold from then on, until
    `clear` in one cycle empties it from the next on. With `wipe` in a cycle all codes are 0 in the
    next, until others come. Reset empties it.

    Parameters
    ----------
    config
        Lines and widths.
    side
        `models.seed.ROWS` or `models.seed.COLUMNS`.

    Members
    -------
    clear, wipe : ``In(1)``
        Begin the next vector; set all codes to 0.
    i : ``In(stream.Signature(code_layout(config)))``
        Codes, line 0 first.
    full : ``Out(1)``
        All lines are here.
    vector : ``Out(code_vector(config.tile, side))``
        The codes.
    exponent : ``Out(signed(EXPONENT_BITS))``
        Exponent of the vector.
    """

    def __init__(self, config: DigitalConfig, side: int) -> None:
        self.config = config
        self.side = side
        super().__init__(
            {
                "clear": In(1),
                "wipe": In(1),
                "i": In(stream.Signature(code_layout(config))),
                "full": Out(1),
                "vector": Out(code_vector(config.tile, side)),
                "exponent": Out(signed(EXPONENT_BITS)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lines = side_lines(self.config.tile, self.side)
        count, moves = Signal(range(lines + 1)), Signal()
        codes = [Signal(signed(self.config.tile.tile.dac.bits), name=f"c{n}") for n in range(lines)]
        m.d.comb += [self.full.eq(count == lines), self.i.ready.eq(~self.full)]
        m.d.comb += [self.vector[line].eq(code) for line, code in enumerate(codes)]
        m.d.sync += moves.eq(0)
        with m.If(self.clear):
            m.d.sync += count.eq(0)
        with m.Elif(self.i.valid & self.i.ready):
            m.d.sync += [count.eq(count + 1), self.exponent.eq(self.i.payload.exponent)]
            m.d.sync += [codes[-1].eq(self.i.payload.code), moves.eq(count != lines - 1)]
        # All but the last line move a cycle later, so that many wait for one register alone.
        with m.If(moves):
            m.d.sync += Cat(codes[:-1]).eq(Cat(codes[1:]))
        with m.If(self.wipe):
            m.d.sync += Cat(codes).eq(0)
        return m


def sent_layout(config: DigitalConfig) -> data.StructLayout:
    """Return one ADC code and the exponent of the vector that was read."""
    adc = signed(config.tile.tile.adc.bits)
    return data.StructLayout({"code": adc, "exponent": exponent_shape(config)})


class VectorSender(wiring.Component):
    """Shift register that gives the codes of a result one after another.

    Takes a result in the cycle of `load` and offers its codes on `o` from the next cycle on, line 0
    first, one a cycle, `lines` of them. No `load` may come before the last code was taken. Reset
    drops the result.

    Parameters
    ----------
    config
        Lines and widths.

    Members
    -------
    fill, load : ``In(1)``
        Take `y`, of which nothing is offered; with `exponent` and `lines`, and offer it. No `fill`
        may come before the last code was taken either, and every `load` comes with one.
    y : ``In(answer_vector(config.tile))``
        ADC codes.
    exponent : ``In(exponent_shape(config))``
        Exponent of the vector that was read.
    lines : ``In(range(lines + 1))``
        Codes to give.
    o : ``Out(stream.Signature(sent_layout(config)))``
        Codes.
    """

    def __init__(self, config: DigitalConfig) -> None:
        self.config = config
        super().__init__(
            {
                "fill": In(1),
                "load": In(1),
                "y": In(answer_vector(config.tile)),
                "exponent": In(exponent_shape(config)),
                "lines": In(range(config.tile.lines + 1)),
                "o": Out(stream.Signature(sent_layout(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bits, left = self.config.tile.tile.adc.bits, Signal(self.lines.shape())
        # Codes move a cycle after one was taken, so that many wait for registers alone: until then
        # the first of them is the one that is offered, afterwards the next.
        codes, moves = Signal(len(self.y.as_value())), Signal()
        taken, following = self.o.valid & self.o.ready, codes[bits:]
        m.d.comb += self.o.valid.eq(left != 0)
        m.d.sync += moves.eq(self.load | taken)
        with m.If(self.fill):
            m.d.sync += codes.eq(self.y.as_value())
        with m.Elif(moves):
            m.d.sync += codes.eq(following)
        with m.If(self.load):
            m.d.sync += [
                left.eq(self.lines),
                self.o.payload.code.eq(self.y.as_value()[:bits]),
                self.o.payload.exponent.eq(self.exponent),
            ]
        with m.Elif(taken):
            m.d.sync += left.eq(left - 1)
            m.d.sync += self.o.payload.code.eq(Mux(moves, following, codes)[:bits])
        return m
