"""The slots in which a schedule may start samples, as the clock opens them."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class SlotGate(wiring.Component):
    """Gate of one op: sample k may start from cycle first + slot * k on (rule R7).

    `open` is high while the next sample's slot has come; `take` says that it starts in this cycle.
    Slots that are not used at once stay open, up to `most` of them. There is no back-pressure.
    Reset begins at cycle 0.

    Parameters
    ----------
    first
        Cycle from which sample 0 may start.
    slot
        Cycles between the slots of two samples, at least 1.
    most
        Slots that are remembered; with the samples of a run none is ever lost.

    Members
    -------
    open : ``Out(1)``
        The next sample may start.
    take : ``In(1)``
        It does.
    """

    open: Out(1)
    take: In(1)

    def __init__(self, first: int, slot: int, most: int) -> None:
        self.first, self.slot, self.most = first, slot, most
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        now = self.first == 0
        left = Signal(
            range(max(self.first, self.slot)), init=(self.slot if now else self.first) - 1
        )
        lead = Signal(range(self.most + 1), init=int(now))
        opens = Signal()
        m.d.comb += [opens.eq((left == 0) & (self.take | (lead != self.most)))]
        m.d.comb += self.open.eq(lead != 0)
        m.d.sync += lead.eq(lead + opens - self.take)
        with m.If(left == 0):
            m.d.sync += left.eq(self.slot - 1)
        with m.Else():
            m.d.sync += left.eq(left - 1)
        return m
