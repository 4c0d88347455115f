"""What a free array waits for: the first unmet condition of its oldest op (rule R10)."""

from sim.stage import BACKWARD, FORWARD, TRANSFER, UPDATE, Stage

#: A cycle in which every slot is open: slots are asked of the next sample only.
_NO_SLOT = 1 << 62


class Waiting:
    """Finds the cause for each array of one stage that stands still.

    The oldest op is the one of the smallest sample that is not started and claims the array; ties
    go by priority, a transfer comes after the U that makes it due. An op whose sample has not its
    turn waits for `order` if nothing comes before.

    Parameters
    ----------
    stage
        The stage.
    every
        Updates between two of each transfer.
    vectors
        Updates of a sample.
    """

    def __init__(self, stage: Stage, every: tuple[int, ...], vectors: int) -> None:
        self.stage, self.every, self.vectors = stage, every, vectors
        self.ranks = [op for op, _ in stage.waits if op != TRANSFER]
        self.plain = len(stage.claims.arrays) == 1 and stage.views == 1 and stage.claims.exclusive

    def cause(self, bit: int, now: int) -> str | None:
        """Return what the array of a bit waits for in cycle `now`; None if nothing is left."""
        if self.plain:
            return self._of_one(now)
        found: tuple[int, int] | None = None
        for op in self.ranks:
            k = self._next(op, bit)
            if k is not None and (found is None or k < found[0]):
                found = k, op
        transfer = self._next_transfer(bit)
        if transfer is not None and (found is None or transfer[0] < found[0]):
            return self._of_transfer(transfer[1], now)
        return None if found is None else self._of_sample(found[1], found[0], now)

    def _of_one(self, now: int) -> str | None:
        """Return the cause of the only array; the oldest sample is always that of U's next."""
        stage = self.stage
        if stage.queue:
            return stage.transfer(now)
        k = stage.sU
        if k == stage.total:
            return None
        for op, wait in stage.waits:
            if op != TRANSFER and self._started(op) == k:
                return wait(now)
        raise AssertionError("U's next sample is the oldest")

    def _started(self, op: int) -> int:
        stage = self.stage
        if op == FORWARD:
            return stage.sF
        return stage.sB if op == BACKWARD else stage.sU

    def _next(self, op: int, bit: int) -> int | None:
        """Return the next sample whose op claims an array."""
        stage, first = self.stage, self._started(op)
        for k in range(first, min(stage.total, first + stage.claims.batch)):
            if stage.mask(op, k) & bit:
                return k
        return None

    def _next_transfer(self, bit: int) -> tuple[int, int | None] | None:
        """Return sample and place in the queue of the next transfer that claims an array.

        The place is None where U of the sample has not started.
        """
        stage = self.stage
        for place, (k, _, mask) in enumerate(stage.queue):
            if mask & bit:
                return k, place
        first, found = stage.sU * self.vectors, None
        for every, mask in zip(self.every, stage.claims.transfers, strict=True):
            k = (first // every * every + every - 1) // self.vectors
            if mask & bit and k < stage.total and (found is None or k < found):
                found = k
        return None if found is None else (found, None)

    def _of_transfer(self, place: int | None, now: int) -> str | None:
        stage = self.stage
        if place is None or stage.eU <= stage.queue[place][0]:
            return "input"
        return "order" if place else stage.transfer(now)

    def _of_sample(self, op: int, k: int, now: int) -> str | None:
        stage = self.stage
        if k == self._started(op):
            return next(wait for own, wait in stage.waits if own == op)(now)
        needs = {
            FORWARD: stage.forward_needs,
            BACKWARD: stage.backward_needs,
            UPDATE: stage.update_needs,
        }
        return needs[op](k, _NO_SLOT) or "order"
