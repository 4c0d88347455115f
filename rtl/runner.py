"""One lane of a stage: counts the cycles of the op that its scheduler has started."""

from collections.abc import Mapping, Sequence

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Op
from rtl.layout import BL_BITS, OP_BITS, SAMPLE_BITS
from rtl.plan import StagePlan
from rtl.sharing import OpSignature


class OpRunner(wiring.Component):
    """Counter of an op's architectural cycles; it holds the last for a data flow that is late.

    An op of length L that starts in architectural cycle s ends with cycle s + L - 1. `wants` is
    high from its second clock on until `given`, in which its data flow takes it; `done` says that
    the data flow is through. `run.end` is high in the op's last cycle, and changes nothing in a
    clock without `tick`. PROGRAM has no data flow. Reset: no op.

    Parameters
    ----------
    plan
        Cycles.

    Members
    -------
    run : ``In(OpSignature(None))``
        The scheduler's ops.
    tick : ``In(1)``
        This clock ends an architectural cycle.
    hold : ``Out(1)``
        It must not; comes from registers.
    wants, given, done : ``Out(1)``, ``In(1)``, ``In(1)``
        The data flow is asked for, takes the op, and is through.
    slots : ``In(BL_BITS)``
        In the clock of `done`, the slots that an update has used.
    op, sample : ``Out``
        The op.
    """

    def __init__(self, plan: StagePlan) -> None:
        self.plan = plan
        #: An op runs; its data flow has it, is through; its cycles so far, and all less one.
        self.running, self.taken, self.finished = Signal(), Signal(), Signal()
        self.spent, self.goal = Signal(range(plan.longest + 1)), Signal(range(plan.longest + 1))
        super().__init__(
            {
                "run": In(OpSignature(None)),
                "tick": In(1),
                "hold": Out(1),
                "wants": Out(1),
                "given": In(1),
                "done": In(1),
                "slots": In(BL_BITS),
                "op": Out(OP_BITS),
                "sample": Out(SAMPLE_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        running, given, finished = self.running, self.taken, self.finished
        goal, spent, update = self.goal, self.spent, Signal.like(self.goal)
        m.d.comb += goal.eq(self._goal(update))
        m.d.comb += self.wants.eq(running & ~given)
        with m.If(self.given):
            m.d.sync += given.eq(1)
        with m.If(self.done):
            m.d.sync += finished.eq(1)
            m.d.sync += update.eq(_found(self.slots, self.plan.update) - 1)
        last = running & (spent == goal)
        m.d.comb += [self.run.end.eq(last & finished), self.hold.eq(last & ~finished)]
        with m.If(self.tick & self.run.start):
            without = self.run.op == Op.PROGRAM
            m.d.sync += [self.op.eq(self.run.op), self.sample.eq(self.run.sample), running.eq(1)]
            m.d.sync += [given.eq(without), finished.eq(without), spent.eq(1)]
            m.d.sync += update.eq(min(self.plan.update.values()) - 1)
        with m.Elif(self.tick):
            m.d.sync += spent.eq(spent + 1)
            with m.If(last):
                m.d.sync += running.eq(0)
        return m

    def _goal(self, update: Value) -> Value:
        """Return the cycles of the op that runs, less one; those of U are given."""
        plan, op = self.plan, self.op
        cycles = Mux(op == Op.FORWARD, plan.forward, plan.backward) - 1
        cycles = Mux(op == Op.UPDATE, update, cycles)
        cycles = Mux(op == Op.PROGRAM, plan.program - 1, cycles)
        return Mux(op == Op.TRANSFER, _chosen(self.sample, plan.transfers) - 1, cycles)


def _found(slots: Value, cycles: Mapping[int, int]) -> Value:
    """Return the cycles of an update by its slots."""
    found = Value.cast(min(cycles.values()))
    for count, own in cycles.items():
        found = Mux(slots == count, own, found)
    return found


def _chosen(which: Value, cycles: Sequence[int]) -> Value:
    """Return the cycles of a transfer, by its number in the rule."""
    found = Value.cast(1)
    for number, own in enumerate(cycles):
        found = Mux(which == number, own, found)
    return found
