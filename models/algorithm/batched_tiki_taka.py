"""Batched multi-tile Tiki-Taka: replicas of the weights share out the samples of a mini-batch.

As `models.algorithm.batched_agad`, without buffer, choppers and reference: what is read of A, or of
all A_i in version 2, is pulsed into every C_i as it is
(Jimenez Gallo & del Alamo, Multi_Tile_TikiTaka: transfer_for_batched_TT).
"""

from typing import Literal

from pydantic import Field

from models.algorithm.base import Arrangement
from models.algorithm.replicated import replicated
from models.algorithm.tiki_taka import TikiTaka


class BatchedTikiTaka(TikiTaka):
    """`algorithm.name = "batched-tiki-taka"`: Tiki-Taka with replicas of the weights."""

    name: Literal["batched-tiki-taka"] = "batched-tiki-taka"  # type: ignore[assignment]
    replicas: int = Field(4, ge=2, le=64)
    """Arrays C_i that hold the weights, n."""
    version: Literal[1, 2] = 1
    """1: one array A for the gradients of all samples. 2: one for each replica."""

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A, then C; a view for each replica."""
        return replicated(super().arrangement(batch), self.replicas, self.version, batch)
