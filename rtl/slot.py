"""The slots of one update as they pass, one a cycle."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.tile import TileConfig
from rtl.layout import BL_BITS


class SlotCounter(wiring.Component):
    """Counter of the slots for which words are made.

    Takes `start` with the slots used; passes the first slot in the next cycle, then one a cycle:
    all that are built, or those that are used where the design says so. `done` is high in the last
    slot's cycle and from then on, also where no slot passes; it stays low for less than bl cycles,
    in which `step` asks for the next slot. The next `start` may come in the cycle after the first
    with `done`. There is no back-pressure. Reset forgets the slots.

    Parameters
    ----------
    config
        Architecture; `tile.update` gives bl and which slots pass.

    Members
    -------
    start : ``In(1)``
        Begin in the next cycle.
    slots : ``In(6)``
        Slots used, 0 .. bl.
    window : ``Out(bl)``
        The present slot, one-hot; 0 where it is not used. A register, as is `passes`.
    passes : ``Out(1)``
        It is used.
    step : ``Out(1)``
        A slot passes, and one more in the next cycle.
    done : ``Out(1)``
        No slot is left after this cycle.
    ends : ``Out(1)``
        The same of the next cycle.
    """

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        #: The slots of the update that passes, a bit each.
        self.used = Signal(config.tile.update.bl)
        super().__init__(
            {
                "start": In(1),
                "slots": In(BL_BITS),
                "window": Out(config.tile.update.bl),
                "passes": Out(1),
                "step": Out(1),
                "done": Out(1, init=1),
                "ends": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        update = self.config.tile.update
        slot, left = Signal(update.bl), Signal(range(max(2, update.bl)))
        used = self.used
        passing = self.slots if update.slots == "used" else update.bl
        few = (passing == 0) | (passing == 1)
        m.d.comb += [
            self.step.eq(~self.done),
            self.ends.eq(Mux(self.start, few, (left == 0) | (left == 1))),
        ]
        m.d.sync += self.done.eq(self.ends)
        with m.If(self.start):
            m.d.sync += [
                slot.eq(1),
                used.eq((1 << self.slots) - 1),
                self.window.eq(self.slots != 0),
                self.passes.eq(self.slots != 0),
                left.eq(Mux(passing == 0, 0, passing - 1)),
            ]
        with m.Else():
            onward = (slot << 1)[: update.bl]
            m.d.sync += [
                slot.eq(onward),
                self.window.eq(onward & used),
                self.passes.eq((onward & used).any()),
            ]
            with m.If(left != 0):
                m.d.sync += left.eq(left - 1)
        return m
