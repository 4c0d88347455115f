"""AGAD: analog gradient accumulation with a dynamic reference.

    H_j' = H_j + c_j beta (A_j - r_j) / (theta dw_min)
    p_j' = (1 - b) p_j + b A_j,           r_j = p_j where c_j flips

Chopped Tiki-Taka version 2 whose reads are taken against a reference that it finds itself: the
leaky average p of the reads up to the last flip of the chopper (Rasch et al., Nat. Commun. 15:7133,
2024, Methods, eqs. 12-13, with the sign that the text calls for). No array is needed to hold the
symmetric point, and its offset may be large.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Transfer, Units, Work
from models.algorithm.chopped_tiki_taka_2 import ChoppedTikiTaka2


def take(read: Any, gathered: Any, own: Any, constants: Any, sign: float, flip: float) -> None:
    """Collect what was read above the reference; follow it. Constant 1: pulses for a code; 2: b."""
    rate, part = constants[1] * sign, constants[2]
    for j in range(len(read)):
        gathered[j] += rate * (read[j] - own[1, j])
        past = own[0, j] + part * (read[j] - own[0, j])
        own[0, j] = past
        if flip > 0.0:
            own[1, j] = past


class AGAD(ChoppedTikiTaka2):
    """`algorithm.name = "agad"`: choppers and a dynamic reference."""

    name: Literal["agad"] = "agad"  # type: ignore[assignment]
    reference_rate: float = Field(0.5, gt=0, le=1)
    """Weight b of the newest read in the leaky average of a column's reads."""

    def constants(self, units: Units) -> Sequence[float]:
        """Return the constants of version 2, and b."""
        return (*super().constants(units), units.rounded(self.reference_rate))

    def transfer(self, batch: int) -> Transfer:
        """Return the transfer; three numbers a device, six operations, 50 bits an element."""
        return replace(super().transfer(batch), take=take, memory=2, work=Work(6, 50))

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A and C with choppers."""
        return replace(super().arrangement(batch), chop=self.chop)
