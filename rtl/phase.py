"""Sign phases of an update: when each goes, and what it drives on a side."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.seed import COLUMNS
from models.tile import TileConfig
from models.timing import phase_offsets
from rtl.layout import BL_BITS, side_lines, word_vector

#: Low bits of `attempt` that number the sign phases.
PHASE_BITS = 2


def slot_counts(config: TileConfig) -> list[int]:
    """Return every number of slots that an update can use, in order."""
    bl = config.tile.update.bl
    return sorted({0, *(min(1 << power, bl) for power in range(7))})


class PhaseCounter(wiring.Component):
    """Counter of an update's sign phases after the first.

    Takes `start` with the number of slots in the cycle before the first phase's `go`; gives `again`
    in the cycle before each later one's, at `models.timing.phase_offsets`, with its number in
    `phase`. There is no back-pressure: all phases of an update have passed before it ends. An
    update without slots, like a machine with one phase, has no later phase. Reset forgets the
    phases that are due.

    Parameters
    ----------
    config
        Architecture and cycles.

    Members
    -------
    start : ``In(1)``
        An update goes in the next cycle.
    slots : ``In(6)``
        Slots that it uses.
    again : ``Out(1)``
        A later phase goes in the next cycle.
    phase : ``Out(2)``
        The number of that phase, 1 .. phases - 1.
    """

    start: In(1)
    slots: In(BL_BITS)
    again: Out(1)
    phase: Out(PHASE_BITS)

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, phases = self.config, self.config.tile.update.phases
        if phases == 1:
            return m
        longest = phase_offsets(config)[1]
        count = range(max(2, longest))
        due, wait, width = Signal(), Signal(count), Signal(count)
        m.d.comb += self.again.eq(due & (wait == 0))
        with m.If(wait != 0):
            m.d.sync += wait.eq(wait - 1)
        with m.If(self.again):
            m.d.sync += [
                wait.eq(width),
                self.phase.eq(self.phase + 1),
                due.eq(self.phase != phases - 1),
            ]
        with m.If(self.start):
            m.d.sync += [self.phase.eq(1), due.eq(self.slots != 0)]
            with m.Switch(self.slots):
                for slots in slot_counts(config)[1:]:
                    first, second, *_ = *phase_offsets(config, slots)[1:], 0
                    with m.Case(slots):
                        m.d.sync += wait.eq(first - 1)
                        m.d.sync += width.eq(max(second - first, 1) - 1)
        return m


class WordDriver(wiring.Component):
    """Registers that drive the pulse words and signs of one side, phase by phase.

    Takes words and signs in the cycle of `go`, 0 for an op without pulses, and drives them from the
    next cycle on: with several phases only the lines of sign 0. In the cycle of `again` it takes
    `phase` and drives that phase's lines from the next cycle on; the words are held for it
    meanwhile. There is no back-pressure. Reset clears the outputs.

    Parameters
    ----------
    config
        Architecture; `tile.update.phases` says whether this side is split by sign.
    side
        `models.seed.ROWS`, split by 2 and 4 phases, or `models.seed.COLUMNS`, split by 4.

    Members
    -------
    go : ``In(1)``
        Take `i_words` and `i_signs`.
    i_words : ``In(ArrayLayout(bl, lines))``
        Pulse words of all lines.
    i_signs : ``In(lines)``
        Sign bits of all lines.
    again : ``In(1)``
        Drive the lines of `phase`.
    phase : ``In(2)``
        Number of the phase.
    words : ``Out(ArrayLayout(bl, lines))``
        Words that are driven; a line that takes no part has 0.
    signs : ``Out(lines)``
        Sign bits.
    """

    def __init__(self, config: TileConfig, side: int) -> None:
        self.config = config
        self.side = side
        words, lines = word_vector(config, side), side_lines(config, side)
        super().__init__(
            {
                "go": In(1),
                "i_words": In(words),
                "i_signs": In(lines),
                "again": In(1),
                "phase": In(2),
                "words": Out(words),
                "signs": Out(lines),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        phases = self.config.tile.update.phases
        split = phases == 4 or (phases == 2 and self.side != COLUMNS)
        sign = self.phase[1] if phases == 4 and self.side != COLUMNS else self.phase[0]
        with m.If(self.go):
            m.d.sync += self.signs.eq(self.i_signs)
        for line in range(side_lines(self.config, self.side)):
            given, driven = self.i_words[line], self.words[line]
            if not split:
                with m.If(self.go):
                    m.d.sync += driven.eq(given)
                continue
            held = Signal(len(given), name=f"held{line}")
            with m.If(self.go):
                m.d.sync += [held.eq(given), driven.eq(Mux(self.i_signs[line], 0, given))]
            with m.Elif(self.again):
                m.d.sync += driven.eq(Mux(self.signs[line] == sign, held, 0))
        return m
