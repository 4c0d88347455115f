"""The digital units of an adapted layer's two stages: `models.layer.part`.

What came of the frozen weights passes the second stage's crossbar by, and so does its error on the
way back: at full digital width, not through converters. Frozen weights that are exact numbers lie
on the grid of the digital vectors in the hardware profile, sums of products are rounded once.
"""

from dataclasses import dataclass

import numpy as np

from models.activation import activate
from models.converter import Numerics, Vectors
from models.layer.linear import through
from models.layer.passed import Passed, Read, no_cells, saturated


def summed(values: Vectors, matrix: Vectors, numerics: Numerics) -> Vectors:
    """Return the product of digital vectors and a digital matrix, rounded in the hardware one."""
    found = values @ matrix / numerics.unit
    return np.rint(found) if numerics.integer else found


@dataclass(frozen=True)
class Down:
    """First stage with the frozen weights `base`, shape (inputs, outputs), in digital units."""

    base: Vectors
    numerics: Numerics
    reads: int = 1
    errors: int = 1

    def forward(self, values: Vectors, read: Read) -> Passed:
        """Execute F of inputs, shape (n, inputs): W x beside A x."""
        frozen = saturated(summed(values, self.base, self.numerics), self.numerics)
        z = read(values[:, None, :], np.arange(1))[:, 0]
        value = np.concatenate([frozen, z], axis=1)
        return Passed(value, value, np.full_like(value, self.numerics.unit), no_cells(values))

    def split(self, gradient: Vectors, slope: Vectors) -> tuple[Vectors, Vectors]:
        """Return errors of the tiles' outputs, shape (n, 1, rank), and those that pass by."""
        del slope  # nothing is activated here
        outputs = self.base.shape[1]
        return gradient[:, None, outputs:], gradient[:, :outputs]

    def join(self, upper: Vectors, passed: Vectors) -> Vectors:
        """Return the gradient of the inputs from that of A's rows and the errors passed by."""
        frozen = summed(passed, self.base.T, self.numerics)
        return saturated(upper[:, 0] + frozen, self.numerics)


@dataclass(frozen=True)
class Up:
    """Second stage: the sums of the frozen weights pass by, those of A drive B."""

    activation: str
    outputs: int
    numerics: Numerics
    reads: int = 1
    errors: int = 1

    def forward(self, values: Vectors, read: Read) -> Passed:
        """Execute F of what was handed on, shape (n, outputs + rank)."""
        own = read(values[:, None, self.outputs :], np.arange(1))[:, 0]
        z = saturated(values[:, : self.outputs] + own, self.numerics)
        value, slope = activate(z, self.activation, self.numerics)
        return Passed(z, value, slope, no_cells(values))

    def split(self, gradient: Vectors, slope: Vectors) -> tuple[Vectors, Vectors]:
        """Return errors of the tiles' outputs, shape (n, 1, outputs), and those that pass by."""
        errors = through(gradient, slope, self.numerics)
        return errors[:, None, :], errors

    def join(self, upper: Vectors, passed: Vectors) -> Vectors:
        """Return the gradient of what was handed on from that of B's rows and errors passed by."""
        return np.concatenate([passed, upper[:, 0]], axis=1)
