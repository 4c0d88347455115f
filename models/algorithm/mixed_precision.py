"""Mixed precision: gradients are summed digitally, the array takes whole pulses of the sum.

    X' = X - lr d x^T / dw_min,      W takes n = trunc(X_j), X_j' -> X_j' - n    a column at a time

(Nandakumar et al., Front. Neurosci. 2020; aihwkit, rpu_mixedprec_device.cpp). The outer product
costs a digital operation and memory for every device, which the other rules avoid.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from models.algorithm.base import Algorithm, Arrangement, Transfer, Units, Work
from models.table import MANY, MOST


def digest(read: Any, memory: Any, constants: Any, _sign: float, _flip: float, wanted: Any) -> None:
    """Want the whole pulses of what was collected; `constants`: most pulses."""
    most = constants[0]
    for j in range(len(read)):
        held = memory[0, j]
        pulses = float(math.trunc(min(max(held, -most), most)))
        memory[0, j] = held - pulses
        wanted[j] = pulses


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
        """Return the one array; an update multiplies and adds for every device."""
        del batch
        transfer = Transfer(
            source=None,
            target=0,
            every=self.transfer_every,
            columns=self.transfer_columns,
            writes="counts",
            digest=digest,
            constants=self.constants,
            most=self.transfer_bl,
            memory=1,
            work=Work(1, 16),
        )
        return Arrangement(
            gradient=None, transfers=(transfer,), update_work=Work(), dense_work=Work(2, 16)
        )
