"""Tiki-Taka version 2: what is read of A is collected in a digital buffer H; C takes whole pulses.

    A' = A - lr (d x^T) F(A) - lr |d x^T| G(A)
    H_j' = H_j + beta A_j / (theta dw_min)                      a column j at a time
    C takes n = trunc(H_j), H_j' -> H_j' - n                    no more than `transfer_bl` pulses

(Gokmen, Front. Artif. Intell. 2021; Rasch et al., Nat. Commun. 15:7133, 2024, Methods). The buffer
averages the noise of device and read away: C is written seldom, and a step at a time.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Transfer, Units, Work
from models.algorithm.digest import give_pulses
from models.algorithm.transferring import Transferring


def take(read: Any, gathered: Any, _own: Any, constants: Any, sign: float, _flip: float) -> None:
    """Collect what was read of A; constant 1: pulses for an ADC code."""
    rate = constants[1] * sign
    for j in range(len(read)):
        gathered[j] += rate * read[j]


class TikiTaka2(Transferring):
    """`algorithm.name = "tiki-taka-2"`: with a digital buffer."""

    name: Literal["tiki-taka-2"] = "tiki-taka-2"
    gamma: float = Field(0.0, ge=0, le=1024)
    """Factor of the fast array A in the weight C + gamma A; 0: gradients are taken at C."""
    threshold: float = Field(1.0, ge=1e-9, le=1e9)
    """Weight collected for one pulse into C, theta, in steps `device.dw_min`."""
    transfer_bl: int = Field(1, ge=1, le=63)
    """Pulses that a device of C takes in one transfer, at most."""

    def constants(self, units: Units) -> Sequence[float]:
        """Return the most pulses, and the buffer's change for an ADC code in pulses."""
        rate = self.transfer_lr * units.decay * units.code / (self.threshold * units.step)
        return float(self.transfer_bl), units.rounded(rate)

    def transfer(self, batch: int) -> Transfer:
        """Return the transfer from A to C: two operations an element, 16 bits of buffer moved."""
        return Transfer(
            sources=(0,),
            targets=(1,),
            every=self.every(batch),
            columns=self.transfer_columns,
            writes="counts",
            take=take,
            give=give_pulses,
            constants=self.constants,
            most=self.transfer_bl,
            work=Work(2, 16),
        )

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A and C."""
        return Arrangement(((self.gamma, 1.0),), (0,), (1,), (self.transfer(batch),))
