"""Multi-tile residual learning: a row of arrays, each the residual of those before it.

    W = sum over n = 0 .. N of gamma^n W^(n)

The gradient goes to W^(N); W^(n+1) is transferred to W^(n), column by column, every T_N ... T_(n+1)
updates (Li et al., arXiv 2510.02516, section 4). So devices of a few states make a weight of many:
array n holds what the more significant ones leave, in units of gamma^n.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Units, Work
from models.algorithm.tiki_taka import TikiTaka


class MultiTile(TikiTaka):
    """`algorithm.name = "multi-tile"`: residual learning over several arrays.

    `transfer_every` counts the updates between two transfers out of the array of the gradient.
    """

    name: Literal["multi-tile"] = "multi-tile"  # type: ignore[assignment]
    gamma: float = Field(0.5, gt=0, lt=1)
    """Factor between the significances of neighbouring arrays."""
    tiles: int = Field(4, ge=2, le=16)
    """Arrays of a weight, N + 1."""
    transfer_ratio: int = Field(5, ge=1, le=1000)
    """Transfers out of an array for one out of the next more significant one, T_n."""
    transfer_lr_ratio: float = Field(1.0, ge=1e-6, le=1e6)
    """Rate of a transfer over that of the transfer out of the next less significant array."""

    warm_start: bool = False
    """Begin with transfers from the gradient's array to the most significant one alone, then to the
    next, whenever the loss has stopped falling (Li et al., Algorithm 1)."""

    def _gain(self, step: int) -> Callable[[Units], float]:
        """Return the gain of the transfer from array `step` to the next one."""
        rate = self.transfer_lr * self.transfer_lr_ratio**step
        return lambda units: units.rounded(rate * units.decay * units.code / units.step)

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays, that of the gradient first, and their nested transfers.

        What is read is pulsed on as it is: no digital work (Li et al., section 4, table of costs).
        """
        one = super().arrangement(batch).transfers[0]
        transfers = tuple(
            replace(
                one,
                sources=(step,),
                targets=(step + 1,),
                every=one.every * self.transfer_ratio**step,
                gain=self._gain(step),
                work=Work(),
            )
            for step in range(self.tiles - 1)
        )
        last = self.tiles - 1
        warm = tuple(range(last, 0, -1)) if self.warm_start else ()
        gamma = tuple(self.gamma ** (last - n) for n in range(self.tiles))
        return Arrangement((gamma,), (0,), (last,), transfers, warm=warm)
