"""One stage: its data flow, and the op that its scheduler has started."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.schedule import Op
from rtl.control import StageControlSignature
from rtl.datapath import StageDatapath
from rtl.digital import DigitalConfig
from rtl.host import answer_layout, host_layout
from rtl.layout import BL_BITS, OP_BITS, SAMPLE_BITS, analog_members
from rtl.pipeline import OpSignature
from rtl.plan import StagePlan


def tile_members(config: DigitalConfig) -> dict[str, Any]:
    """Return the analog port of a stage's tile, without `stall`."""
    members = analog_members(config.tile)
    del members["stall"]
    return members


def _members(config: DigitalConfig) -> dict[str, Any]:
    digital = stream.Signature(signed(config.digital_bits))
    members = {
        "run": In(OpSignature(None)),
        "tick": In(1),
        "hold": Out(1),
        "i_value": In(digital),
        "o_value": Out(digital),
        "o_gradient": Out(digital),
        "i_host": In(stream.Signature(host_layout(config))),
        "o_host": Out(stream.Signature(answer_layout(config))),
        "control": In(StageControlSignature()),
        "x_pulses": Out(range(config.inputs + 1)),
        "d_pulses": Out(range(config.outputs + 1)),
        **tile_members(config),
    }
    if config.loss:
        return members | {"i_label": In(stream.Signature(config.label_bits))}
    return members | {"i_gradient": In(digital)}


class Stage(wiring.Component):
    """A stage that runs the ops of its scheduler, each for its architectural cycles.

    An op of length L that starts in architectural cycle s ends with cycle s + L - 1, by then its
    data flow is through: where it is not, `hold` keeps the machine in that cycle until it is. So
    the cycles of the rules are those of the design, however long loading, converting and passing on
    take in clocks; without a hold both are equal. `run.end` is high in the op's last cycle, and
    changes nothing in a clock without `tick`.

    Reset: no op, sample 0.

    Parameters
    ----------
    plan
        Units and cycles.

    Members
    -------
    run : ``In(OpSignature(None))``
        The scheduler's ops.
    tick : ``In(1)``
        This clock ends an architectural cycle.
    hold : ``Out(1)``
        It must not; comes from registers.
    i_label : ``In(stream.Signature(label_bits))``
        Classes of the samples, at the last stage; F waits for its own.
    i_value, i_gradient, o_value, o_gradient, i_host, o_host, control, x_pulses, d_pulses
        As of :class:`rtl.datapath.StageDatapath`.

    The other members are those of the analog port without `stall`.
    """

    def __init__(self, plan: StagePlan) -> None:
        self.plan = plan
        self.flow = StageDatapath(plan.config)
        #: Those of the last U; the port itself may show a host's op since.
        self.slots = Signal(BL_BITS)
        super().__init__(_members(plan.config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.flow = flow = self.flow
        for name in ("i_value", "o_value", "o_gradient", "i_host", "o_host", "control"):
            connect(m, flipped(getattr(self, name)), getattr(flow, name))
        m.d.comb += [self.x_pulses.eq(flow.x_pulses), self.d_pulses.eq(flow.d_pulses)]
        for name, member in tile_members(self.plan.config).items():
            own, inner = getattr(self, name), getattr(flow, name)
            m.d.comb += own.eq(inner) if member.flow == Out else inner.eq(own)
        running, given, finished = Signal(), Signal(), Signal()
        op, sample = Signal(OP_BITS), Signal(SAMPLE_BITS)
        labelled = self._label(m, op)
        m.d.comb += [
            flow.i.payload.op.eq(op),
            flow.i.payload.sample.eq(sample),
            flow.i.valid.eq(running & ~given & labelled),
        ]
        with m.If(flow.i.valid & flow.i.ready):
            m.d.sync += given.eq(1)
        with m.If(flow.done):
            m.d.sync += [finished.eq(1), self.slots.eq(flow.bl)]
        spent = Signal(range(self.plan.longest))
        last = running & (spent == self._length(m, op, finished) - 1)
        m.d.comb += [self.run.end.eq(last & finished), self.hold.eq(last & ~finished)]
        with m.If(self.tick & self.run.start):
            m.d.sync += [op.eq(self.run.op), sample.eq(self.run.sample), running.eq(1)]
            m.d.sync += [given.eq(0), finished.eq(0), spent.eq(1)]
        with m.Elif(self.tick):
            m.d.sync += spent.eq(spent + 1)
            with m.If(last):
                m.d.sync += running.eq(0)
        return m

    def _label(self, m: Module, op: Value) -> Value:
        """Give F of the last stage its class; return whether it is there."""
        if not self.plan.config.loss:
            connect(m, flipped(self.i_gradient), self.flow.i_gradient)
            return Signal(init=1)
        forward, i = op == Op.FORWARD, self.flow.i
        m.d.comb += i.payload.label.eq(self.i_label.payload)
        m.d.comb += self.i_label.ready.eq(i.valid & i.ready & forward)
        return self.i_label.valid | ~forward

    def _length(self, m: Module, op: Value, finished: Value) -> Value:
        """Return the op's cycles; those of U follow from the slots that it showed in the end."""
        plan, cycles = self.plan, Signal(range(self.plan.longest + 1))
        m.d.comb += cycles.eq(Mux(op == Op.FORWARD, plan.forward, plan.backward))
        with m.If(op == Op.UPDATE):
            m.d.comb += cycles.eq(min(plan.update.values()))
            with m.If(finished), m.Switch(self.slots):
                for slots, own in plan.update.items():
                    with m.Case(slots):
                        m.d.comb += cycles.eq(own)
        return cycles
