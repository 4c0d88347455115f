"""The digital unit of a linear layer: an activation, one vector a sample."""

from dataclasses import dataclass

import numpy as np

from models.activation import activate
from models.converter import Numerics, Vectors
from models.layer.linear import through
from models.layer.passed import Passed, Read, no_cells


@dataclass(frozen=True)
class Dense:
    """One vector in, one vector out."""

    activation: str
    numerics: Numerics
    reads: int = 1
    errors: int = 1

    def forward(self, values: Vectors, read: Read) -> Passed:
        """Execute F of inputs, shape (n, inputs)."""
        z = read(values[:, None, :], np.arange(1))[:, 0]
        value, slope = activate(z, self.activation, self.numerics)
        return Passed(z, value, slope, no_cells(values))

    def take(self, gradient: Vectors, slope: Vectors) -> Vectors:
        """Return errors of the tiles' outputs, shape (n, 1, columns), from those of the outputs."""
        return through(gradient, slope, self.numerics)[:, None, :]

    def collect(self, upper: Vectors) -> Vectors:
        """Return the gradient with respect to the inputs from that of B's vectors."""
        return upper[:, 0]
