"""What always holds in a chain of schedulers, as assertions over its registers."""

from collections.abc import Collection, Sequence

from amaranth.hdl import Assert, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from models.schedule import Op, Rule
from models.way import Ways
from rtl.pipeline import Chain
from rtl.scheduler import LETTER
from rtl.sharing import largest_lead, sample_bits
from rtl.token import TokenLine


def under_way(line: TokenLine) -> Value | int:
    """Tokens at the door and on the line."""
    waiting = 0 if line.door is None else line.door.waiting
    return sum(line.line, waiting)


def distance(ahead: Value, behind: Value) -> Value:
    """How far one number of a sample is ahead of another, as numbers wrap."""
    return (ahead - behind)[: sample_bits(None)]


ARRAY, STASH, STALENESS, HELP = KINDS = "array", "stash", "staleness", "help"


class ChainProof(wiring.Component):
    """A chain in any surroundings: samples, marks and ends of ops come when they like.

    Asserts what `kinds` names: one op at a time on an array, stashes that never overflow, staleness
    within `staleness` (one bound a stage; None: not asked), and what induction needs to know
    besides: that counters agree with the numbers of samples, and tokens are never lost.
    """

    def __init__(
        self, rule: Rule, staleness: Sequence[int | None], kinds: Collection[str] = KINDS
    ) -> None:
        self.rule, self.staleness, self.kinds = rule, staleness, kinds
        self.chain = Chain(rule, None, Ways.of(rule))
        stages = rule.stages
        super().__init__({"valid": In(1), "last": In(1), "ends": In(stages), "pick": In(stages)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.chain = chain = self.chain
        m.d.comb += [chain.i.valid.eq(self.valid), chain.i.payload.eq(self.last)]
        for port, end in zip(chain.stages, self.ends, strict=True):
            m.d.comb += port.end.eq(end)
        for index, bound in enumerate(self.staleness):
            self._one_op_at_a_time(m, index)
            self._counters_agree(m, index)
            if bound is not None:
                self._staleness(m, index, bound)
        self._stashes(m)
        return m

    def _hold(self, m: Module, kind: str, fact: Value, text: str) -> None:
        if kind in self.kinds:
            m.d.comb += Assert(fact, text)

    def started(self, index: int, letter: str) -> Value:
        return self.chain.schedulers[index].count[f"s{letter}"]

    def ended(self, index: int, letter: str) -> Value:
        """Ends of an op, as a number of a sample."""
        running = {letter: op for op, letter in LETTER.items()}[letter]
        one = self.chain.schedulers[index]
        return (one.count[f"s{letter}"] - (one.running == running))[: sample_bits(None)]

    def errors(self, index: int) -> Value:
        """Errors that a stage sees, as a number of a sample."""
        chain = self.chain
        if index == self.rule.stages - 1:
            return distance(self.ended(index, "F"), under_way(chain.loss))
        made = self.ended(index + 1, self.rule.release)
        return distance(made, under_way(chain.lines["vB"][index]))

    def seen(self, index: int, name: str) -> Value:
        """Updates of a neighbour that a stage sees, as a number of a sample."""
        other, line = (index + 1, index) if name == "above" else (index - 1, index - 1)
        return distance(self.ended(other, "U"), under_way(self.chain.lines[name][line]))

    def gradients(self, index: int) -> Value:
        """What U may take."""
        has_backward = self.chain.schedulers[index].has_backward
        return self.ended(index, "B") if has_backward else self.errors(index)

    def _one_op_at_a_time(self, m: Module, index: int) -> None:
        one, port = self.chain.schedulers[index], self.chain.stages[index]
        busy = Signal(name=f"busy{index}")
        with m.If(port.start):
            m.d.sync += busy.eq(1)
        with m.If(port.end):
            m.d.sync += busy.eq(0)
        self._hold(m, ARRAY, ~(port.start & busy), "one op at a time")
        self._hold(m, HELP, busy == (one.running != 0), "and the scheduler knows it")
        self._hold(m, HELP, one.running <= Op.UPDATE, "which is F, B or U")
        if not one.has_backward:
            self._hold(m, HELP, one.running != Op.BACKWARD, "but for a stage without B")

    def _counters_agree(self, m: Module, index: int) -> None:
        one, rule = self.chain.schedulers[index], self.rule
        numbers = {"eF": self.ended(index, "F"), "eU": self.ended(index, "U")}
        numbers |= {"vB": self.errors(index), "eB": self.gradients(index)}
        if index < rule.stages - 1:
            numbers["above"] = self.seen(index, "above")
        if index > 0:
            numbers["below"] = self.seen(index, "below")
        for name, number in numbers.items():
            count = one.count[name]
            self._hold(m, HELP, count == number[: len(count)], f"{name} is right")
        most = largest_lead(rule, index)
        s = {letter: self.started(index, letter) for letter in "FBU"}
        leads = [(s["F"], numbers["vB"]), (numbers["eB"], s["U"]), (s["F"], numbers["eU"])]
        if one.has_backward:
            leads.append((numbers["vB"], s["B"]))
        for ahead, behind in leads:
            self._hold(m, HELP, distance(ahead, behind) <= most, "samples pass in their order")
        if rule.P[index] is not None and one.has_backward:
            self._hold(m, HELP, distance(s["B"], numbers["eU"]) <= rule.P[index], "P is kept")
        if rule.N:
            self._batches(m, index)

    def _batches(self, m: Module, index: int) -> None:
        """F and B are in the mini-batch of U, or at the start of the next."""
        one, N = self.chain.schedulers[index], self.rule.N
        base = {x: distance(self.started(index, x), one.place[x]) for x in "FBU"}
        for letter in "FB" if one.has_backward else "F":
            ahead = distance(base[letter], base["U"])
            next_one = (ahead == N) & (one.place[letter] == 0)
            self._hold(m, HELP, (ahead == 0) | next_one, "mini-batches do not mix")
        complete = (distance(base["F"], base["U"]) == N) | one.ending
        self._hold(m, HELP, (one.place["U"] == 0) | complete, "U comes after the mini-batch's F")
        for place in one.place.values():
            self._hold(m, HELP, place < N, "places are of a mini-batch")

    def _stashes(self, m: Module) -> None:
        """R6: what is between its start and the end of U at its stage has a slot."""
        rule, last = self.rule, self.rule.stages - 1
        for index in range(rule.stages):
            freed = self.ended(index, "U")
            x = self.started(max(index - 1, 0), "F")
            d = self.started(index + 1, "B") if index < last else self.started(index, "F")
            self._hold(m, STASH, distance(x, freed) <= rule.S[index], "x slots are enough")
            self._hold(m, STASH, distance(d, freed) <= rule.Q[index], "d slots are enough")
        for index in range(last):
            used = distance(self.started(index, "F"), self.seen(index, "above"))
            self._hold(m, HELP, used <= rule.S[index + 1], "and known to be")
            used = distance(self.started(index + 1, "B"), self.seen(index + 1, "below"))
            self._hold(m, HELP, used <= rule.Q[index], "and known to be")
            there = self.chain.halls[index].waiting + under_way(self.chain.lines["vF"][index])
            way = distance(self.ended(index, "F"), self.started(index + 1, "F"))
            self._hold(m, HELP, way == there, "no token is lost")

    def _staleness(self, m: Module, index: int, bound: int) -> None:
        """R10, for any one sample: updates that end from its F's start to its next read."""
        one, port = self.chain.schedulers[index], self.chain.stages[index]
        if self.rule.N and not one.has_backward:
            first = distance(self.started(index, "F"), one.place["F"])
            fresh = distance(first, self.ended(index, "U")) <= bound
            reads = port.start & (port.op == Op.FORWARD)
            self._hold(m, STALENESS, ~reads | fresh, "staleness without those of the mini-batch")
            return
        second = "B" if one.has_backward else "U"
        follows = Signal(name=f"follows{index}")
        sample, mark = (Signal(sample_bits(None), name=f"{x}{index}") for x in ("sample", "mark"))
        updates = self.ended(index, "U")
        first_read = port.start & (port.op == Op.FORWARD)
        second_read = port.start & (port.op == (Op.BACKWARD if second == "B" else Op.UPDATE))
        read = follows & second_read & (port.sample == sample)
        with m.If(~follows & first_read & self.pick[index]):
            m.d.sync += [follows.eq(1), sample.eq(port.sample), mark.eq(updates)]
        with m.If(read):
            m.d.sync += follows.eq(0)
        self._hold(m, STALENESS, ~read | (distance(updates, mark) <= bound), "staleness")
        most = largest_lead(self.rule, index)
        known = [
            distance(self.started(index, "F"), sample + 1) <= most,
            distance(sample, self.started(index, second)) <= most,
        ]
        if self.rule.N:
            known.append((self.started(index, "U") == mark) & (one.running != Op.UPDATE))
        else:
            known += [distance(sample, mark) <= bound, distance(updates, mark) <= bound]
        for fact in known:
            self._hold(m, HELP, ~follows | fact, "of the sample that is followed")
