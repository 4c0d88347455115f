"""Batched multi-tile AGAD: replicas of the weights share out the samples of a mini-batch.

A crossbar takes one vector at a time, so a mini-batch is split among n replicas C_1 .. C_n, whose F
and B run side by side. Version 1: every sample's gradient goes to one array A. Version 2: each
replica has an array A_i of its own, and what is read of them, each against its own reference, is
added up in one buffer. What the buffer gives is pulsed into every C_i alike; they drift apart by
their devices. The network that is evaluated has the mean of the replicas.

(Jimenez Gallo & del Alamo, Multi_Tile_TikiTaka: transfer_for_batched_TTv4.)
"""

from typing import Literal

from pydantic import Field

from models.algorithm.agad import AGAD
from models.algorithm.base import Arrangement
from models.algorithm.replicated import replicated


class BatchedAGAD(AGAD):
    """`algorithm.name = "batched-agad"`: AGAD with replicas of the weights."""

    name: Literal["batched-agad"] = "batched-agad"  # type: ignore[assignment]
    replicas: int = Field(4, ge=2, le=64)
    """Arrays C_i that hold the weights, n."""
    version: Literal[1, 2] = 1
    """1: one array A for the gradients of all samples. 2: one for each replica."""

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A, then C; a view for each replica."""
        return replicated(super().arrangement(batch), self.replicas, self.version, batch)
