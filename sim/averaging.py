"""Stochastic weight averaging: the mean of a network's weights over its evaluations.

What a device wanders about its rest is averaged away (Gokmen, Front. Artif. Intell. 2021;
Izmailov et al., UAI 2018). The mean is digital: it is evaluated, the machine goes on as it is.
"""

from collections.abc import Sequence

import numpy as np

from models.converter import Vectors
from models.device.array import to_grid
from models.network import Held


class Average:
    """The mean of weights, biases and gains from `first` updates on."""

    def __init__(self, first: float) -> None:
        self.first, self.count = first, 0
        self._sums: list[tuple[Vectors, Vectors, Vectors]] = []

    def add(self, updates: int, weights: Sequence[Held]) -> bool:
        """Add the weights after so many updates, if they count; return whether there is a mean."""
        if updates < self.first:
            return False
        if not self._sums:
            self._sums = [(0.0 * w.astype(np.float64), 0.0 * b, 0.0 * g) for w, b, g in weights]
        for (w, b, g), (weight, bias, gain) in zip(self._sums, weights, strict=True):
            w += weight
            b += bias
            g += gain
        self.count += 1
        return True

    def held(self, exponents: Sequence[int]) -> tuple[Held, ...]:
        """Return the mean of each layer, its weights on the grid of the exponent given."""
        return tuple(
            (to_grid((w / self.count).astype(np.float32), e), b / self.count, g / self.count)
            for (w, b, g), e in zip(self._sums, exponents, strict=True)
        )
