"""Tiki-Taka: gradients go to a fast array A, what it gathered is transferred to a slow one C.

    A' = A - lr (d x^T) F(A) - lr |d x^T| G(A),        W = C + gamma A
    C' = C + beta A_j F(C) - beta |A_j| G(C)           for one column j at a time, cyclic

(Gokmen & Haensch, Front. Neurosci. 2020; Wu et al., arXiv 2406.12774, section 4). The column is
read by driving its row alone at full scale, and pulsed into C as a stochastic train.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Transfer, Units, Work
from models.algorithm.digest import give_all, take_all
from models.algorithm.transferring import Transferring


def no_constants(units: Units) -> Sequence[float]:
    """Return no constants."""
    del units
    return ()


class TikiTaka(Transferring):
    """`algorithm.name = "tiki-taka"`: version 1, without a digital buffer."""

    name: Literal["tiki-taka"] = "tiki-taka"
    gamma: float = Field(0.0, ge=0, le=1024)
    """Factor of the fast array A in the weight C + gamma A; 0: gradients are taken at C."""

    def gain(self, units: Units) -> float:
        """Return the coincidences in C for an ADC code of A."""
        return units.rounded(self.transfer_lr * units.decay * units.code / units.step)

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A and C; a transfer scales what it read."""
        transfer = Transfer(
            sources=(0,),
            targets=(1,),
            every=self.every(batch),
            columns=self.transfer_columns,
            writes="pulses",
            take=take_all,
            give=give_all,
            constants=no_constants,
            gain=self.gain,
            work=Work(1),
        )
        return Arrangement(((self.gamma, 1.0),), (0,), (1,), (transfer,))
