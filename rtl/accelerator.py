"""The whole machine: samples and classes in, predictions out, an analog port for each tile."""

from typing import Any

from amaranth.hdl import Cat, EnableInserter, Module, Signal, signed
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from models.schedule import Op
from rtl.control import ControlSignature
from rtl.feed import LabelQueue, SampleGate, label_layout
from rtl.gate import SlotGate
from rtl.host_switch import HostSwitch, packet_layout, reply_layout
from rtl.layout import SAMPLE_BITS
from rtl.pipeline import Chain
from rtl.plan import Plan
from rtl.prediction import Prediction, element_layout
from rtl.stage import Stage, tile_members
from rtl.trace import TraceSignature

CYCLE_BITS = 48


def stream_members(plan: Plan) -> dict[str, Any]:
    """Return the streams of an accelerator."""
    return {
        "i": In(stream.Signature(signed(plan.first.digital_bits))),
        "i_label": In(stream.Signature(label_layout(plan))),
        "i_host": In(stream.Signature(packet_layout(plan))),
        "o_host": Out(stream.Signature(reply_layout(plan))),
        "o": Out(stream.Signature(element_layout(plan.last))),
        "o_class": Out(stream.Signature(plan.last.label_bits)),
    }


def _members(plan: Plan) -> dict[str, Any]:
    tiles = {
        f"tile{m}": Out(wiring.Signature(tile_members(one.config)))
        for m, one in enumerate(plan.stages)
    }
    return stream_members(plan) | {
        "control": In(ControlSignature()),
        **tiles,
        **{
            f"trace{lane}{m}": Out(TraceSignature())
            for m, one in enumerate(plan.stages)
            for lane in one.sharing.lanes
        },
        "tick": Out(1),
        "cycle": Out(CYCLE_BITS),
        "done": Out(1),
    }


class Core(wiring.Component):
    """The accelerator while no array stalls it: schedulers on the architectural clock, data flow.

    Parameters
    ----------
    plan
        Rule, ways and stages.

    Members
    -------
    All but `stall` and `clock` of :class:`Accelerator`.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.stages = [Stage(one) for one in plan.stages]
        self.chain = Chain(plan.rule, None, plan.ways, [one.sharing for one in plan.stages])
        super().__init__(_members(plan))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        tick = Signal()
        m.submodules.chain = EnableInserter(tick)(self.chain)
        m.submodules.gate = gate = SampleGate(self.plan)
        m.submodules.labels = labels = LabelQueue(self.plan)
        m.submodules.prediction = prediction = Prediction(self.plan.last)
        m.submodules.host = host = HostSwitch(self.plan)
        connect(m, flipped(self.i_host), host.i)
        connect(m, host.o, flipped(self.o_host))
        connect(m, flipped(self.i), gate.i)
        connect(m, flipped(self.i_label), labels.i)
        waits = self._samples(m, labels, tick) | self.control.halt
        for index, stage in enumerate(self.stages):
            m.submodules[f"stage{index}"] = stage
            self._run(m, index, stage, tick)
            connect(m, getattr(host, f"i{index}"), stage.i_host)
            connect(m, stage.o_host, getattr(host, f"o{index}"))
            self._control(m, index, stage)
        self._flow(m, gate, labels, prediction)
        holds = Cat(stage.hold for stage in self.stages)
        m.d.comb += [tick.eq(~(holds.any() | waits)), self.done.eq(self.chain.done)]
        m.d.comb += self.tick.eq(tick & ~self.done)
        with m.If(self.tick):
            m.d.sync += self.cycle.eq(self.cycle + 1)
        return m

    def _samples(self, m: Module, labels: LabelQueue, tick: Signal) -> Signal:
        """Start samples when the design lets them arrive; return whether the next is late."""
        chain, interval, waits = self.chain, self.plan.rule.arrival, Signal()
        m.d.comb += chain.i.valid.eq(1)
        if interval:
            arrive = SlotGate(0, interval, (1 << SAMPLE_BITS) - 1)
            m.submodules.arrive = EnableInserter(tick)(arrive)
            m.d.comb += [chain.i.valid.eq(arrive.open), arrive.take.eq(chain.i.ready)]
        m.d.comb += [
            chain.i.payload.eq(labels.o_last.payload),
            waits.eq(chain.i.ready & ~labels.o_last.valid),
            labels.o_last.ready.eq(chain.i.ready & tick),
        ]
        return waits

    def _run(self, m: Module, index: int, stage: Stage, tick: Signal) -> None:
        """Connect a stage with its scheduler, its tile's port and its monitors."""
        m.d.comb += stage.tick.eq(tick)
        for lane in stage.plan.sharing.lanes:
            trace, run = getattr(self, f"trace{lane}{index}"), getattr(stage, f"run{lane}")
            chain = self.chain
            own = getattr(chain, f"{lane}{index}") if lane else chain.stages[index]
            connect(m, own, run)
            m.d.comb += [
                trace.start.eq(own.start),
                trace.op.eq(own.op),
                trace.sample.eq(own.sample),
                trace.end.eq(run.end),
                trace.cause.eq(own.cause),
                trace.x_pulses.eq(stage.x_pulses if not lane else 0),
                trace.d_pulses.eq(stage.d_pulses if not lane else 0),
            ]
        port = getattr(self, f"tile{index}")
        for name, member in tile_members(stage.plan.config).items():
            here, there = getattr(port, name), getattr(stage, name)
            m.d.comb += here.eq(there) if member.flow == Out else there.eq(here)

    def _control(self, m: Module, index: int, stage: Stage) -> None:
        """Give a stage what is set for all, and the host's look at its registers and biases."""
        given, own = self.control.stage, stage.control
        m.d.comb += [
            own.frozen.eq(given.frozen),
            own.rate.eq(given.rate),
            own.tile.limit.eq(given.tile.limit),
            own.tile.side.eq(given.tile.side),
            own.tile.register.line.eq(given.tile.register.line),
            own.tile.register.seed.eq(given.tile.register.seed),
            own.bias.line.eq(given.bias.line),
            own.bias.look.eq(given.bias.look),
            own.bias.value.eq(given.bias.value),
        ]
        with m.If(self.control.number == index):
            shown = ("there", "fresh", "state", "loaded")
            m.d.comb += [getattr(given.bias, one).eq(getattr(own.bias, one)) for one in shown]
            m.d.comb += [
                own.bias.load.eq(given.bias.load),
                own.tile.register.load.eq(given.tile.register.load),
                given.tile.register.state.eq(own.tile.register.state),
            ]

    def _flow(
        self, m: Module, gate: SampleGate, labels: LabelQueue, prediction: Prediction
    ) -> None:
        """Connect the data flow of the stages with each other and with the ends."""
        first, last = self.stages[0], self.stages[-1]
        for below, above in zip(self.stages, self.stages[1:], strict=False):
            connect(m, below.o_value, above.i_value)
            connect(m, above.o_gradient, below.i_gradient)
        connect(m, gate.o, first.i_value)
        connect(m, labels.o_label, last.i_label)
        connect(m, last.o_value, prediction.i)
        connect(m, prediction.o, flipped(self.o))
        connect(m, prediction.o_class, flipped(self.o_class))
        lane = "updates" if "updates" in first.plan.sharing.lanes else ""
        own = self.chain.updates0 if lane else self.chain.stages[0]
        updated = own.end & first.tick & (own.op == Op.UPDATE)
        m.d.comb += [first.o_gradient.ready.eq(1), gate.updated.eq(updated)]


