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
    and the one being pushed; it is a register, so `pushes` comes a cycle before `push`. `clipped`
    is made here: a line is clipped where its code stands at the rail. Reset drops what it holds.

    Parameters
    ----------
    config
        Architecture.

    Members
    -------
    pushes : ``In(1)``
        There is a `push` in the next cycle.
    push : ``In(1)``
        Take `result`.
    result : ``In(result_layout(config))``
        The result; its field `clipped` is ignored.
    room : ``Out(1)``
        A read may start in the next cycle.
    rooms : ``Out(1)``
        The `room` of the next cycle.
    o : ``Out(stream.Signature(result_layout(config)))``
        Results in order.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        result = result_layout(config)
        super().__init__(
            {
                "pushes": In(1),
                "push": In(1),
                "result": In(result),
                "room": Out(1, init=1),
                "rooms": Out(1),
                "o": Out(stream.Signature(result)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        limit = code_limit(self.config.tile.adc.bits)
        level, coming, pop = Signal(range(3)), Signal(range(3)), Signal()
        entry, second = (Signal(self.result.shape(), name=n) for n in ("entry", "second"))
        m.d.comb += [
            self.o.valid.eq(level != 0),
            pop.eq(self.o.valid & self.o.ready),
            coming.eq(level + self.push - pop),
            self.rooms.eq((coming == 0) | ((coming == 1) & ~self.pushes)),
            entry.eq(self.result),
        ]
        for line in range(self.config.lines):
            code = self.result.y[line]
            m.d.comb += entry.clipped[line].eq((code >= limit) | (code <= -limit))

        m.d.sync += [level.eq(coming), self.room.eq(self.rooms)]
        with m.If(pop & (level == 2)):
            m.d.sync += self.o.payload.eq(second)
        with m.Elif(self.push & (pop | (level == 0))):
            m.d.sync += self.o.payload.eq(entry)
        with m.If(self.push):
            m.d.sync += second.eq(entry)
        return m
