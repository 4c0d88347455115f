"""A plain cycle-stepped model of rules R1 to R12, sharing no code with `sim`.

Every cycle t = 0, 1, 2, ... it first lands all that arrives at t, then lets every stage choose on
that one state, the lowest first. Stages are numbered from 1 as in the rules; results number them
from 0. Resources are names; `claims[m - 1]` of a stage holds, by op, the sets of names that each
view claims (T: each transfer), its `arrays`, and the `batch` that the views share.
"""

from collections import Counter
from dataclasses import dataclass, field

F, B, U, P, T = 1, 2, 3, 4, 7


@dataclass
class Node:
    """Everything one stage knows."""

    started: dict = field(default_factory=lambda: {F: 0, B: 0, U: 0})
    ended: dict = field(default_factory=lambda: {F: 0, B: 0, U: 0})
    over: set = field(default_factory=set)  # (op, sample) ended, perhaps before its turn
    tokens: dict = field(default_factory=lambda: {F: 0, B: 0})
    updates_below: int = 0
    updates_above: int = 0
    running: list = field(default_factory=list)  # (op, sample, end, names)
    transfers: list = field(default_factory=list)  # (sample, number) not started, U started


@dataclass
class Outcome:
    ops: list  # (stage, op, sample, start, end), in the order of starts
    finished: bool
    cycles: int
    busy: list  # by stage: by array: by op
    stalled: list  # by stage: by array: by cause
    idle: list  # by stage: by array
    shared: dict  # by name: by op
    staleness: list  # one list a stage, a value for each sample


def plain_claims(stages):
    """One array a stage, which every op claims."""
    return [
        {"arrays": [f"a{m}"], "batch": 1, **{op: [{f"a{m}"}] for op in (F, B, U)}, T: None}
        for m in range(stages)
    ]