class Accelerator(wiring.Component):
    """A pipelined training accelerator of one tile a stage, all but its arrays.

    It trains on samples as they come, in the order of its rule, and ends after the one that is
    marked as last. Its schedulers count architectural cycles, in which every op starts and ends
    where the rules say (docs/contract.md, section 1). An architectural cycle takes one clock,
    or more: while an array stalls, while an op's data flow takes longer than the op, and while a
    sample is late that the schedule would start. So data that come late change no order and no bit.

    All streams meet back-pressure on either side. In a clock with `stall` nothing changes and all
    streams pause: `ready` and `valid` are 0. The arrays may show `stall` in any clock. Reset,
    synchronous: nothing under way, sample 0, biases 0, LFSRs before update 0.

    Parameters
    ----------
    plan
        Rule, ways and stages.

    Members
    -------
    i : ``In(stream.Signature(signed(digital_bits)))``
        Elements of the samples, one after another.
    i_label : ``In(stream.Signature(label_layout(plan)))``
        Class of each sample, and whether it is the run's last.
    i_host, o_host
        Streams of `rtl.host_switch.packet_layout` in and `reply_layout` out: packets that write and
        read weights, and their answers (:class:`rtl.host.HostAccess`). A stage takes one between
        two ops; no architectural cycle passes by it alone.
    o : ``Out(stream.Signature(element_layout(plan.last)))``
        Pre-activations of the last stage, one packet a sample.
    o_class : ``Out(stream.Signature(label_bits))``
        Number of the largest of them.
    tile0, tile1, ... : ``Out(wiring.Signature(tile_members(config)))``
        Analog port of each stage's tile, as of :class:`rtl.tile.TileController`.
    stall : ``In(stages)``
        The tile of a stage is not ready for the next clock edge.
    control : ``In(ControlSignature())``
        What can be set at run time; all 0 is the accelerator as designed.
    trace0, trace1, ... : ``Out(TraceSignature())``
        The ops of each stage, or of its first lane, for a monitor.
    traceupdates0, tracetransfers0, ... : ``Out(TraceSignature())``
        Those of the lanes of U and T of a stage with transfers.
    tick : ``Out(1)``
        This clock ends an architectural cycle.
    cycle : ``Out(48)``
        Architectural cycles since reset, until `done`.
    clock : ``Out(48)``
        Clocks since reset, until `done`.
    done : ``Out(1)``
        All updates of the run have ended.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.core = Core(plan)
        members = _members(plan)
        super().__init__(members | {"stall": In(len(plan.stages)), "clock": Out(CYCLE_BITS)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        enable = Signal()
        m.submodules.core = EnableInserter(enable)(self.core)
        m.d.comb += enable.eq(~self.stall.any())
        with m.If(~self.done):
            m.d.sync += self.clock.eq(self.clock + 1)
        streams = stream_members(self.plan)
        for name, member in _members(self.plan).items():
            own, inner = getattr(self, name), getattr(self.core, name)
            if name in streams:
                _pause(m, own, inner, member.flow, enable)
            elif member.is_signature:
                way = (inner, flipped(own)) if member.flow == Out else (flipped(own), inner)
                connect(m, *way)
            else:
                m.d.comb += own.eq(inner & enable if name == "tick" else inner)
        return m


def _pause(m: Module, own: Any, inner: Any, flow: Any, enable: Signal) -> None:
    """Connect a stream of the accelerator with the core's, for as long as the core is enabled."""
    source, sink = (own, inner) if flow == In else (inner, own)
    m.d.comb += [
        sink.payload.eq(source.payload),
        sink.valid.eq(source.valid & (1 if flow == In else enable)),
        source.ready.eq(sink.ready & (enable if flow == In else 1)),
    ]
