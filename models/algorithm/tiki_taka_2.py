"""Tiki-Taka version 2: what is read of A is collected in a digital buffer H; C takes whole pulses.

    A' = A - lr (d x^T) F(A) - lr |d x^T| G(A)
    H_j' = H_j + beta A_j / (theta dw_min)                      a column j at a time
    C takes n = trunc(H_j), H_j' -> H_j' - n                    no more than `transfer_bl` pulses

(Gokmen, Front. Artif. Intell. 2021; Rasch et al., Nat. Commun. 15:7133, 2024, Methods). The buffer
averages the noise of device and read away: C is written seldom, and a step at a time.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from models.algorithm.base import Arrangement, Transfer, Units, Work
from models.algorithm.transferring import Transferring


def digest(read: Any, memory: Any, constants: Any, sign: float, _flip: float, wanted: Any) -> None:
    """Collect what was read of A; want the whole pulses of it. `constants`: rate, most pulses."""
    rate, most = constants[0] * sign, constants[1]
    for j in range(len(read)):
        held = memory[0, j] + rate * read[j]
        pulses = float(math.trunc(min(max(held, -most), most)))
        memory[0, j] = held - pulses
        wanted[j] = pulses


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
        """Return the buffer's change for an ADC code, in pulses, and the most pulses."""
        rate = self.transfer_lr * units.decay * units.code / (self.threshold * units.step)
        return units.rounded(rate), float(self.transfer_bl)

    def transfer(self, batch: int) -> Transfer:
        """Return the transfer from A to C: two operations an element, 16 bits of buffer moved."""
        return Transfer(
            source=0,
            target=1,
            every=self.every(batch),
            columns=self.transfer_columns,
            writes="counts",
            digest=digest,
            constants=self.constants,
            most=self.transfer_bl,
            memory=1,
            work=Work(2, 16),
        )

    def arrangement(self, batch: int) -> Arrangement:
        """Return the arrays A and C."""
        return Arrangement((self.gamma, 1.0), 0, 1, (self.transfer(batch),))
