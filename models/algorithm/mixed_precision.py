"""Mixed precision: gradients are summed digitally, the array takes whole pulses of the sum.

    X' = X - lr d x^T / dw_min,      W takes n = trunc(X_j), X_j' -> X_j' - n    a column at a time

(Nandakumar et al., Front. Neurosci. 2020; aihwkit, rpu_mixedprec_device.cpp). The outer product
costs a digital operation and memory for every device, which the other rules avoid.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from models.algorithm.base import Algorithm, Arrangement, Transfer, Units, Work
from models.algorithm.digest import give_pulses, take_all
from models.table import MANY, MOST


class MixedPrecision(Algorithm):
    """`algorithm.name = "mixed-precision"`: digital accumulation, pulses by threshold."""

    name: Literal["mixed-precision"] = "mixed-precision"
    transfer_every: int = Field(1, ge=1, le=MOST)
    """Updates between two transfers."""
    transfer_columns: int = Field(1, ge=1, le=MANY)
    """Columns of W that one transfer writes, one after another."""
    transfer_bl: int = Field(1, ge=1, le=63)
    """Pulses that a device takes in one transfer, at most."""

    def constants(self, units: Units) -> Sequence[float]:
        """Return the most pulses."""
        del units
        return (float(self.transfer_bl),)

    def arrangement(self, batch: int) -> Arrangement:
        """Return the one array; an update multiplies and adds for every device.

        The sum of a device passes memory when its column is visited, 16 bits, with all updates
        since the last visit: their vectors are stored (Rasch et al., Nat. Commun. 15:7133, 2024,
        Table 1).
        """
        del batch
        transfer = Transfer(
            sources=(),
            targets=(0,),
            every=self.transfer_every,
            columns=self.transfer_columns,
            writes="counts",
            take=take_all,
            give=give_pulses,
            constants=self.constants,
            most=self.transfer_bl,
            work=Work(1, 16),
        )
        return Arrangement(
            gradient=(), transfers=(transfer,), update_work=Work(), dense_work=Work(2)
        )
