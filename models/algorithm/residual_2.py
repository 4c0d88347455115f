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


def digest(read: Any, memory: Any, constants: Any, _sign: float, _flip: float, wanted: Any) -> None:
    """Follow what was read of P; want it where it is large. `constants`: b, threshold in codes."""
    part, least = constants[0], constants[1]
    for j in range(len(read)):
        held = memory[0, j] + part * (read[j] - memory[0, j])
        memory[0, j] = held
        wanted[j] = held if abs(held) > least else 0.0


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
            digest=digest,
            constants=self.constants,
            memory=1,
            work=Work(3, 16),
        )
        return replace(found, transfers=(transfer,))
