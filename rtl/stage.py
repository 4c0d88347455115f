"""One stage: its data flow, and the ops that its scheduler has started."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.schedule import Op
from rtl.control import StageControlSignature
from rtl.datapath import StageDatapath
from rtl.digital import DigitalConfig
from rtl.host import answer_layout, host_layout
from rtl.layout import analog_members
from rtl.plan import StagePlan
from rtl.runner import OpRunner


def tile_members(config: DigitalConfig) -> dict[str, Any]:
    """Return the analog port of a stage's tile, without `stall`."""
    members = analog_members(config.tile)
    del members["stall"]
    return members


def _members(plan: StagePlan) -> dict[str, Any]:
    config = plan.config
    digital = stream.Signature(signed(config.digital_bits))
    members = {
        **{f"run{lane}": In(plan.sharing.signature(lane, None)) for lane in plan.sharing.lanes},
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
    take in clocks; without a hold both are equal. `end` is high in the op's last cycle, and changes
    nothing in a clock without `tick`.

    Ops of several lanes overlap in architectural cycles; the data flow takes one after another, in
    the order of their starts. No two that overlap claim the same array.

    Reset: no op, sample 0.

    Parameters
    ----------
    plan
        Units and cycles.

    Members
    -------
    run, runupdates, runtransfers : ``In(OpSignature(None))``
        The scheduler's ops, lane by lane.
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
        self.runners = {lane: OpRunner(plan) for lane in plan.sharing.lanes}
        super().__init__(_members(plan))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.flow = flow = self.flow
        for name in ("i_value", "o_value", "o_gradient", "i_host", "o_host", "control"):
            connect(m, flipped(getattr(self, name)), getattr(flow, name))
        m.d.comb += [self.x_pulses.eq(flow.x_pulses), self.d_pulses.eq(flow.d_pulses)]
        for name, member in tile_members(self.plan.config).items():
            own, inner = getattr(self, name), getattr(flow, name)
            m.d.comb += own.eq(inner) if member.flow == Out else inner.eq(own)
        runners = list(self.runners.values())
        turn, last = Signal(len(runners)), Signal(len(runners))
        m.d.comb += turn.eq(self._turn(m, [one.wants for one in runners]))
        op = Signal(flow.i.payload.op.shape())
        taken = flow.i.valid & flow.i.ready
        labelled = self._label(m, op)
        m.d.comb += flow.i.valid.eq((turn != 0) & labelled)
        with m.If(taken):
            m.d.sync += last.eq(turn)
        for place, (lane, one) in enumerate(self.runners.items()):
            m.submodules[f"runner{lane}"] = one
            run = getattr(self, f"run{lane}")
            m.d.comb += [
                one.run.start.eq(run.start),
                one.run.op.eq(run.op),
                one.run.sample.eq(run.which if lane == "transfers" else run.sample),
                run.end.eq(one.run.end),
                one.tick.eq(self.tick),
                one.given.eq(taken & turn[place]),
                one.done.eq(flow.done & last[place]),
                one.slots.eq(flow.bl),
            ]
            with m.If(turn[place]):
                m.d.comb += [op.eq(one.op), flow.i.payload.sample.eq(one.sample)]
        m.d.comb += [flow.i.payload.op.eq(op), self.hold.eq(Cat(x.hold for x in runners).any())]
        return m

    def _turn(self, m: Module, wants: list[Value]) -> Value:
        """Return the lane whose op has waited longest, one-hot; no lane where none waits.

        Of two that start in the same cycle a transfer is first, then what is first in priority.
        """
        ahead: dict[tuple[int, int], Value] = {}
        runs = [getattr(self, f"run{lane}") for lane in self.runners]
        lanes = list(self.runners)
        for i, first in enumerate(runs):
            for j, second in enumerate(runs[i + 1 :], i + 1):
                before = Signal(name=f"before{i}{j}")
                tied = self._first(first.op, lanes[j])
                with m.If(self.tick & first.start):
                    m.d.sync += before.eq(~wants[j] & (~second.start | tied))
                with m.Elif(self.tick & second.start):
                    m.d.sync += before.eq(1)
                ahead[i, j], ahead[j, i] = before, ~before
        return Cat(
            want & Cat(~wants[j] | ahead[i, j] for j in range(len(wants)) if j != i).all()
            for i, want in enumerate(wants)
        )

    def _first(self, op: Value, lane: str) -> Value:
        """Return whether an op goes before one of a later lane that starts in the same cycle."""
        if lane == "transfers":
            return Value.cast(0)
        places = {one: place for place, one in enumerate(self.plan.priority)}
        reads = (Op.FORWARD, Op.BACKWARD)
        return Cat((op == one) & (places[one] < places[Op.UPDATE]) for one in reads).any()

    def _label(self, m: Module, op: Value) -> Value:
        """Give F of the last stage its class; return whether it is there."""
        if not self.plan.config.loss:
            connect(m, flipped(self.i_gradient), self.flow.i_gradient)
            return Signal(init=1)
        forward, i = op == Op.FORWARD, self.flow.i
        m.d.comb += i.payload.label.eq(self.i_label.payload)
        m.d.comb += self.i_label.ready.eq(i.valid & i.ready & forward)
        return self.i_label.valid | ~forward
