"""Analog SGD: every sample's rank-1 gradient is pulsed into its own tile at once.

W' = W - lr (d x^T) F(W) - lr |d x^T| G(W) (Wu et al., arXiv 2406.12774, eq. 3), in pulses of
Gokmen & Vlasov (2016). Operations a sample and stage: one F, one B, one U; no transfer.
"""

from typing import Literal

from models.algorithm.base import Algorithm, Arrangement


class AnalogSGD(Algorithm):
    """`algorithm.name = "analog-sgd"`: one array a layer, pulsed by every sample."""

    name: Literal["analog-sgd"] = "analog-sgd"

    def arrangement(self, batch: int) -> Arrangement:
        """Return the one array of a layer."""
        del batch
        return Arrangement()
