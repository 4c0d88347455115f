"""The schedulers of all stages, chained by the ways of their tokens."""

from collections.abc import Iterator, Sequence
from typing import Any

from amaranth.hdl import EnableInserter, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from models.schedule import Rule
from models.way import Way, Ways
from rtl.scheduler import Scheduler
from rtl.sharing import ALONE, OpSignature, Sharing
from rtl.token import TokenHall, TokenLine


def shared_by(rule: Rule, sharing: Sequence[Sharing]) -> tuple[Sharing, ...]:
    """Return what the ops of each stage claim; by default one array."""
    return tuple(sharing) or (ALONE,) * rule.stages


def pipeline_members(
    rule: Rule, total: int | None, sharing: Sequence[Sharing] = ()
) -> dict[str, Any]:
    """Return the ports of a pipeline that count architectural cycles."""
    lanes = {
        f"{lane}{stage}": Out(own.signature(lane, total))
        for stage, own in enumerate(shared_by(rule, sharing))
        for lane in own.lanes
        if lane
    }
    return {
        "i": In(stream.Signature(1)),
        "stages": Out(OpSignature(total)).array(rule.stages),
        **lanes,
        "done": Out(1),
    }


def lanes_of(ports: Any, sharing: Sequence[Sharing]) -> Iterator[tuple[int, str, Any]]:
    """Yield the stage, the lane's name and the ports of every lane of a pipeline."""
    for stage, own in enumerate(sharing):
        for lane in own.lanes:
            yield stage, lane, getattr(ports, f"{lane}{stage}") if lane else ports.stages[stage]


