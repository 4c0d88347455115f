"""The scheduler of one stage: counters, readiness and grant by rules R3 to R9."""

from typing import Any

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from models.schedule import Op, Rule
from rtl.cause import Need, oldest_cause
from rtl.gate import SlotGate
from rtl.layout import CAUSE_BITS, OP_BITS, SAMPLE_BITS
from rtl.queue import TransferQueue
from rtl.sharing import ALONE, Sharing, largest_lead, sample_bits

#: One bit for each of the ops that a scheduler starts.
OP_SET = data.StructLayout({"F": 1, "B": 1, "U": 1, "T": 1})
LETTER = {Op.FORWARD: "F", Op.BACKWARD: "B", Op.UPDATE: "U"}


class Scheduler(wiring.Component):
    """Scheduler of one stage: starts its F, B, U and T in the order of a rule.

    It counts starts and ends, asks the rule's conditions of the next F, B and U (R7) and of the
    first transfer that is due (R12), and starts those that are ready, transfers first, then in the
    order of priority, where no op that runs claims an array of theirs (R8). It never asks how long
    an op takes: whoever runs it gives `end` in its last cycle, which may be that of `start`. The
    next op on the same arrays starts in the following cycle at the earliest.

    With one array there is one lane of ops. With several there are more, of F and B, of U and of T,
    each with ports of its own, in which no two ops overlap. Where arrays are written first, PROGRAM
    is the op of cycle 0, in the first lane.

    `start`, `op` and `i.ready` are combinational from registers and `i.valid`, in the op's first
    cycle; pulses in (`end`, `error`, `above`, `below`) are counted at the end of their cycle and so
    seen in the next. Stash slots are reserved at the start, so there is no back-pressure but
    `i.ready`, with which F takes its sample. After the run's last sample no other is taken.

    Counters of ends are as wide as the deepest stash around needs, since no two that are compared
    differ by more; those of starts are as wide as a sample's number. A stage without B counts
    errors as ends of B. Reset is before cycle 0.

    Parameters
    ----------
    rule
        The schedule, free of deadlock for `total` samples.
    index
        Number of the stage, from 0.
    total
        Number of samples; None: the one marked as last ends the run.
    sharing
        What its ops claim; by default one array. Any two transfers have an array in common.

    Members
    -------
    i : ``In(stream.Signature(1))``
        Samples that are there for F; the payload marks the run's last (ignored with `total`).
    error : ``In(1)``
        The next sample's error will be there in the next cycle.
    above, below : ``In(1)``
        An update of the next (previous) stage has ended: an x (d) slot is back in the next cycle.
    start : ``Out(1)``
        An op starts in this cycle.
    op : ``Out(3)``
        The op that runs in this cycle (:class:`models.schedule.Op`); 0: none.
    sample : ``Out(sample_bits(total))``
        The sample of the op that starts, of a transfer its number (R12); 0 without `start`.
    end : ``In(1)``
        This is the op's last cycle.
    ended, ended_last : ``Out(OP_SET)``, ``Out(1)``
        The ops whose last cycle this is; whether one is F of the run's last sample.
    updates, transfers : ``Out(OpSignature(total))``, ``Out(TransferSignature(T))``
        Ports of the lanes of U and T, where there are such lanes; no `cause`.
    done : ``Out(1)``
        All updates and transfers of the run have ended.
    cause : ``Out(3)``
        Why no op runs in this cycle: the place in `models.schedule.CAUSES` plus 1 of what rule R10
        says; 0 while one runs, with nothing left to do, and where there are several arrays.
    """

    def __init__(
        self, rule: Rule, index: int, total: int | None = None, sharing: Sharing = ALONE
    ) -> None:
        self.rule, self.index, self.total, self.sharing = rule, index, total, sharing
        self.last = index == rule.stages - 1
        self.has_backward = index > 0 or rule.first_stage_backward
        #: Largest difference of two counters.
        self.most = largest_lead(rule, index, total)
        own, wide = bits_for(self.most), sample_bits(total)
        #: The counters of the rules: starts, ends, visible errors, visible ends of the neighbours.
        self.count = {name: Signal(wide, name=name) for name in ("sF", "sB", "sU")} | {
            name: Signal(own, name=name) for name in ("eF", "eB", "eU", "vB", "above", "below")
        }
        #: Place of the next F, B and U in their mini-batch.
        self.place = {name: Signal(range(rule.N or 1), name=f"place{name}") for name in "FBU"}
        #: The last sample's F has started.
        self.ending = Signal()
        #: The op of each lane that has started before this cycle and not ended; 0: none.
        self.runs = {lane: Signal(OP_BITS, name=f"running{lane}") for lane in sharing.lanes}
        self.running = self.runs[""]
        self.gates: dict[str, SlotGate] = {}
        self.queue = TransferQueue(sharing) if sharing.transfers else None
        super().__init__(
            {lane: Out(sharing.signature(lane, total)) for lane in sharing.lanes if lane}
            | {
                "i": In(stream.Signature(1)),
                "error": In(1),
                "above": In(1),
                "below": In(1),
                "start": Out(1),
                "op": Out(OP_BITS),
                "sample": Out(wide),
                "end": In(1),
                "ended": Out(OP_SET),
                "ended_last": Out(1),
                "done": Out(1),
                "cause": Out(CAUSE_BITS),
            }
        )

    def lead(self, ahead: str, behind: str) -> Value:
        """Return by how much one counter is ahead of another, 0 .. `most`."""
        return (self.count[ahead] - self.count[behind])[: bits_for(self.most)]

    def forward(self) -> list[Need]:
        """Return the conditions of F."""
        rule, index = self.rule, self.index
        needs: list[Need] = [("input", self.i.valid & ~self.ending)]
        if rule.N:
            needs.append(("flush", self.lead("sF", "eU") <= self.place["F"]))
        if rule.slot:
            needs.append(("slot", self.gates["F"].open))
        window = rule.W[index]
        if window is not None:
            needs.append(("credit", self.lead("sF", "eB") < window))
        if index == 0:
            needs.append(("stash", self.lead("sF", "eU") < rule.S[0]))
        if self.last:
            needs.append(("stash", self.lead("sF", "eU") < rule.Q[index]))
        else:
            needs.append(("stash", self.lead("sF", "above") < rule.S[index + 1]))
        return needs

    def backward(self) -> list[Need]:
        """Return the conditions of B."""
        rule, index = self.rule, self.index
        needs: list[Need] = [("input", self.lead("vB", "sB") != 0)]
        if rule.hold:
            needs.append(("flush", self.complete("eF", "sB", "B")))
        if rule.slot:
            needs.append(("slot", self.gates["B"].open))
        window = rule.P[index]
        if window is not None:
            needs.append(("credit", self.lead("sB", "eU") < window))
        if index > 0:
            needs.append(("stash", self.lead("sB", "below") < rule.Q[index - 1]))
        return needs

    def update(self) -> list[Need]:
        """Return the conditions of U."""
        needs: list[Need] = [("input", self.lead("eB", "sU") != 0)]
        if self.rule.N:
            needs.append(("flush", self.complete("eB", "sU", "U")))
        return needs

    def complete(self, ends: str, starts: str, op: str) -> Value:
        """Return whether `ends` has reached the end of the mini-batch of the next `op`."""
        rest = self.ending & (self.lead("sF", ends) == 0)
        if not self.rule.N:
            return rest
        return (self.lead(ends, starts) + self.place[op] >= self.rule.N) | rest

    def needs(self) -> dict[str, list[Need]]:
        """Return the conditions of all ops, the first in priority first."""
        found = {"F": self.forward, "B": self.backward, "U": self.update}
        letters = [LETTER[op] for op in self.rule.priority]
        return {letter: found[letter]() for letter in letters if self.has_backward or letter != "B"}

    def grants(self, held: Value) -> dict[str, Value]:
        """Return the ops that start, one bit each, where the arrays of `held` are claimed."""
        found: dict[str, Value] = {}
        blocked: Value = Const(0)
        queue = self.queue
        if queue is not None:
            found["T"] = queue.due & ~(held & queue.claim).any()
            held, blocked = held | Mux(found["T"], queue.claim, 0), queue.blocks
        for letter, needs in self.needs().items():
            claim = self.sharing.update if letter == "U" else self.sharing.reads
            ready = ~(held & claim).any()
            for _, need in needs:
                ready &= need
            if queue is not None:
                ready &= ~queue.waits if letter == "U" else ~(blocked & claim).any()
            found[letter], held = ready, held | Mux(ready, claim, 0)
        return found

    def held(self) -> Value:
        """Return the arrays that running ops claim."""
        sharing, program = self.sharing, self.running == Op.PROGRAM
        alone = len(sharing.lanes) == 1
        found = Mux(program, sharing.own, sharing.own if alone else sharing.reads)
        found = Mux(self.running != 0, found, 0)
        if not alone:
            found |= Mux(self.runs["updates"] != 0, sharing.update, 0)
        if self.queue is not None:
            found |= Mux(self.runs["transfers"] != 0, self.queue.held, 0)
        return found

    def lane(self, letter: str) -> Any:
        """Return the ports of an op's lane."""
        name = next(lane for lane, ops in self.sharing.lanes.items() if letter in ops)
        return getattr(self, name) if name else self

    def waits(self, m: Module) -> None:
        """Say why no op runs: the oldest sample is always that of U's next."""
        needs, left = self.needs(), ~self.ending | (self.lead("sF", "sU") != 0)
        oldest = {letter: self.lead(f"s{letter}", "sU") == 0 for letter in needs}
        with m.If(left & (self.op == 0)):
            oldest_cause(m, self.cause, oldest, needs)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if self.rule.slot:
            self._place_gates(m, self.rule.slot)
        starts, fresh = Signal(OP_SET), Signal(init=self.sharing.program > 0)
        held = self.held() | Mux(fresh, self.sharing.own, 0)
        if self.queue is not None:
            m.submodules.queue = self.queue
        grants = self.grants(held)
        for letter, grant in grants.items():
            m.d.comb += starts[letter].eq(grant)
        last = self.i.payload
        if self.total is not None:
            last = self.count["sF"] == self.total - 1
        m.d.comb += self.i.ready.eq(starts.F)
        for name, running in self.runs.items():
            lane = getattr(self, name) if name else self
            m.d.comb += lane.op.eq(running)
            m.d.sync += running.eq(Mux(lane.end, 0, lane.op))
        m.d.sync += fresh.eq(0)
        with m.If(fresh):
            m.d.comb += [self.start.eq(1), self.op.eq(Op.PROGRAM)]
        numbers = {letter: self.count[f"s{letter}"] for letter in LETTER.values()}
        ops = {letter: op for op, letter in LETTER.items()}
        if self.queue is not None:
            ops["T"], numbers["T"] = Op.TRANSFER, self.queue.number
        for letter, op in ops.items():
            lane = self.lane(letter)
            with m.If(starts[letter]):
                m.d.comb += [lane.start.eq(1), lane.op.eq(op), lane.sample.eq(numbers[letter])]
            m.d.comb += self.ended[letter].eq(lane.end & (lane.op == op))
        ending = self.ending | (starts.F & last)
        m.d.sync += self.ending.eq(ending)
        m.d.comb += [
            self.ended_last.eq(self.ended.F & ending),
            self.done.eq(self.ending & (self.lead("sF", "eU") == 0)),
        ]
        if self.queue is not None:
            self._queue(m, self.queue, grants)
        self._count(m, starts)
        if len(self.sharing.lanes) == 1:
            self.waits(m)
        return m

    def _queue(self, m: Module, queue: TransferQueue, grants: dict[str, Value]) -> None:
        """Tell the queue of transfers what starts; the run is done when it is empty."""
        idle = self.runs["transfers"] == 0
        m.d.comb += [
            self.transfers.which.eq(queue.which),
            queue.updated.eq(grants["U"]),
            queue.ended.eq(self.lead("sU", "eU") == 0),
            queue.take.eq(grants["T"]),
            self.done.eq(self.ending & (self.lead("sF", "eU") == 0) & queue.empty & idle),
        ]

    def _place_gates(self, m: Module, slot: int) -> None:
        stages = self.rule.stages
        first = {"F": self.index, "B": 2 * stages - self.index - 2}
        most = (1 << SAMPLE_BITS) - 1 if self.total is None else self.total
        for letter, slots in first.items():
            gate = SlotGate(slot * slots, slot, most)
            self.gates[letter] = m.submodules[f"gate{letter}"] = gate

    def _count(self, m: Module, starts: data.View) -> None:
        ends_backward = self.ended.B if self.has_backward else self.error
        pulses = {f"s{letter}": starts[letter] for letter in "FBU"}
        pulses |= {"eF": self.ended.F, "eB": ends_backward, "eU": self.ended.U}
        pulses |= {"vB": self.error, "above": self.above, "below": self.below}
        for name, pulse in pulses.items():
            m.d.sync += self.count[name].eq(self.count[name] + pulse)
        for letter, place in self.place.items():
            if self.rule.N:
                with m.If(starts[letter]):
                    m.d.sync += place.eq(Mux(place == self.rule.N - 1, 0, place + 1))
        for letter, gate in self.gates.items():
            m.d.comb += gate.take.eq(starts[letter])