class Oracle:
    def __init__(
        self, rule, forward, backward, update, total, arrivals=None, transfers=(), vectors=(),
        claims=None, program=(), ways=None,
    ):  # fmt: skip
        self.rule, self.total, self.M = rule, total, len(rule.S)
        self.transfers = transfers or [()] * self.M
        self.vectors = vectors or [1] * self.M
        self.claims = claims or plain_claims(self.M)
        self.ways = ways or {
            "F": [(d, i) for d, i in zip(rule.link, rule.link_interval, strict=True)],
            "B": [(d, i) for d, i in zip(rule.link, rule.link_interval, strict=True)],
            "loss": (rule.loss, 0),
        }
        self.length = {F: forward, B: backward, U: update}
        self.arrivals = Counter(arrivals or [k * rule.arrival for k in range(total)])
        self.nodes = {m: Node() for m in range(1, self.M + 1)}
        self.door = {}  # first cycle in which a way takes the next token
        self.delayed = []  # [arrival, stage, what]
        self.ops = []
        self.update_ends = {m: [] for m in self.nodes}
        self.busy = {}  # (stage, array) or shared name: by op
        self.stalled = {}
        self.idle = {}
        for m, length in enumerate(program, 1):
            self.begin(0, m, P, 0, set(self.claims[m - 1]["arrays"]), length)

    def runs(self, m, op):
        return op != B or m > 1 or self.rule.first_stage_backward

    # Phase (a).

    def post(self, t, way, door, m, what):
        delay, interval = way
        leave = max(t, self.door.get(door, 0))
        self.door[door] = leave + interval
        self.delayed.append((leave + delay, m, what))

    def end_op(self, t, m, op, k):
        node = self.nodes[m]
        if op in (T, P):
            return
        node.over.add((op, k))
        while (op, node.ended[op]) in node.over:
            node.ended[op] += 1
            self.tell(t, m, op)

    def tell(self, t, m, op):
        rule, M = self.rule, self.M
        if op == F and m < M:
            self.post(t, self.ways["F"][m - 1], ("F", m), m + 1, "token F")
        if op == F and m == M:
            self.post(t, self.ways["loss"], "loss", m, "token B")
        if op == {"B": B, "U": U}[rule.release] and m > 1:
            self.post(t, self.ways["B"][m - 2], ("B", m), m - 1, "token B")
        if op == U:
            self.update_ends[m].append(t)
            credit = (rule.credit_return, 0)
            if m > 1:
                self.post(t, credit, ("up", m), m - 1, "update above")
            if m < M:
                self.post(t, credit, ("down", m), m + 1, "update below")

    def land(self, t):
        for m, node in self.nodes.items():
            for one in [one for one in node.running if one[2] == t]:
                node.running.remove(one)
                self.end_op(t, m, one[0], one[1])
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

    def held(self):
        return {name for node in self.nodes.values() for one in node.running for name in one[3]}

    def errors(self, m):
        """Ends of B, or the visible gradients where no B is run."""
        node = self.nodes[m]
        return node.ended[B] if self.runs(m, B) else node.tokens[B]

    def batch_end(self, k):
        N = self.rule.N
        return self.total if N is None else min(self.total, N * (k // N + 1))

    def due(self, m, k):
        """Numbers of the transfers due after U of a sample, vector by vector."""
        count, own = self.vectors[m - 1], self.transfers[m - 1]
        return [
            vector * len(own) + t
            for vector in range(k * count, (k + 1) * count)
            for t, (every, _) in enumerate(own)
            if (vector + 1) % every == 0
        ]

    def names(self, m, op, k):
        """What an op claims; `k` is a transfer's number."""
        claims = self.claims[m - 1]
        if op == T:
            every = claims[T]
            return set(claims["arrays"]) if every is None else every[k % len(every)]
        return claims[op][k % claims["batch"] % len(claims[op])]

    def needs(self, t, m, op, k):
        """(cause, met) of sample `k` of `op`, its turn and its resources apart; t None: no slot."""
        rule, node, M = self.rule, self.nodes[m], self.M
        if op == F:
            yield "input", node.tokens[F] > k
            if rule.N is not None:
                yield "flush", node.ended[U] >= rule.N * (k // rule.N)
            if rule.slot is not None and t is not None:
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
            if rule.slot is not None and t is not None:
                yield "slot", t >= rule.slot * (k + 2 * M - m - 1)
            if rule.P[m - 1] is not None:
                yield "credit", k - node.ended[U] < rule.P[m - 1]
            if m > 1:
                yield "stash", k - node.updates_below < rule.Q[m - 2]
        if op == U:
            yield "input", self.errors(m) > k
            if rule.N is not None:
                yield "flush", self.errors(m) >= self.batch_end(k)

    def conditions(self, t, m, op, k):
        """(cause, met) of the next op of its kind, in the order of R10."""
        node = self.nodes[m]
        names = self.names(m, op, k)
        waiting = node.transfers
        if op == T:
            yield "input", node.ended[U] > waiting[0][0]
        else:
            yield from self.needs(t, m, op, k)
        if op == U:
            yield "transfer", not waiting
        if op in (F, B) and waiting and node.ended[U] > waiting[0][0]:
            yield "transfer", not names & self.names(m, T, waiting[0][1])
        own, busy = set(self.claims[m - 1]["arrays"]), names & self.held()
        yield "tile", not busy & own
        yield "shared", not busy

    def next_ops(self, m):
        """(op, number) of what could start next, in priority order."""
        node = self.nodes[m]
        if node.transfers:
            yield T, node.transfers[0][1]
        for op in self.rule.priority:
            if self.runs(m, op) and node.started[op] < self.total:
                yield op, node.started[op]

    def begin(self, t, m, op, k, names, length):
        self.nodes[m].running.append((op, k, t + length, names))
        self.ops.append((m - 1, op, k, t, t + length))
        for name in names:
            spent = self.busy.setdefault(name, Counter())
            spent[op] += length

    def cycles_of(self, m, op, k):
        if op != T:
            return self.length[op][m - 1]
        own = self.transfers[m - 1]
        return own[k % len(own)][1]

    def start_all(self, t, m):
        """Start what can start; whether anything did."""
        node, any_started = self.nodes[m], False
        again = True
        while again:
            again = False
            for op, k in list(self.next_ops(m)):
                if all(met for _, met in self.conditions(t, m, op, k)):
                    self.begin(t, m, op, k, self.names(m, op, k), self.cycles_of(m, op, k))
                    if op == T:
                        node.transfers.pop(0)
                    else:
                        node.started[op] += 1
                    if op == U:
                        node.transfers += [(k, number) for number in self.due(m, k)]
                    again = any_started = True
                    break
        return any_started

    def left(self, m, array):
        """(sample, rank, op, number, is next) of every unstarted op that claims an array."""
        node, rank = self.nodes[m], {op: n for n, op in enumerate(self.rule.priority)}
        for op in self.rule.priority:
            if self.runs(m, op):
                for k in range(node.started[op], self.total):
                    if array in self.names(m, op, k):
                        yield k, rank[op], op, k, k == node.started[op]
                        break
        for place, (k, number) in enumerate(node.transfers):
            if array in self.names(m, T, number):
                yield k, 9, T, number, place == 0
        for k in range(node.started[U], self.total):
            for number in self.due(m, k):
                if array in self.names(m, T, number):
                    yield k, 9, T, number, None
                    return

    def cause(self, t, m, array):
        """What a free array waits for; None if nothing is left."""
        left = list(self.left(m, array))
        if not left:
            return None
        k, _, op, number, is_next = min(left, key=lambda one: one[:2])
        if is_next:
            return next(cause for cause, met in self.conditions(t, m, op, number) if not met)
        if op == T:
            late = is_next is None or self.nodes[m].ended[U] <= k
            return "input" if late else "order"
        return next((cause for cause, met in self.needs(None, m, op, k) if not met), "order")

    def step(self, t):
        """One cycle; None when all is done, else whether any stage started something."""
        self.land(t)
        started, left = False, False
        for m in self.nodes:
            started |= self.start_all(t, m)
            held = self.held()
            for array in self.claims[m - 1]["arrays"]:
                if array in held:
                    continue
                cause = self.cause(t, m, array)
                if cause is None:
                    self.idle[array] = self.idle.get(array, 0) + 1
                else:
                    self.stalled.setdefault(array, Counter())[cause] += 1
            node = self.nodes[m]
            left |= bool(node.running or node.transfers or node.started[U] < self.total)
        if not left:
            for own in self.claims:
                for array in own["arrays"]:
                    self.idle[array] -= 1  # this cycle is past the end
            return None
        return started

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
        arrays = [own["arrays"] for own in self.claims]
        every = {array for own in arrays for array in own}
        return Outcome(
            ops=self.ops,
            finished=finished,
            cycles=t,
            busy=[[dict(self.busy.get(a, {})) for a in own] for own in arrays],
            stalled=[[dict(self.stalled.get(a, {})) for a in own] for own in arrays],
            idle=[[self.idle.get(a, 0) for a in own] for own in arrays],
            shared={name: dict(spent) for name, spent in self.busy.items() if name not in every},
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