class Pipeline(wiring.Component):
    """Scheduler of a machine: one of each stage, and the ways between them.

    It takes samples on `i`, in the cycle in which the first stage's F starts, and says on `stages`
    which op starts where and when; whoever runs an op answers with `end` in its last cycle, which
    may be the first. The events are those of a machine that shares nothing between stages: an op
    that starts in cycle s here starts in cycle s of the rules, cycle 0 the first after reset.

    Back-pressure: `i.ready` is the start of a sample's F. It depends on `i.valid`. All cycles are
    architectural: in a clock with `stall` nothing changes, `start` and `i.ready` are 0 and `end`
    is not looked at. Reset, synchronous: no sample taken, no token on its way.

    Parameters
    ----------
    rule
        The schedule, free of deadlock (:func:`models.schedule.check_deadlock`).
    total
        Number of samples; None: the one marked as last ends the run.
    ways
        Delays and intervals of the tokens; by default the rule's links.
    sharing
        What the ops of each stage claim; by default one array.

    Members
    -------
    i : ``In(stream.Signature(1))``
        Samples; the payload marks the run's last (ignored with `total`).
    stages : ``Out(OpSignature(total)).array(stages)``
        The ops of each stage, or of its first lane.
    updates0, transfers0, ... : ``Out(OpSignature(total))``
        Those of the lanes of U and T of a stage with transfers.
    stall : ``In(1)``
        No architectural clock edge.
    done : ``Out(1)``
        All updates of the run have ended.
    """

    def __init__(
        self,
        rule: Rule,
        total: int | None = None,
        ways: Ways | None = None,
        sharing: Sequence[Sharing] = (),
    ) -> None:
        self.chain = Chain(rule, total, ways or Ways.of(rule), sharing)
        super().__init__(pipeline_members(rule, total, sharing) | {"stall": In(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        chain, enable = self.chain, Signal()
        m.submodules.chain = EnableInserter(enable)(chain)
        m.d.comb += [
            enable.eq(~self.stall),
            chain.i.payload.eq(self.i.payload),
            chain.i.valid.eq(self.i.valid),
            self.i.ready.eq(chain.i.ready & enable),
            self.done.eq(chain.done),
        ]
        lanes = lanes_of(chain, chain.sharing), lanes_of(self, chain.sharing)
        for (_, lane, inside), (_, _, port) in zip(*lanes, strict=True):
            m.d.comb += [
                port.start.eq(inside.start & enable),
                port.op.eq(inside.op),
                port.sample.eq(inside.sample),
                port.cause.eq(inside.cause),
                inside.end.eq(port.end),
            ]
            if lane == "transfers":
                m.d.comb += port.which.eq(inside.which)
        return m


class Chain(wiring.Component):
    """Schedulers and the ways between them: tokens up and down, the loss, and slots given back.

    A token of F waits in the next stage's hall, for which its x slot was taken; one of B or U is
    counted by the stage before; ends of U give both neighbours their slots back. No stage sees
    anything else of another. It is the pipeline in architectural cycles: every clock counts. Reset
    forgets all tokens.

    Parameters
    ----------
    rule, total, ways, sharing
        As of the pipeline.

    Members
    -------
    All but `stall` of the pipeline.
    """

    def __init__(
        self, rule: Rule, total: int | None, ways: Ways, sharing: Sequence[Sharing] = ()
    ) -> None:
        self.rule, self.sharing = rule, shared_by(rule, sharing)
        self.schedulers = [
            Scheduler(rule, index, total, own) for index, own in enumerate(self.sharing)
        ]
        back: Way = (rule.credit_return, 0)
        above = range(rule.stages - 1)
        #: Lines by the counter that they feed, one a boundary, the lower stage first.
        self.lines = {
            "vF": [TokenLine(*ways.forward[m], rule.S[m + 1]) for m in above],
            "vB": [TokenLine(*ways.backward[m], rule.Q[m]) for m in above],
            "above": [TokenLine(*back, 1) for m in above],
            "below": [TokenLine(*back, 1) for m in above],
        }
        self.loss = TokenLine(*ways.loss, rule.Q[-1])
        self.halls = [TokenHall(rule.S[m + 1]) for m in above]
        super().__init__(pipeline_members(rule, total, self.sharing))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        rule, last = self.rule, self.schedulers[-1]
        done = Signal(rule.stages)
        for index, one in enumerate(self.schedulers):
            m.submodules[f"stage{index}"] = one
            m.d.comb += done[index].eq(one.done)
        for index, lane, port in lanes_of(self, self.sharing):
            one = self.schedulers[index]
            inside = getattr(one, lane) if lane else one
            if lane:
                wiring.connect(m, inside, wiring.flipped(port))
                continue
            m.d.comb += [
                port.start.eq(inside.start),
                port.op.eq(inside.op),
                port.sample.eq(inside.sample),
                port.cause.eq(inside.cause),
                inside.end.eq(port.end),
            ]
        m.d.comb += self.done.eq(done.all())
        wiring.connect(m, wiring.flipped(self.i), self.schedulers[0].i)
        m.submodules.loss = self.loss
        m.d.comb += [self.loss.i.eq(last.ended.F), last.error.eq(self.loss.o)]
        for index in range(rule.stages - 1):
            self._boundary(m, index)
        return m

    def _boundary(self, m: Module, index: int) -> None:
        """Connect a stage with the next."""
        here, there = self.schedulers[index : index + 2]
        hall, lines = self.halls[index], {name: line[index] for name, line in self.lines.items()}
        m.submodules[f"hall{index + 1}"] = hall
        for name, line in lines.items():
            m.submodules[f"{name}{index}"] = line
        m.d.comb += [
            lines["vF"].i.eq(here.ended.F),
            lines["vF"].i_last.eq(here.ended_last),
            hall.i.eq(lines["vF"].o),
            hall.i_last.eq(lines["vF"].o_last),
            lines["vB"].i.eq(there.ended.B if self.rule.release == "B" else there.ended.U),
            here.error.eq(lines["vB"].o),
            lines["above"].i.eq(there.ended.U),
            here.above.eq(lines["above"].o),
            lines["below"].i.eq(here.ended.U),
            there.below.eq(lines["below"].o),
        ]
        wiring.connect(m, hall.o, there.i)
