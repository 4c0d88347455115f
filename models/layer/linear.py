"""A linear layer: one tile, its output scale, bias and activation."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from models.activation import activate
from models.bound import managed
from models.converter import Numerics, Scaling, Vectors
from models.crossbar import Crossbar
from models.device.array import Floats
from models.loss import Labels
from models.number import Integers
from models.periphery import DAC_ROUNDING, dither
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

    def _managed(
        self, codes: Vectors, samples: Labels, op: Op, place: Labels | int
    ) -> tuple[Vectors, Integers]:
        """Read under bound management; return output codes times their reduction, and retries."""
        bar = self.crossbar
        bound, tile = bar.bound, bar.config.tile
        backward = op == Op.BACKWARD
        if backward and not tile.bound_backward:
            bound = bound._replace(most=0)
        places = np.broadcast_to(place, np.shape(samples))

        def number(rows: Integers, attempt: int) -> Integers:
            """An evaluation's images have a place each: a retry's number stands above it."""
            return places[rows] + ((attempt << 32) if op == Op.EVAL else attempt)

        def read(driven: Vectors, rows: Integers, attempt: int) -> Integers:
            once = bar.backward if backward else bar.forward
            return once(driven, samples[rows], op, number(rows, attempt))

        def rounding(rows: Integers, attempt: int) -> Vectors | None:
            if tile.dac.rounding == "nearest":
                return None
            keys = bar.keys(DAC_ROUNDING + op, samples[rows], number(rows, attempt))
            return dither(keys, codes.shape[1])

        found, shift, retries = managed(codes, bound, read, rounding)
        return np.ldexp(found.astype(np.float64), shift[:, None]), retries

    def _digital(self, codes: Vectors, factor: Vectors) -> Vectors:
        """Return ADC codes as digital vectors: times s, the ADC's step and the input's factor."""
        gain = self.crossbar.adc_lsb * self.scale
        values = codes * (gain * factor)[:, None]
        return np.rint(values) if self.numerics.integer else values

    def pre_activation(
        self, codes: Vectors, factor: Vectors, samples: Labels, op: Op, attempt: Labels | int = 0
    ) -> tuple[Vectors, Integers]:
        """Return z = s G'x + b, shape (n, columns), and the read's retries, shape (n,).

        z is saturated in the hardware profile. `attempt` is the place of an evaluation's image.
        """
        if self.numerics.scaling == Scaling.EXACT:
            z = self.scale * (codes @ self.crossbar.weights.astype(np.float64)) + self.bias
            return np.asarray(z), np.zeros(len(codes), np.int64)
        read, retries = self._managed(codes, samples, op, attempt)
        bias = self.bias / self.numerics.bias_unit
        if self.numerics.integer:
            bias = np.rint(bias)
        limit = self.numerics.limit
        return np.clip(self._digital(read, factor) + bias, -limit, limit), retries

    def activate(self, z: Vectors) -> tuple[Vectors, Vectors]:
        """Return the layer's output and its derivative."""
        return activate(z, self.activation, self.numerics)

    def input_error(
        self, codes: Vectors, factor: Vectors, samples: Labels
    ) -> tuple[Vectors, Integers]:
        """Return the gradient with respect to the inputs, s G d, shape (n, rows), and retries."""
        if self.numerics.scaling == Scaling.EXACT:
            gradient = self.scale * (codes @ self.crossbar.weights.astype(np.float64).T)
            return gradient, np.zeros(len(codes), np.int64)
        read, retries = self._managed(codes, samples, Op.BACKWARD, 0)
        limit = self.numerics.limit
        return np.clip(self._digital(read, factor), -limit, limit), retries


def through(error: Vectors, slope: Vectors, numerics: Numerics) -> Vectors:
    """Return an error times the derivative of the activation below it, in the vectors' units."""
    product = error * slope / numerics.unit
    return np.rint(product) if numerics.integer else product
