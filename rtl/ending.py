"""When an update, or a transfer's write, ends, seen from the analog port."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Op
from models.tile import TileConfig
from models.timing import update_cycles
from rtl.layout import ATTEMPT_BITS, BL_BITS, OP_BITS, TAG_BITS
from rtl.phase import PHASE_BITS, slot_counts


class UpdateEnd(wiring.Component):
    """Counter of a write's cycles: `last` is high in cycle g + T - 1 of one that goes in g.

    T is that of `models.timing.update_cycles` for the slots used; later sign phases are part of it.
    There is no back-pressure. Reset forgets the write that runs.

    Parameters
    ----------
    config
        Architecture and cycles.

    Members
    -------
    tag, op, attempt, bl : ``In``
        What the analog port shows.
    last : ``Out(1)``
        The write ends with this cycle.
    """

    tag: In(TAG_BITS)
    op: In(OP_BITS)
    attempt: In(ATTEMPT_BITS)
    bl: In(BL_BITS)
    last: Out(1)

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, seen = self.config, Signal(TAG_BITS)
        left, running = Signal(range(max(update_cycles(config), 3))), Signal()
        m.d.sync += seen.eq(self.tag)
        m.d.comb += self.last.eq(running & (left == 0))
        with m.If(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.Else():
            m.d.sync += running.eq(0)
        writes = (self.op == Op.UPDATE) | (self.op == Op.TRANSFER)
        with m.If((self.tag != seen) & writes & (self.attempt[:PHASE_BITS] == 0)):
            m.d.sync += running.eq(1)
            with m.Switch(self.bl):
                for slots in slot_counts(config):
                    with m.Case(slots):
                        m.d.sync += left.eq(update_cycles(config, slots) - 2)
        return m
