"""Answers of the array on their way out: two places, so that a read never waits once it runs."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from models.number import code_limit
from models.tile import TileConfig
from rtl.layout import result_layout


class ResultQueue(wiring.Component):
    """Queue of two results.

    Takes a result in the cycle of `push` and gives it on `o` from the next cycle on, or from the
    cycle after the result before it was taken; throughput one a cycle. `push` cannot be refused:
    whoever starts a read asks `room` first, which is high while there is a place beside those taken
    and the one being pushed. `room` comes from registers and `push` alone, not from `o.ready`.
    `clipped` is made here: a line is clipped where its code stands at the rail. Reset drops what it
    holds.

    Parameters
    ----------
    config
        Architecture.

    Members
    -------
    push : ``In(1)``
        Take `result`.
    result : ``In(result_layout(config))``
        The result; its field `clipped` is ignored.
    room : ``Out(1)``
        A read may start in the next cycle.
    o : ``Out(stream.Signature(result_layout(config)))``
        Results in order.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        result = result_layout(config)
        super().__init__(
            {
                "push": In(1),
                "result": In(result),
                "room": Out(1),
                "o": Out(stream.Signature(result)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        limit = code_limit(self.config.tile.adc.bits)
        level, pop = Signal(range(3)), Signal()
        entry, second = (Signal(self.result.shape(), name=n) for n in ("entry", "second"))
        m.d.comb += [
            self.o.valid.eq(level != 0),
            pop.eq(self.o.valid & self.o.ready),
            self.room.eq((level == 0) | ((level == 1) & ~self.push)),
            entry.eq(self.result),
        ]
        for line in range(self.config.lines):
            code = self.result.y[line]
            m.d.comb += entry.clipped[line].eq((code >= limit) | (code <= -limit))

        m.d.sync += level.eq(level + self.push - pop)
        with m.If(pop & (level == 2)):
            m.d.sync += self.o.payload.eq(second)
        with m.Elif(self.push & (pop | (level == 0))):
            m.d.sync += self.o.payload.eq(entry)
        with m.If(self.push):
            m.d.sync += second.eq(entry)
        return m
