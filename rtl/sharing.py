"""What the ops of a stage share: its arrays, and the lanes of ops that can run at the same time."""

from dataclasses import dataclass

from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import bits_for

from models.resource import Claims
from models.schedule import Rule
from rtl.layout import CAUSE_BITS, OP_BITS, SAMPLE_BITS

#: Names of the ports of a stage's lanes, and the ops of each.
ONE_LANE = {"": "FBU"}
TWO_LANES = {"": "FB", "updates": "U"}
THREE_LANES = TWO_LANES | {"transfers": "T"}


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


class OpSignature(wiring.Signature):
    """What a stage's ops are run by, from the scheduler's side; one op at a time.

    Parameters
    ----------
    total
        Number of samples, or None.

    Members
    -------
    start, op, sample, end, cause
        As of :class:`rtl.scheduler.Scheduler`.
    """

    def __init__(self, total: int | None) -> None:
        super().__init__(
            {
                "start": Out(1),
                "op": Out(OP_BITS),
                "sample": Out(sample_bits(total)),
                "end": In(1),
                "cause": Out(CAUSE_BITS),
            }
        )


class TransferSignature(wiring.Signature):
    """The same of a lane of transfers, whose numbers are as wide as the port's samples.

    Members
    -------
    which
        The number in the rule of the transfer that starts.
    """

    def __init__(self, transfers: int) -> None:
        super().__init__({**OpSignature(None).members, "which": Out(range(transfers))})


@dataclass(frozen=True)
class Sharing:
    """What the ops of a stage claim, in arrays, one bit each; and when transfers are due.

    `transfers` has a mask for each transfer of the learning rule, `every` the updates between two.
    `program` are the cycles of the first writing of all arrays, 0 for none.
    """

    reads: int = 1
    update: int = 1
    transfers: tuple[int, ...] = ()
    every: tuple[int, ...] = ()
    program: int = 0

    @classmethod
    def of(cls, claims: Claims, every: tuple[int, ...], program: int) -> "Sharing":
        """Return what a stage of one view claims; its arrays become bits from 0 on."""
        first = (claims.own & -claims.own).bit_length() - 1
        masks = (claims.forward[0], claims.update[0], *claims.transfers)
        reads, update, *transfers = (mask >> first for mask in masks)
        return cls(reads, update, tuple(transfers), every, program)

    @property
    def own(self) -> int:
        """All arrays."""
        found = self.reads | self.update
        for mask in self.transfers:
            found |= mask
        return found

    def signature(self, lane: str, total: int | None) -> wiring.Signature:
        """Return the ports of a lane."""
        return TransferSignature(len(self.transfers)) if lane == "transfers" else OpSignature(total)

    @property
    def lanes(self) -> dict[str, str]:
        """The ops of each lane, by the lane's name: of one lane no two can overlap."""
        if self.transfers:
            return THREE_LANES
        return ONE_LANE if self.reads & self.update else TWO_LANES


#: One array, which every op claims.
ALONE = Sharing()
