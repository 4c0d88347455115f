"""One stage's counters and what each of its ops waits for: rules R3, R7, R10, R12, no clock."""

from collections import deque
from collections.abc import Callable

from models.resource import Claims
from models.schedule import Op, Rule

FORWARD, BACKWARD, UPDATE = int(Op.FORWARD), int(Op.BACKWARD), int(Op.UPDATE)
TRANSFER = int(Op.TRANSFER)

#: The transfers due after U of a sample, by their numbers.
Due = Callable[[int], list[int]]


class Holding:
    """The resources that ops hold now, as a bit mask."""

    __slots__ = ("mask",)

    def __init__(self) -> None:
        self.mask = 0


class Stage:
    """Counters of one stage, in samples, and the readiness of its ops.

    Counters are plain attributes: `sF`, `sB`, `sU` started and `eF`, `eB`, `eU` ended ops; `vF` and
    `vB` visible tokens; `below` and `above` the U ends of the previous and the next stage that are
    visible here. :meth:`forward`, :meth:`backward`, :meth:`update` and :meth:`transfer` return the
    first unmet condition of the next op of their kind in the order of rule R10, or None when it may
    start.

    `queue` holds the transfers that are due after started U's and have not started themselves:
    sample, number, claimed resources. The first is due once U of its sample has ended; from then on
    no F or B starts that claims what it claims, and no U before it has started (rule R12).

    Where a stage runs no B (the first, without `first_stage_backward`), `vB` stands for `eB`, and
    staleness counts U ends up to the start of U, those of the sample's own mini-batch apart: they
    belong to the same weights by intent.

    Parameters
    ----------
    rule
        The schedule.
    index
        Number of the stage, from 0.
    total
        Number of samples of the run, K.
    claims
        What its ops claim.
    due
        Its transfers.
    holding
        What is held on the machine.
    """

    __slots__ = (
        "N", "P", "Q_below", "S_here", "S_next", "W", "above", "backward_gate", "below", "claims",
        "due", "eB", "eF", "eU", "forward_gate", "has_backward", "hold", "holding", "index", "last",
        "marks", "own", "queue", "sB", "sF", "sU", "slot", "total", "vB", "vF", "views",
        "waits",
    )  # fmt: skip

    def __init__(
        self, rule: Rule, index: int, total: int, claims: Claims, due: Due, holding: Holding
    ) -> None:
        stages, no_limit = rule.stages, total + 1
        self.index, self.total = index, total
        self.claims, self.due, self.holding, self.own = claims, due, holding, claims.own
        self.views = len(claims.forward)
        self.last = index == stages - 1
        self.has_backward = index > 0 or rule.first_stage_backward
        self.N, self.hold, self.slot = rule.N, rule.hold, rule.slot or 0
        self.W = rule.W[index] or no_limit
        self.P = rule.P[index] or no_limit
        self.S_here = self._own_depth(rule, index)
        self.S_next = no_limit if self.last else rule.S[index + 1]
        self.Q_below = rule.Q[index - 1] if index else no_limit
        self.forward_gate = self.slot * index
        self.backward_gate = self.slot * (2 * stages - index - 2)
        self.sF = self.sB = self.sU = self.eF = self.eB = self.eU = 0
        self.vF = self.vB = self.below = self.above = 0
        #: U ends at the start of F, for each sample between F and the next read of its weights.
        self.marks: deque[int] = deque()
        self.queue: deque[tuple[int, int, int]] = deque()
        #: (op, what its next sample waits for) in the order of priority.
        self.waits = self._waits(rule)

    def _waits(self, rule: Rule) -> tuple[tuple[int, Callable[[int], str | None]], ...]:
        found = {
            FORWARD: self.forward,
            BACKWARD: self.backward if self.has_backward else None,
            UPDATE: self.update,
        }
        ops = [(int(op), wait) for op in rule.priority if (wait := found[int(op)]) is not None]
        first = [(TRANSFER, self.transfer)] if self.claims.transfers else []
        return *first, *ops

    @staticmethod
    def _own_depth(rule: Rule, index: int) -> int | None:
        """Return the depth that F here reserves of the stage's own stashes, or None for none."""
        own = [rule.S[0]] if index == 0 else []
        own += [rule.Q[index]] if index == rule.stages - 1 else []
        return min(own) if own else None

    @property
    def done(self) -> bool:
        """Whether every op has been started."""
        return self.sU == self.total and not self.queue

    @property
    def errors(self) -> int:
        """Samples whose errors are here: those that U may take."""
        return self.eB if self.has_backward else self.vB

    def mask(self, op: int, k: int) -> int:
        """Return what F, B or U of sample `k` claims."""
        view = k % self.claims.batch % self.views if self.views > 1 else 0
        if op == FORWARD:
            return self.claims.forward[view]
        return self.claims.backward[view] if op == BACKWARD else self.claims.update[view]

    def forward(self, now: int) -> str | None:
        """Return what F of the next sample waits for."""
        k = self.sF
        return self.forward_needs(k, now) or self._blocked(self.mask(FORWARD, k))

    def forward_needs(self, k: int, now: int) -> str | None:
        """Return what F of sample `k` waits for, its turn and resources apart."""
        if self.vF <= k:
            return "input"
        if self.N and self.eU < k - k % self.N:
            return "flush"
        if self.slot and now < self.forward_gate + self.slot * k:
            return "slot"
        if k - self.errors >= self.W:
            return "credit"
        if k - self.above >= self.S_next:
            return "stash"
        if self.S_here is not None and k - self.eU >= self.S_here:
            return "stash"
        return None

    def backward(self, now: int) -> str | None:
        """Return what B of the next sample waits for."""
        k = self.sB
        return self.backward_needs(k, now) or self._blocked(self.mask(BACKWARD, k))

    def backward_needs(self, k: int, now: int) -> str | None:
        """Return what B of sample `k` waits for, its turn and resources apart."""
        if self.vB <= k:
            return "input"
        if self.hold and self.eF < self._batch_end(k):
            return "flush"
        if self.slot and now < self.backward_gate + self.slot * k:
            return "slot"
        if k - self.eU >= self.P:
            return "credit"
        if k - self.below >= self.Q_below:
            return "stash"
        return None

    def update(self, now: int) -> str | None:
        """Return what U of the next sample waits for."""
        k = self.sU
        cause = self.update_needs(k, now)
        if cause is None and self.queue:
            return "transfer"
        return cause or self._busy(self.mask(UPDATE, k))

    def update_needs(self, k: int, now: int) -> str | None:
        """Return what U of sample `k` waits for, its turn, transfers and resources apart."""
        del now
        errors = self.errors
        if errors <= k:
            return "input"
        if self.N and errors < self._batch_end(k):
            return "flush"
        return None

    def transfer(self, now: int) -> str | None:
        """Return what the next transfer waits for."""
        del now
        if not self.queue or self.eU <= self.queue[0][0]:
            return "input"
        return self._busy(self.queue[0][2])

    def _busy(self, mask: int) -> str | None:
        busy = mask & self.holding.mask
        if not busy:
            return None
        return "tile" if busy & self.own else "shared"

    def _blocked(self, mask: int) -> str | None:
        """Return what keeps F or B from its resources."""
        queue = self.queue
        if queue and mask & queue[0][2] and self.eU > queue[0][0]:
            return "transfer"
        return self._busy(mask)

    def _batch_end(self, k: int) -> int:
        if not self.N:
            return self.total
        return min(self.total, k - k % self.N + self.N)

    def begin(self, op: int) -> tuple[int, int, int | None]:
        """Count the start of `op`; return its number, what it claims, and the staleness if any.

        The staleness is there with a sample's second read.
        """
        if op == FORWARD:
            k, self.sF = self.sF, self.sF + 1
            self.marks.append(self.eU)
            return k, self.mask(op, k), None
        if op == BACKWARD:
            k, self.sB = self.sB, self.sB + 1
            return k, self.mask(op, k), self.eU - self.marks.popleft()
        if op == TRANSFER:
            _, number, mask = self.queue.popleft()
            return number, mask, None
        k, self.sU = self.sU, self.sU + 1
        masks = self.claims.transfers
        if masks:
            self.queue.extend((k, number, masks[number % len(masks)]) for number in self.due(k))
        if self.has_backward:
            return k, self.mask(op, k), None
        earlier = k - k % self.N if self.N else self.eU
        return k, self.mask(op, k), earlier - self.marks.popleft()

    def gates(self, now: int) -> list[tuple[int, int]]:
        """Return F and B where their next sample's slot opens after `now`, with its cycle."""
        if not self.slot:
            return []
        gates = [(FORWARD, self.forward_gate + self.slot * self.sF, self.sF)]
        if self.has_backward:
            gates.append((BACKWARD, self.backward_gate + self.slot * self.sB, self.sB))
        return [(op, gate) for op, gate, k in gates if gate > now and k < self.total]
