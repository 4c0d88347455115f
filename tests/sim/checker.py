"""A judge of op logs by times alone: every op legal, and none could have started earlier.

It shares no code with `sim` and none with the cycle-stepped model: no counters, no clock. As every
condition of rules R5 to R7 and R12, once met, stays met, each is a moment that follows from the
log's own ends; an op is ready from the latest on. Between that and its start every cycle must be
taken: a resource that it claims is held, by an op that began earlier or had the right to go first.
Claims are names, as in `tests.sim.oracle`.
"""

from dataclasses import dataclass

F, B, U, P, T = 1, 2, 3, 4, 7


@dataclass(frozen=True)
class Row:
    stage: int
    op: int
    number: int
    start: int
    end: int


class IllegalError(AssertionError):
    """What is wrong with a log, in one sentence."""


class Checker:
    def __init__(self, case, rows, claims):
        self.rule, self.d, self.total = case.rule, case.durations, case.total
        self.M, self.claims = case.rule.stages, claims
        self.arrivals = case.arrivals
        self.ways = case.ways
        self.rows = [Row(*row) for row in rows]
        self.by_place = {(r.stage, r.op, r.number): r for r in self.rows}
        self.by_name = {}
        for row in self.rows:
            for name in self.names(row.stage, row.op, row.number):
                self.by_name.setdefault(name, []).append(row)
        self.seen = {}
        self.tokens = {}
        self.due = [self.transfers_of(m) for m in range(self.M)]

    def names(self, m, op, number):
        own = self.claims[m]
        if op == P or (op == T and own[T] is None):
            return frozenset(own["arrays"])
        if op == T:
            return frozenset(own[T][number % len(own[T])])
        return frozenset(own[op][number % own["batch"] % len(own[op])])

    def transfers_of(self, m):
        """(number, sample) of every transfer of a stage, in order."""
        own = self.d.transfers[m] if self.d.transfers else ()
        count = self.d.vectors[m] if self.d.vectors else 1
        return [
            (vector * len(own) + t, vector // count)
            for vector in range(self.total * count)
            for t, (every, _) in enumerate(own)
            if (vector + 1) % every == 0
        ]

    def ended(self, m, op, k):
        """When sample k's op counts as ended: with the last of those up to k."""
        if k < 0:
            return 0
        if (m, op, k) not in self.seen:
            before = self.ended(m, op, k - 1)
            self.seen[m, op, k] = max(before, self.by_place[m, op, k].end)
        return self.seen[m, op, k]

    def way(self, kind, m):
        if self.ways is not None:
            ways = {"F": self.ways.forward, "B": self.ways.backward}
            return self.ways.loss if kind == "loss" else ways[kind][m]
        if kind == "loss":
            return self.rule.loss, 0
        return self.rule.link[m], self.rule.link_interval[m]

    def arrival(self, kind, m, k):
        """When token k is there: at the end of a way that takes one an interval."""
        if k < 0:
            return 0
        if (kind, m, k) not in self.tokens:
            source = {"F": (m, F), "loss": (m, F)}.get(kind)
            if kind == "B":
                source = m + 1, {"B": B, "U": U}[self.rule.release]
            delay, interval = self.way(kind, m)
            leave = self.ended(*source, k)
            if k:
                leave = max(leave, self.arrival(kind, m, k - 1) - delay + interval)
            self.tokens[kind, m, k] = leave + delay
        return self.tokens[kind, m, k]

    def input_of(self, m, k):
        if m:
            return self.arrival("F", m - 1, k)
        return self.arrivals[k] if self.arrivals is not None else k * self.rule.arrival

    def error_of(self, m, k):
        return self.arrival("loss", m, k) if m == self.M - 1 else self.arrival("B", m, k)

    def runs_backward(self, m):
        return m > 0 or self.rule.first_stage_backward

    def errors(self, m, k):
        """When sample k's error is ready for U."""
        if k < 0:
            return 0
        return self.ended(m, B, k) if self.runs_backward(m) else self.error_of(m, k)

    def credit(self, m, k):
        return self.ended(m, U, k) + self.rule.credit_return if k >= 0 else 0

    def last_of_batch(self, k):
        N = self.rule.N
        return self.total - 1 if N is None else min(self.total, N * (k // N + 1)) - 1

    def moments(self, m, op, k):
        """The moment of every condition of F, B or U of a sample."""
        rule, last = self.rule, self.M - 1
        batch_start = k // rule.N * rule.N if rule.N else 0
        if op == F:
            yield self.input_of(m, k)
            yield self.ended(m, U, batch_start - 1)
            yield (rule.slot or 0) * (k + m)
            yield 0 if rule.W[m] is None else self.errors(m, k - rule.W[m])
            if m == 0:
                yield self.ended(0, U, k - rule.S[0])
            if m == last:
                yield self.ended(m, U, k - rule.Q[m])
            else:
                yield self.credit(m + 1, k - rule.S[m + 1])
        elif op == B:
            yield self.error_of(m, k)
            yield self.ended(m, F, self.last_of_batch(k)) if rule.hold else 0
            yield (rule.slot or 0) * (k + 2 * self.M - m - 2)
            yield 0 if rule.P[m] is None else self.ended(m, U, k - rule.P[m])
            if m:
                yield self.credit(m - 1, k - rule.Q[m - 1])
        else:
            yield self.errors(m, k)
            yield self.errors(m, self.last_of_batch(k)) if rule.N else 0
            yield max(
                (self.by_place[m, T, n].start for n, sample in self.due[m] if sample < k), default=0
            )

    def ready(self, row):
        """The first cycle in which an op may start, its resources apart."""
        m, op, k = row.stage, row.op, row.number
        if op == P:
            return 0
        if op == T:
            place = [n for n, _ in self.due[m]].index(k)
            sample = self.due[m][place][1]
            before = self.by_place[m, T, self.due[m][place - 1][0]].start if place else 0
            return max(self.ended(m, U, sample), before)
        before = self.by_place[m, op, k - 1].start if k else 0
        return max(before, *self.moments(m, op, k))

    def waits_for_transfer(self, row, t):
        """Whether the first transfer in the queue goes before F or B in cycle t."""
        if row.op not in (F, B):
            return False
        names = self.names(row.stage, row.op, row.number)
        for number, sample in self.due[row.stage]:
            one = self.by_place[row.stage, T, number]
            if one.start > t:
                due = self.by_place[row.stage, U, sample].start <= t
                due = due and self.ended(row.stage, U, sample) <= t
                return due and bool(names & self.names(row.stage, T, number))
        return False

    def rank(self, op):
        return -1 if op in (T, P) else self.rule.priority.index(op)

    def goes_first(self, other, row):
        """Whether an op that starts in a cycle had the right to, with `row` ready in it too."""
        if other.stage != row.stage:
            return other.stage < row.stage
        if other.op == row.op:
            return other.number < row.number
        return self.rank(other.op) < self.rank(row.op)

    def taken(self, row, t):
        """Whether something else holds, or rightly takes, what an op claims in cycle t."""
        for name in self.names(row.stage, row.op, row.number):
            for other in self.by_name[name]:
                if other is row:
                    continue
                if other.start < t < other.end:
                    return True
                if other.start == t and self.goes_first(other, row):
                    return True
        return False

    def length(self, row):
        if row.op == P:
            return self.d.program[row.stage]
        if row.op == T:
            own = self.d.transfers[row.stage]
            return own[row.number % len(own)][1]
        return {F: self.d.forward, B: self.d.backward, U: self.d.update}[row.op][row.stage]

    def check_complete(self):
        wanted = set()
        for m in range(self.M):
            ops = [F, U] + [B] * self.runs_backward(m)
            wanted |= {(m, op, k) for op in ops for k in range(self.total)}
            wanted |= {(m, T, number) for number, _ in self.due[m]}
            wanted |= {(m, P, 0)} if self.d.program else set()
        if wanted != set(self.by_place) or len(self.rows) != len(wanted):
            raise IllegalError("ops are missing, or too many")

    def check(self):
        self.check_complete()
        for row in self.rows:
            if row.end - row.start != self.length(row):
                raise IllegalError(f"{row} has another length")
            ready = self.ready(row)
            if row.start < ready:
                raise IllegalError(f"{row} starts before cycle {ready}, in which it is ready")
            if self.waits_for_transfer(row, row.start):
                raise IllegalError(f"{row} starts before a transfer that is due")
            for name in self.names(row.stage, row.op, row.number):
                for other in self.by_name[name]:
                    if other is not row and other.start < row.end and row.start < other.end:
                        raise IllegalError(f"{row} and {other} both hold {name}")
            for t in range(ready, row.start):
                if not self.taken(row, t) and not self.waits_for_transfer(row, t):
                    raise IllegalError(f"{row} could have started in cycle {t}")
