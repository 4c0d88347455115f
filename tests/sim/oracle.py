"""A plain cycle-stepped model of rules R1 to R11, sharing no code with `sim`.

Every cycle t = 0, 1, 2, ... it first lands all that arrives at t, then lets every stage choose on
that one state. Stages are numbered from 1 as in the rules; results number them from 0.
"""

from collections import Counter
from dataclasses import dataclass, field

F, B, U = 1, 2, 3


@dataclass
class Node:
    """Everything one stage knows."""

    started: dict = field(default_factory=lambda: {F: 0, B: 0, U: 0})
    ended: dict = field(default_factory=lambda: {F: 0, B: 0, U: 0})
    tokens: dict = field(default_factory=lambda: {F: 0, B: 0})
    updates_below: int = 0
    updates_above: int = 0
    running: tuple | None = None  # (op, sample, end)


@dataclass
class Outcome:
    ops: list  # (stage, op, sample, start, end), sorted by (start, stage)
    finished: bool
    cycles: int
    busy: list
    stalled: list  # one dict a stage
    idle: list
    staleness: list  # one list a stage, a value for each sample


class Oracle:
    def __init__(
        self, rule, forward, backward, update, total, arrivals=None, transfers=(), vectors=()
    ):
        self.transfers, self.vectors = transfers, vectors
        self.rule, self.total = rule, total
        self.M = len(rule.S)
        self.length = {F: forward, B: backward, U: update}
        self.arrivals = Counter(arrivals or [k * rule.arrival for k in range(total)])
        self.nodes = {m: Node() for m in range(1, self.M + 1)}
        self.delayed = []  # [arrival, stage, what]
        self.ops = []
        self.update_ends = {m: [] for m in self.nodes}
        self.stalled = {m: {} for m in self.nodes}
        self.busy = dict.fromkeys(self.nodes, 0)
        self.idle = dict.fromkeys(self.nodes, 0)

    def runs(self, m, op):
        return op != B or m > 1 or self.rule.first_stage_backward

    # Phase (a).

    def extra(self, op, m, k):
        """Cycles of the transfers due within update k, vector by vector."""
        if op != U or not self.transfers:
            return 0
        count = self.vectors[m - 1] if self.vectors else 1
        return sum(
            cycles
            for vector in range(k * count, (k + 1) * count)
            for every, cycles in self.transfers[m - 1]
            if (vector + 1) % every == 0
        )

    def post(self, t, delay, m, what):
        self.delayed.append((t + delay, m, what))

    def end_op(self, t, m, op):
        rule, M = self.rule, self.M
        self.nodes[m].ended[op] += 1
        if op == F and m < M:
            self.post(t, rule.link[m - 1], m + 1, "token F")
        if op == F and m == M:
            self.post(t, rule.loss, m, "token B")
        if op == {"B": B, "U": U}[rule.release] and m > 1:
            self.post(t, rule.link[m - 2], m - 1, "token B")
        if op == U:
            self.update_ends[m].append(t)
            if m > 1:
                self.post(t, rule.credit_return, m - 1, "update above")
            if m < M:
                self.post(t, rule.credit_return, m + 1, "update below")

    def land(self, t):
        for m, node in self.nodes.items():
            if node.running and node.running[2] == t:
                op, node.running = node.running[0], None
                self.end_op(t, m, op)
        for entry in [entry for entry in self.delayed if entry[0] == t]:
            self.delayed.remove(entry)
            node, what = self.nodes[entry[1]], entry[2]
            if what == "token F":
                node.tokens[F] += 1
            elif what == "token B":
                node.tokens[B] += 1
            elif what == "update above":
                node.updates_above += 1
            else:
                node.updates_below += 1
        self.nodes[1].tokens[F] += self.arrivals[t]

    # Phase (b).

    def errors(self, m):
        """Ends of B, or the visible gradients where no B is run."""
        node = self.nodes[m]
        return node.ended[B] if self.runs(m, B) else node.tokens[B]

    def batch_end(self, k):
        N = self.rule.N
        return self.total if N is None else min(self.total, N * (k // N + 1))

    def conditions(self, t, m, op):
        """(cause, met) of the next sample of `op`, in the order of R10."""
        rule, node, M = self.rule, self.nodes[m], self.M
        k = node.started[op]
        if op == F:
            yield "input", node.tokens[F] > k
            if rule.N is not None:
                yield "flush", node.ended[U] >= rule.N * (k // rule.N)
            if rule.slot is not None:
                yield "slot", t >= rule.slot * (k + m - 1)
            if rule.W[m - 1] is not None:
                yield "credit", k - self.errors(m) < rule.W[m - 1]
            if m == 1:
                yield "stash", k - node.ended[U] < rule.S[0]
            if m < M:
                yield "stash", k - node.updates_above < rule.S[m]
            if m == M:
                yield "stash", k - node.ended[U] < rule.Q[M - 1]
        if op == B:
            yield "input", node.tokens[B] > k
            if rule.hold:
                yield "flush", node.ended[F] >= self.batch_end(k)
            if rule.slot is not None:
                yield "slot", t >= rule.slot * (k + 2 * M - m - 1)
            if rule.P[m - 1] is not None:
                yield "credit", k - node.ended[U] < rule.P[m - 1]
            if m > 1:
                yield "stash", k - node.updates_below < rule.Q[m - 2]
        if op == U:
            yield "input", self.errors(m) > k
            if rule.N is not None:
                yield "flush", self.errors(m) >= self.batch_end(k)

    def unstarted(self, m):
        """Ops with samples left, in priority order."""
        node = self.nodes[m]
        return [
            op for op in self.rule.priority if self.runs(m, op) and node.started[op] < self.total
        ]

    def choose(self, t, m):
        """('busy', _), ('idle', _), ('start', op) or ('stall', cause)."""
        if self.nodes[m].running:
            return "busy", None
        left = self.unstarted(m)
        if not left:
            return "idle", None
        for op in left:
            if all(met for _, met in self.conditions(t, m, op)):
                return "start", op
        oldest = min(left, key=lambda op: self.nodes[m].started[op])
        return "stall", next(cause for cause, met in self.conditions(t, m, oldest) if not met)

    def step(self, t):
        """One cycle; whether any stage started something."""
        self.land(t)
        choices = {m: self.choose(t, m) for m in self.nodes}
        if all(what == "idle" for what, _ in choices.values()):
            return None
        for m, (what, detail) in choices.items():
            if what == "stall":
                self.stalled[m][detail] = self.stalled[m].get(detail, 0) + 1
            elif what == "idle":
                self.idle[m] += 1
            else:
                self.busy[m] += 1
            if what == "start":
                node = self.nodes[m]
                k = node.started[detail]
                end = t + self.length[detail][m - 1] + self.extra(detail, m, k)
                node.started[detail] += 1
                node.running = (detail, k, end)
                self.ops.append((m - 1, detail, k, t, end))
        return any(what == "start" for what, _ in choices.values())

    def stuck(self, t):
        """Whether nothing that has not happened yet can still happen."""
        waiting = any(node.running for node in self.nodes.values()) or self.delayed
        gates = self.rule.slot is not None and t <= self.rule.slot * (self.total + 2 * self.M)
        return not waiting and not gates and t > max(self.arrivals)

    def run(self):
        t, finished = 0, True
        while (started := self.step(t)) is not None:
            if not started and self.stuck(t):
                finished = False
                break
            t += 1
        return Outcome(
            ops=self.ops,
            finished=finished,
            cycles=t,
            busy=list(self.busy.values()),
            stalled=list(self.stalled.values()),
            idle=list(self.idle.values()),
            staleness=[self.staleness(m) for m in self.nodes] if finished else [],
        )

    def staleness(self, m):
        """U ends in (F start, B start]; without B (F start, U start], of earlier mini-batches."""
        starts = {(op, k): s for stage, op, k, s, _ in self.ops if stage == m - 1}
        ends = list(enumerate(self.update_ends[m]))
        if self.runs(m, B):
            return [
                sum(1 for _, end in ends if starts[F, k] < end <= starts[B, k])
                for k in range(self.total)
            ]
        N = self.rule.N or 1
        return [
            sum(1 for j, end in ends if starts[F, k] < end <= starts[U, k] and j // N < k // N)
            for k in range(self.total)
        ]
