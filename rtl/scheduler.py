"""The scheduler of one stage: counters, readiness and grant by rules R3 to R9."""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from models.schedule import Op, Rule
from rtl.cause import Need, oldest_cause
from rtl.gate import SlotGate
from rtl.layout import CAUSE_BITS, OP_BITS, SAMPLE_BITS

#: One bit for each of the ops that a scheduler starts.
OP_SET = data.StructLayout({"F": 1, "B": 1, "U": 1})
LETTER = {Op.FORWARD: "F", Op.BACKWARD: "B", Op.UPDATE: "U"}


def sample_bits(total: int | None) -> int:
    """Return the bits of a sample's number: those of the port, or those that `total` needs."""
    return SAMPLE_BITS if total is None else bits_for(total)


def largest_lead(rule: Rule, index: int, total: int | None = None) -> int:
    """Return the most by which two counters that a stage compares can differ.

    What has started and not been updated holds a slot of the stashes around: x of this stage and
    of the next, d of this stage and of the previous.
    """
    around = [*rule.S[index : index + 2], *rule.Q[max(index - 1, 0) : index + 1]]
    return max(around) if total is None else min(max(around), total)


class Scheduler(wiring.Component):
    """Scheduler of one stage with one array: starts its F, B and U in the order of a rule.

    It counts starts and ends, asks the rule's conditions of the next F, B and U (R7), and starts
    the first that is ready in the order of priority when no op runs. It never asks how long an op
    takes: whoever runs it gives `end` in its last cycle, which may be that of `start`. The next op
    starts in the following cycle at the earliest.

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
        The sample of the op that starts; 0 without `start`.
    end : ``In(1)``
        This is the op's last cycle.
    ended, ended_last : ``Out(OP_SET)``, ``Out(1)``
        The op whose last cycle this is; whether it is F of the run's last sample.
    done : ``Out(1)``
        All updates of the run have ended.
    cause : ``Out(3)``
        Why no op runs in this cycle: the place in `models.schedule.CAUSES` plus 1 of what rule R10
        says; 0 while one runs, and with nothing left to do.
    """

    def __init__(self, rule: Rule, index: int, total: int | None = None) -> None:
        self.rule, self.index, self.total = rule, index, total
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
        #: The op that has started before this cycle and not ended; 0: none.
        self.running = Signal(OP_BITS)
        self.gates: dict[str, SlotGate] = {}
        super().__init__(
            {
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

    def grants(self, idle: Value) -> dict[str, Value]:
        """Return the op that starts, one-hot: the first that is ready, if none runs."""
        found, free = {}, idle
        for letter, needs in self.needs().items():
            ready = free
            for _, need in needs:
                ready &= need
            found[letter], free = ready, free & ~ready
        return found

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
        running, starts = self.running, Signal(OP_SET)
        for letter, grant in self.grants(running == 0).items():
            m.d.comb += starts[letter].eq(grant)
        last = self.i.payload
        if self.total is not None:
            last = self.count["sF"] == self.total - 1
        m.d.comb += [self.i.ready.eq(starts.F), self.op.eq(running)]
        m.d.comb += self.start.eq(starts.as_value().any())
        for op, letter in LETTER.items():
            with m.If(starts[letter]):
                m.d.comb += [self.op.eq(op), self.sample.eq(self.count[f"s{letter}"])]
            m.d.comb += self.ended[letter].eq(self.end & (self.op == op))
        m.d.sync += running.eq(Mux(self.end, 0, self.op))
        ending = self.ending | (starts.F & last)
        m.d.sync += self.ending.eq(ending)
        m.d.comb += [
            self.ended_last.eq(self.ended.F & ending),
            self.done.eq(self.ending & (self.lead("sF", "eU") == 0)),
        ]
        self._count(m, starts)
        self.waits(m)
        return m

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
