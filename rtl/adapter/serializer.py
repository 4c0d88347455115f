"""Pulse words on wires: one wire a line, slot after slot."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from rtl.adapter.step import Delay, StepCounter
from rtl.layout import BL_BITS, word_vector


class WordSerializer(wiring.Component):
    """Serialiser of the pulse words of both sides.

    Takes `start` in the `go` of an update, `again` in that of a later sign phase, with words that
    hold still until the next. From `timing.load_cycles` after `start` on, or in the very cycle of
    `again`, a line is on in the slots that its word names, each of `timing.pulse_cycles`. With
    `timing.row_by_row` all slots pass for row 0 alone, then for row 1, and so on; the columns
    repeat theirs. Slots that pass are those used, or all that are built, where
    `tile.update.slots` says so: the last ends with the cycles of `models.timing`; none pass in an
    update that uses none. There is no back-pressure. Reset ends the pulses.

    All outputs are registers if there is a cycle to load and no later phase; otherwise, with no
    cycle between a `go` and its first slot, they are a few gates behind registers.

    Parameters
    ----------
    config
        Architecture and cycles.

    Members
    -------
    start, again : ``In(1)``
        The first phase of an update goes; a later one.
    slots : ``In(6)``
        Slots used.
    xw, dw : ``In(ArrayLayout(bl, rows))``, ``In(ArrayLayout(bl, columns))``
        Pulse words, bit t = slot t.
    row, column : ``Out(rows)``, ``Out(columns)``
        The lines that are on.
    active : ``Out(1)``
        A slot passes.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        super().__init__(
            {
                "start": In(1),
                "again": In(1),
                "slots": In(BL_BITS),
                "xw": In(word_vector(config, ROWS)),
                "dw": In(word_vector(config, COLUMNS)),
                "row": Out(config.rows),
                "column": Out(config.columns),
                "active": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        timing, update = self.config.timing, self.config.tile.update
        rounds = self.config.rows if timing.row_by_row else 1
        # A register at the pins looks one cycle ahead.
        registered = timing.load_cycles > 0 and update.phases == 1
        place, ahead = ("sync", 1) if registered else ("comb", 0)
        m.submodules.delay = delay = Delay(timing.load_cycles - ahead)
        m.submodules.counter = counter = StepCounter(timing.pulse_cycles, update.bl, rounds)
        m.d.comb += [
            delay.i.eq(self.start & (counter.steps != 0)),
            counter.start.eq(delay.o | self.again),
            counter.steps.eq(self.slots if update.slots == "used" else update.bl),
            counter.rounds.eq(rounds),
        ]
        window = Signal(update.bl)
        with m.If(counter.active):
            m.d.comb += window.eq(1 << counter.step)
        m.d[place] += self.active.eq(counter.active)
        for line, word in enumerate(self.xw):
            turn = counter.round == line if timing.row_by_row else 1
            m.d[place] += self.row[line].eq((word & window).any() & turn)
        for line, word in enumerate(self.dw):
            m.d[place] += self.column[line].eq((word & window).any())
        return m
