"""Residual learning version 2: a leaky average of the reads between P and W.

    H_j' = (1 - b) H_j + b (P_j + noise),     W' = W + beta H_j F(W) - beta |H_j| G(W)

where an element of H moves W only when it is above dw_min (Wu et al., arXiv 2502.06309, section
3.3): for noisy reads and coarse devices.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Units, Work
from models.algorithm.residual import ResidualLearning


def take(read: Any, gathered: Any, _own: Any, constants: Any, _sign: float, _flip: float) -> None:
    """Follow what was read of P; constant 0: b."""
    part = constants[0]
    for j in range(len(read)):
        gathered[j] += part * (read[j] - gathered[j])


def give(gathered: Any, constants: Any, wanted: Any) -> None:
    """Give the average where it is large, and keep it; constant 1: the threshold in codes."""
    least = constants[1]
    for j in range(len(gathered)):
        wanted[j] = gathered[j] if abs(gathered[j]) > least else 0.0


class ResidualLearning2(ResidualLearning):
    """`algorithm.name = "residual-2"`: with a digital average and a threshold."""

    name: Literal["residual-2"] = "residual-2"  # type: ignore[assignment]
    average_rate: float = Field(0.25, gt=0, le=1)
    """Weight b of the newest read in the average of a column's reads."""
    threshold: float = Field(1.0, ge=0, le=1e9)
    """Smallest average that moves W, in steps `device.dw_min`."""

    def constants(self, units: Units) -> Sequence[float]:
        """Return b and the threshold in ADC codes."""
        return units.rounded(self.average_rate), self.threshold * units.step / units.code

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays P and W; three operations an element, 16 bits of average moved."""
        found = super().arrangement(batch)
        transfer = replace(
            found.transfers[0],
            take=take,
            give=give,
            constants=self.constants,
            work=Work(3, 16),
        )
        return replace(found, transfers=(transfer,))
