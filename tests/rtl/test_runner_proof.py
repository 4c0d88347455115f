"""Ops of a stage last as long as the design says, whatever its data flow takes, by induction."""

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.hdl import Assert, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from models.schedule import Op
from models.tile import TileConfig
from rtl.digital import DigitalConfig
from rtl.plan import StagePlan
from rtl.runner import OpRunner
from rtl.sharing import Sharing
from tests.rtl.proof import Verdict, prove

UPDATES = {0: 2, 1: 3, 2: 5}
PLAN = StagePlan(
    DigitalConfig(TileConfig(1, 1)), 3, 2, UPDATES, Sharing(transfers=(1, 1), program=4), (), (4, 6)
)
OPS = (Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.PROGRAM, Op.TRANSFER)
#: Statements after all others of a runner, which win.
Fault = Callable[[Module, OpRunner], None]


class FaultyRunner(OpRunner):
    """A runner with a fault, or none."""

    def __init__(self, fault: Fault | None) -> None:
        self.fault = fault
        super().__init__(PLAN)

    def elaborate(self, platform: object) -> Module:
        m = super().elaborate(platform)
        if self.fault is not None:
            self.fault(m, self)
        return m


class RunnerProof(wiring.Component):
    """A runner whose scheduler, other stages and data flow do what they may.

    A scheduler starts an op when none runs; the data flow takes it some time and is through some
    time after. Asserts that an op asks for its data flow until it is taken, ends in its last
    architectural cycle, never before the data flow is through, and not after. Faults are looked for
    without what induction needs to know.
    """

    free: In(4)
    op: In(3)
    which: In(1)
    slots: In(2)

    def __init__(self, fault: Fault | None) -> None:
        self.runner = FaultyRunner(fault)
        super().__init__()

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.runner = runner = self.runner
        running, given, done = Signal(), Signal(), Signal()
        known = self.op == Op.FORWARD
        for op in OPS:
            known |= self.op == op
        m.d.comb += [
            runner.run.start.eq(self.free[0] & ~running),
            runner.run.op.eq(Mux(known, self.op, Op.FORWARD)),
            runner.run.sample.eq(self.which),
            runner.tick.eq(self.free[1] & ~runner.hold),
            runner.given.eq(self.free[2] & runner.wants),
            runner.done.eq(self.free[3] & given & ~done),
            runner.slots.eq(Mux(self.slots == 3, 0, self.slots)),
        ]
        start, end = runner.tick & runner.run.start, runner.tick & runner.run.end
        op, which, used = Signal(3), Signal(), Signal(2)
        count = Signal(range(PLAN.longest + 2))
        with m.If(runner.done):
            m.d.sync += [done.eq(1), used.eq(runner.slots)]
        with m.If(runner.given):
            m.d.sync += given.eq(1)
        with m.If(end):
            m.d.sync += running.eq(0)
        with m.If(runner.tick & running & (count <= PLAN.longest)):
            m.d.sync += count.eq(count + 1)
        with m.If(start):
            alone = runner.run.op == Op.PROGRAM
            m.d.sync += [running.eq(1), given.eq(alone), done.eq(alone), count.eq(1)]
            m.d.sync += [op.eq(runner.run.op), which.eq(self.which)]
        length = self._length(m, op, which, used)
        goal = Mux((op == Op.UPDATE) & ~done, min(PLAN.update.values()), length)
        m.d.comb += [
            Assert(runner.wants == (running & ~given), "an op asks until it is taken"),
            Assert(~runner.run.end | (running & done), "no op ends before its data flow is done"),
            Assert(~runner.run.end | (count == length - 1), "an op ends in its last cycle"),
            Assert(~(running & done) | (count < length), "and not after"),
            Assert(~runner.hold | (running & ~done), "none is held but for its data flow"),
        ]
        if runner.fault is None:
            m.d.comb += [
                Assert(running == runner.running, "what induction needs to know"),
                Assert(~running | ((given == runner.taken) & (done == runner.finished))),
                Assert(~running | ((count == runner.spent) & (op == runner.op) & (count != 0))),
                Assert(~running | (which == runner.sample)),
                Assert(~running | (runner.goal == goal - 1)),
                Assert(~done | given),
                Assert(~running | (count < PLAN.longest)),
            ]
        return m

    def _length(self, m: Module, op: Value, which: Value, used: Value) -> Value:
        """The op's architectural cycles."""
        length = Signal(range(PLAN.longest + 1))
        with m.Switch(op):
            for one, cycles in (
                (Op.FORWARD, PLAN.forward),
                (Op.BACKWARD, PLAN.backward),
                (Op.PROGRAM, PLAN.program),
            ):
                with m.Case(one):
                    m.d.comb += length.eq(cycles)
            with m.Case(Op.TRANSFER):
                m.d.comb += length.eq(Mux(which, *reversed(PLAN.transfers)))
            with m.Case(Op.UPDATE):
                for slots, cycles in UPDATES.items():
                    with m.If(used == slots):
                        m.d.comb += length.eq(cycles)
        return length


def test_ops_end_in_their_last_cycle_with_their_data_flow(tmp_path: Path) -> None:
    assert prove(RunnerProof(None), tmp_path, 10) is Verdict.PROVEN


def early(m: Module, runner: OpRunner) -> None:
    """The end does not wait for the data flow."""
    m.d.comb += runner.run.end.eq(runner.running & (runner.spent == 1))


def twice(m: Module, runner: OpRunner) -> None:
    """An op asks again while it runs."""
    m.d.comb += runner.wants.eq(runner.running)


def port_shows(m: Module, runner: OpRunner) -> None:
    """The slots are those that the port shows now, a host's op since or not."""
    with m.If(runner.finished & (runner.op == Op.UPDATE)):
        longer = runner.slots == max(PLAN.update)
        m.d.comb += runner.goal.eq(PLAN.update[max(PLAN.update)] * longer - 1)


def holds_on(m: Module, runner: OpRunner) -> None:
    """It holds the machine for an op that is done."""
    m.d.comb += runner.hold.eq(runner.running & (runner.spent == PLAN.forward - 1))


@pytest.mark.parametrize("fault", [early, twice, port_shows, holds_on])
def test_a_fault_is_found(fault: Fault, tmp_path: Path) -> None:
    assert prove(RunnerProof(fault), tmp_path, 12) is Verdict.REFUTED
