"""A linear layer: one tile, its output scale, bias and activation."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from models.activation import activate
from models.converter import Numerics, Scaling, Vectors
from models.crossbar import Crossbar
from models.device.array import Floats
from models.loss import Labels
from models.schedule import Op


@dataclass(frozen=True)
class Linear:
    """y = s G'x + b on one tile; all arrays are batches, samples first.

    `bias` has shape (columns,), in units of the vectors' over `numerics.bias_unit`; like the
    crossbar's weights it is changed in place.
    """

    crossbar: Crossbar
    scale: float
    activation: str
    bias: Vectors
    biased: bool
    numerics: Numerics

    def holding(self, weights: Floats, bias: Vectors) -> Self:
        """Return the same layer with other weights and bias."""
        return replace(self, crossbar=self.crossbar.with_weights(weights), bias=bias)

    def _digital(self, codes: Vectors, factor: Vectors) -> Vectors:
        """Return ADC codes as digital vectors: times s, the ADC's step and the input's factor."""
        gain = self.crossbar.adc_lsb * self.scale
        values = codes * (gain * factor)[:, None]
        return np.rint(values) if self.numerics.integer else values

    def pre_activation(
        self, codes: Vectors, factor: Vectors, samples: Labels, op: Op, attempt: Labels | int = 0
    ) -> Vectors:
        """Return z = s G'x + b, shape (n, columns), saturated in the hardware profile."""
        if self.numerics.scaling == Scaling.EXACT:
            z = self.scale * (codes @ self.crossbar.weights.astype(np.float64)) + self.bias
            return np.asarray(z)
        read = self.crossbar.forward(codes, samples, op, attempt).astype(np.float64)
        bias = self.bias / self.numerics.bias_unit
        if self.numerics.integer:
            bias = np.rint(bias)
        limit = self.numerics.limit
        return np.clip(self._digital(read, factor) + bias, -limit, limit)

    def activate(self, z: Vectors) -> tuple[Vectors, Vectors]:
        """Return the layer's output and its derivative."""
        return activate(z, self.activation, self.numerics)

    def input_error(self, codes: Vectors, factor: Vectors, samples: Labels) -> Vectors:
        """Return the gradient with respect to the inputs, s G d, shape (n, rows)."""
        if self.numerics.scaling == Scaling.EXACT:
            return self.scale * (codes @ self.crossbar.weights.astype(np.float64).T)
        read = self.crossbar.backward(codes, samples).astype(np.float64)
        limit = self.numerics.limit
        return np.clip(self._digital(read, factor), -limit, limit)


def through(error: Vectors, slope: Vectors, numerics: Numerics) -> Vectors:
    """Return an error times the derivative of the activation below it, in the vectors' units."""
    product = error * slope / numerics.unit
    return np.rint(product) if numerics.integer else product
