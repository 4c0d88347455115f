"""The tiles of one layer and how vectors and matrices are shared out among them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from models.crossbar import Crossbar
from models.device.array import Floats
from models.tile import GridConfig


@dataclass(frozen=True)
class TileGrid:
    """Crossbars of one layer, `tiles[r][c]`: block r of its inputs, block c of its outputs."""

    tiles: tuple[tuple[Crossbar, ...], ...]

    @classmethod
    def of(cls, crossbar: Crossbar) -> Self:
        """Return the grid of a layer on one tile."""
        return cls(((crossbar,),))

    @cached_property
    def config(self) -> GridConfig:
        """Geometry of the tiles."""
        return GridConfig(tuple(tuple(tile.config for tile in row) for row in self.tiles))

    @property
    def flat(self) -> tuple[Crossbar, ...]:
        """The tiles, block row after block row."""
        return tuple(tile for row in self.tiles for tile in row)

    def blocks(self) -> Iterator[tuple[int, int, slice, slice, Crossbar]]:
        """Yield each tile's block row and column, its inputs and outputs, and itself."""
        for r, inputs in enumerate(self.config.row_parts):
            for c, outputs in enumerate(self.config.column_parts):
                yield r, c, inputs, outputs, self.tiles[r][c]

    def map(self, change: Callable[[int, slice, slice, Crossbar], Crossbar]) -> Self:
        """Return the grid of other tiles: of their number in it, inputs, outputs and themselves."""
        found = [
            change(number, inputs, outputs, tile)
            for number, (_, _, inputs, outputs, tile) in enumerate(self.blocks())
        ]
        width = len(self.tiles[0])
        return type(self)(tuple(tuple(found[n : n + width]) for n in range(0, len(found), width)))

    def weights(self) -> Floats:
        """Return the layer's normalised weights, shape (inputs, outputs): the tile's own if one.

        Where there are replicas it is their mean.
        """
        if len(self.flat) == 1:
            return self.flat[0].shown
        return np.block([[tile.shown for tile in row] for row in self.tiles])

    def seen(self, sample: int) -> Self:
        """Return the tiles as a sample passes through them."""
        return type(self)(tuple(tuple(tile.seen(sample) for tile in row) for row in self.tiles))

    def with_weights(self, weights: Floats) -> Self:
        """Return the same tiles holding other weights, views of `weights`."""
        return self.map(lambda _, rows, columns, tile: tile.with_weights(weights[rows, columns]))
