"""A linear layer: its tiles, output scale, bias and activation."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from models.activation import activate
from models.bound import managed
from models.converter import Numerics, Scaling, Vectors
from models.crossbar import Crossbar
from models.device.array import Floats
from models.grid import TileGrid
from models.loss import Labels
from models.normal import normalised
from models.number import Integers
from models.periphery import DAC_ROUNDING, dither
from models.schedule import Op


def read_managed(
    bar: Crossbar, codes: Vectors, samples: Labels, op: Op, place: Labels | int, source: Crossbar
) -> tuple[Vectors, Integers]:
    """Read a tile under bound management; return output codes times their reduction, and retries.

    `place` tells an evaluation's images apart; `source` is the tile whose DACs key a stochastic
    rounding: the first of those that share the codes.
    """
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
        keys = source.keys(DAC_ROUNDING + op, samples[rows], number(rows, attempt))
        return dither(keys, codes.shape[1])

    found, shift, retries = managed(codes, bound, read, rounding)
    return np.ldexp(found.astype(np.float64), shift[:, None]), retries


@dataclass(frozen=True)
class Linear:
    """y = s G'x + b on a grid of tiles; all arrays are batches, samples first.

    A vector comes as codes with one factor for each of its blocks, shape (n, blocks): the blocks of
    the grid's rows for inputs, of its columns for errors. The partial sums of a block's tiles are
    added in the order of their number, without rounding in between.

    `bias` has shape (columns,), in units of the vectors' over `numerics.bias_unit`; like the
    crossbars' weights it is changed in place. `gain`, shape (columns,), is the learned part rho of
    the output scale (`models.learned`), 1 without; with `normal` z is normalised (`models.normal`).
    The first `frozen` columns are on tiles of their own, which no update pulses; `base`, shape
    (rows, outputs), are frozen weights that are exact numbers, in the vectors' units.
    """

    grid: TileGrid
    scale: float
    activation: str
    bias: Vectors
    biased: bool
    numerics: Numerics
    gain: Vectors
    normal: bool = False
    frozen: int = 0
    base: Vectors | None = None

    @property
    def crossbar(self) -> Crossbar:
        """The first tile: the only one if the layer fits it."""
        return self.grid.tiles[0][0]

    def seen(self, sample: int) -> Self:
        """Return the layer as a sample passes through it, where there are replicas."""
        return self if self.crossbar.views is None else replace(self, grid=self.grid.seen(sample))

    def holding(self, weights: Floats, bias: Vectors, gain: Vectors | None = None) -> Self:
        """Return the same layer with other weights, shape (inputs, outputs), bias and gain."""
        own = self.gain if gain is None else gain
        return replace(self, grid=self.grid.with_weights(weights), bias=bias, gain=own)

    def _sums(
        self, codes: Vectors, factor: Vectors, samples: Labels, op: Op, place: Labels | int
    ) -> tuple[Vectors, Integers]:
        """Return the digital sums of all tiles, rounded in the hardware profile, and retries."""
        backward, grid = op == Op.BACKWARD, self.grid
        config = grid.config
        outputs = config.row_parts[-1].stop if backward else config.column_parts[-1].stop
        values = np.zeros((len(codes), outputs))
        retries = np.zeros((len(codes), len(grid.flat)), np.int64)
        gain = self.crossbar.adc_lsb * self.scale
        for number, (r, c, rows, columns, tile) in enumerate(grid.blocks()):
            block, driven, read = (c, columns, rows) if backward else (r, rows, columns)
            source = grid.tiles[0][c] if backward else grid.tiles[r][0]
            found, retries[:, number] = read_managed(
                tile, codes[:, driven], samples, op, place, source
            )
            values[:, read] += found * (gain * factor[:, block])[:, None]
        return np.rint(values) if self.numerics.integer else values, retries

    def sums(
        self, codes: Vectors, factor: Vectors, samples: Labels, op: Op, place: Labels | int = 0
    ) -> tuple[Vectors, Integers]:
        """Return s G'x, shape (n, columns), and each tile's retries, shape (n, tiles).

        `place` tells an evaluation's images apart.
        """
        if self.numerics.scaling == Scaling.EXACT:
            found = self.scale * (codes @ self.grid.weights().astype(np.float64))
            return np.asarray(found), np.zeros((len(codes), len(self.grid.flat)), np.int64)
        return self._sums(codes, factor, samples, op, place)

    def finish(self, sums: Vectors) -> Vectors:
        """Return z of sums, normalised where the layer asks for it."""
        z = self.biased_sum(sums)
        return normalised(z, self.numerics)[0] if self.normal else z

    def starting(self, grid: TileGrid, bias: Vectors, base: Vectors | None) -> Self:
        """Return the layer with other tiles, another bias and other frozen weights."""
        return replace(self, grid=grid, bias=bias, base=base)

    def biased_sum(self, sums: Vectors) -> Vectors:
        """Return rho s G'x + b of sums, saturated in the hardware profile."""
        bias, limit = self.bias / self.numerics.bias_unit, self.numerics.limit
        if self.numerics.integer:
            bias = np.rint(bias)
        return np.clip(sums * self.gain + bias, -limit, limit)

    def pre_activation(
        self, codes: Vectors, factor: Vectors, samples: Labels, op: Op, place: Labels | int = 0
    ) -> tuple[Vectors, Integers]:
        """Return z and each tile's retries: `finish` of `sums`."""
        values, retries = self.sums(codes, factor, samples, op, place)
        return self.finish(values), retries

    def activate(self, z: Vectors) -> tuple[Vectors, Vectors]:
        """Return the layer's output and its derivative."""
        return activate(z, self.activation, self.numerics)

    def input_error(
        self, codes: Vectors, factor: Vectors, samples: Labels
    ) -> tuple[Vectors, Integers]:
        """Return the gradient with respect to the inputs, s G d, and each tile's retries."""
        if self.numerics.scaling == Scaling.EXACT:
            gradient = self.scale * (codes @ self.grid.weights().astype(np.float64).T)
            return gradient, np.zeros((len(codes), len(self.grid.flat)), np.int64)
        values, retries = self._sums(codes, factor, samples, Op.BACKWARD, 0)
        limit = self.numerics.limit
        return np.clip(values, -limit, limit), retries


def through(error: Vectors, slope: Vectors, numerics: Numerics) -> Vectors:
    """Return an error times the derivative of the activation below it, in the vectors' units."""
    product = error * slope / numerics.unit
    return np.rint(product) if numerics.integer else product
