"""One stage's counters and what each of its ops waits for: rules R3, R7 and R10 without a clock."""

from collections import deque
from collections.abc import Callable

from models.schedule import Op, Rule


class Stage:
    """Counters of one stage, in samples, and the readiness of its ops.

    Counters are plain attributes: `sF`, `sB`, `sU` started and `eF`, `eB`, `eU` ended ops; `vF` and
    `vB` visible tokens; `below` and `above` the U ends of the previous and the next stage that are
    visible here. :meth:`forward`, :meth:`backward` and :meth:`update` return the first unmet
    condition of the op's next sample in the order of rule R10, or None when it may start. They
    assume a free tile.

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
    """

    __slots__ = (
        "N", "P", "Q_below", "S_here", "S_next", "W", "above", "backward_gate", "below", "eB", "eF",
        "eU", "forward_gate", "has_backward", "hold", "index", "last", "marks", "priority", "sB",
        "sF", "sU", "slot", "total", "vB", "vF", "waits",
    )  # fmt: skip

    def __init__(self, rule: Rule, index: int, total: int) -> None:
        stages, no_limit = rule.stages, total + 1
        self.index, self.total = index, total
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
        waits = {
            Op.FORWARD: self.forward,
            Op.BACKWARD: self.backward if self.has_backward else None,
            Op.UPDATE: self.update if self.has_backward else self.update_of_first,
        }
        #: (op, what it waits for) in the order of priority.
        self.waits: tuple[tuple[int, Callable[[int], str | None]], ...] = tuple(
            (int(op), wait) for op in rule.priority if (wait := waits[op]) is not None
        )

    @staticmethod
    def _own_depth(rule: Rule, index: int) -> int | None:
        """Return the depth that F here reserves of the stage's own stashes, or None for none."""
        own = [rule.S[0]] if index == 0 else []
        own += [rule.Q[index]] if index == rule.stages - 1 else []
        return min(own) if own else None

    @property
    def done(self) -> bool:
        """Whether every op has been started."""
        return self.sU == self.total

    def forward(self, now: int) -> str | None:
        """Return what F of the next sample waits for."""
        k = self.sF
        if self.vF <= k:
            return "input"
        if self.N and self.eU < k - k % self.N:
            return "flush"
        if self.slot and now < self.forward_gate + self.slot * k:
            return "slot"
        if k - (self.eB if self.has_backward else self.vB) >= self.W:
            return "credit"
        if k - self.above >= self.S_next:
            return "stash"
        if self.S_here is not None and k - self.eU >= self.S_here:
            return "stash"
        return None

    def backward(self, now: int) -> str | None:
        """Return what B of the next sample waits for."""
        k = self.sB
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
        del now
        return self._update(self.eB)

    def update_of_first(self, now: int) -> str | None:
        """Return what U of the next sample waits for where no B is run."""
        del now
        return self._update(self.vB)

    def _update(self, errors: int) -> str | None:
        if errors <= self.sU:
            return "input"
        if self.N and errors < self._batch_end(self.sU):
            return "flush"
        return None

    def _batch_end(self, k: int) -> int:
        if not self.N:
            return self.total
        return min(self.total, k - k % self.N + self.N)

    def begin(self, op: int) -> tuple[int, int | None]:
        """Count the start of `op`; return its sample and, with its second read, the staleness."""
        if op == Op.FORWARD:
            self.marks.append(self.eU)
            self.sF += 1
            return self.sF - 1, None
        if op == Op.BACKWARD:
            self.sB += 1
            return self.sB - 1, self.eU - self.marks.popleft()
        k, self.sU = self.sU, self.sU + 1
        if self.has_backward:
            return k, None
        earlier = k - k % self.N if self.N else self.eU
        return k, earlier - self.marks.popleft()

    def cause(self, now: int) -> str:
        """Return what the oldest op not yet started waits for; ties go by priority.

        The oldest sample is always U's next. Only for a stage that is not `done` and cannot start.
        """
        k = self.sU
        for op, wait in self.waits:
            started = self.sU
            if op == Op.FORWARD:
                started = self.sF
            elif op == Op.BACKWARD:
                started = self.sB
            if started == k:
                cause = wait(now)
                assert cause is not None
                return cause
        raise AssertionError("U's next sample is the oldest")

    def gates(self, now: int) -> list[tuple[int, int]]:
        """Return F and B where their next sample's slot opens after `now`, with its cycle."""
        if not self.slot:
            return []
        gates = [(int(Op.FORWARD), self.forward_gate + self.slot * self.sF, self.sF)]
        if self.has_backward:
            gates.append((int(Op.BACKWARD), self.backward_gate + self.slot * self.sB, self.sB))
        return [(op, gate) for op, gate, k in gates if gate > now and k < self.total]
