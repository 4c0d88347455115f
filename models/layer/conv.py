"""The digital unit of a convolution: windows of a map as vectors, and pooling of its outputs.

Maps are flat: channel after channel, row after row. A vector holds a window of every channel in
the same order, so the matrix of a layer has the flattened kernel of each filter in a column. The
windows' errors add up in the map (the transpose of the gather).
"""

from dataclasses import dataclass

import numpy as np

from models.activation import activate
from models.converter import Numerics, Vectors
from models.layer.passed import Ints, Passed, Read, no_cells, saturated
from models.layer.section import ConvLayer


def gather_table(layer: ConvLayer) -> Ints:
    """Return where each line of each vector comes from, shape (reads, rows); -1 is a zero."""
    channel, y, x = np.meshgrid(
        np.arange(layer.channels), np.arange(layer.kernel), np.arange(layer.kernel), indexing="ij"
    )
    top, left = np.meshgrid(np.arange(layer.out_height), np.arange(layer.out_width), indexing="ij")
    rows = top.reshape(-1, 1) * layer.stride - layer.padding + y.reshape(1, -1)
    columns = left.reshape(-1, 1) * layer.stride - layer.padding + x.reshape(1, -1)
    inside = (rows >= 0) & (rows < layer.height) & (columns >= 0) & (columns < layer.width)
    place = (channel.reshape(1, -1) * layer.height + rows) * layer.width + columns
    return np.where(inside, place, -1).astype(np.int64)


def pool_table(layer: ConvLayer) -> Ints:
    """Return which elements each output is made of, shape (outputs, pool^2), in their order."""
    filters, height, width = layer.map
    index = np.arange(layer.elements).reshape(filters, layer.out_height, layer.out_width)
    whole = index[:, : height * layer.pool, : width * layer.pool]
    parts = whole.reshape(filters, height, layer.pool, width, layer.pool)
    return np.ascontiguousarray(parts.transpose(0, 1, 3, 2, 4).reshape(layer.outputs, -1))


@dataclass(frozen=True)
class Convolution:
    """Windows in, a pooled map out; `gather` and `pool` are the tables of those names."""

    layer: ConvLayer
    numerics: Numerics
    gather: Ints
    pool: Ints

    @property
    def reads(self) -> int:
        """Vectors of F a sample."""
        return len(self.gather)

    @property
    def errors(self) -> int:
        """Vectors of B and U a sample."""
        return len(self.gather)

    def forward(self, values: Vectors, read: Read) -> Passed:
        """Execute F of inputs, shape (n, inputs): all windows, activation, pooling."""
        padded = np.concatenate([values, np.zeros((len(values), 1))], axis=1)
        z = read(padded[:, self.gather], np.arange(self.reads))
        pre = z.transpose(0, 2, 1).reshape(len(values), -1)
        value, slope = activate(pre, self.layer.activation, self.numerics)
        pooled, slope = self._pooled(value, slope)
        return Passed(pre, pooled, slope, no_cells(values))

    def _pooled(self, value: Vectors, slope: Vectors) -> tuple[Vectors, Vectors]:
        """Return the outputs, and slopes: 0 where an element is not its square's first largest."""
        parts, squares = value[:, self.pool], self.pool.shape[1]
        if squares == 1:
            return parts[:, :, 0], slope
        if self.layer.pool_kind == "average":
            total = np.zeros(parts.shape[:2])
            for i in range(squares):
                total += parts[:, :, i]
            mean = total / squares
            return (np.rint(mean) if self.numerics.integer else mean), slope
        first = parts.argmax(axis=2)[:, :, None]
        kept = np.where(np.arange(squares) == first, slope[:, self.pool], 0.0)
        slope = slope.copy()
        slope[:, self.pool] = kept
        return np.take_along_axis(parts, first, axis=2)[:, :, 0], slope

    @property
    def largest(self) -> bool:
        """Whether an output is the largest of several elements."""
        return self.pool.shape[1] > 1 and self.layer.pool_kind == "max"

    @property
    def share(self) -> float:
        """Elements that share an output's error; 1 where one element has it all."""
        return float(self.pool.shape[1]) if self.layer.pool_kind == "average" else 1.0

    def take(self, gradient: Vectors, slope: Vectors) -> Vectors:
        """Return errors of the tiles' outputs, shape (n, reads, columns)."""
        numerics, found = self.numerics, np.zeros_like(slope)
        own = gradient[:, :, None] * slope[:, self.pool] / (numerics.unit * self.share)
        found[:, self.pool] = np.rint(own) if numerics.integer else own
        return found.reshape(len(slope), self.layer.filters, -1).transpose(0, 2, 1)

    def collect(self, upper: Vectors) -> Vectors:
        """Return the gradient of the map: sums over the windows, vector after vector, saturated."""
        total = np.zeros((len(upper), self.layer.inputs))
        for n in range(len(upper)):
            for place, lines in zip(self.gather, upper[n], strict=True):
                inside = place >= 0
                total[n, place[inside]] += lines[inside]
        return saturated(total, self.numerics)


def make_convolution(layer: ConvLayer, numerics: Numerics) -> Convolution:
    """Return the unit of a layer."""
    return Convolution(layer, numerics, gather_table(layer), pool_table(layer))
