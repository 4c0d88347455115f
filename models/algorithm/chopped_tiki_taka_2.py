"""Chopped Tiki-Taka version 2: the signs of A's inputs flip at random, and those of its reads.

    A' = A - lr (d (c x)^T) F(A) - ...,      H_j' = H_j + c_j beta A_j / (theta dw_min)

with a chopper c_j = +-1 for every column of W, which flips with probability `chop` after a transfer
of its column (Rasch et al., Nat. Commun. 15:7133, 2024). What stands in A whatever the gradient,
as an offset of the symmetric point, enters the buffer with either sign and cancels.
"""

from dataclasses import replace
from typing import Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Transfer, Work
from models.algorithm.tiki_taka_2 import TikiTaka2


class ChoppedTikiTaka2(TikiTaka2):
    """`algorithm.name = "chopped-tiki-taka-2"`: version 2 with choppers."""

    name: Literal["chopped-tiki-taka-2"] = "chopped-tiki-taka-2"  # type: ignore[assignment]
    chop: float = Field(0.1, gt=0, le=1)
    """Probability that a column's chopper flips after a transfer of it."""

    def transfer(self, batch: int) -> Transfer:
        """Return the transfer of version 2; two more bits an element: the chopper's."""
        return replace(super().transfer(batch), work=Work(2, 18))

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A and C with choppers."""
        return replace(super().arrangement(batch), chop=self.chop)
