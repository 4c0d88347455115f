"""Where the tiles of each stage lie: their blocks of lines, weights and registers."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.tile import GridConfig

Ints = npt.NDArray[np.int64]


class Placing(NamedTuple):
    """The grids of all stages, for compiled code.

    One entry a stage: `tiles` is its first tile, `row_blocks` and `column_blocks` say how many
    blocks its inputs and outputs have, `row_block` and `column_block` which is their first.
    One entry a block: `row_from`, `row_lines`, `column_from`, `column_lines` say where it begins in
    its stage's vector, and its length.
    One entry a tile: `weight_at` is its place among all weights, `row_at` and `column_at` are those
    of its lines among all tiles'.

    Tiles are numbered stage after stage, block row after block row.
    """

    tiles: Ints
    row_blocks: Ints
    column_blocks: Ints
    row_block: Ints
    column_block: Ints
    row_from: Ints
    row_lines: Ints
    column_from: Ints
    column_lines: Ints
    weight_at: Ints
    row_at: Ints
    column_at: Ints

    def tiles_of(self, stage: int) -> slice:
        """Return the numbers of a stage's tiles."""
        return _part(self.tiles[stage], self.row_blocks[stage] * self.column_blocks[stage])

    def rows_of(self, stage: int) -> slice:
        """Return the numbers of the blocks of a stage's inputs."""
        return _part(self.row_block[stage], self.row_blocks[stage])

    def columns_of(self, stage: int) -> slice:
        """Return the numbers of the blocks of a stage's outputs."""
        return _part(self.column_block[stage], self.column_blocks[stage])


def _part(first: np.int64, count: np.int64) -> slice:
    return slice(int(first), int(first + count))


def starts(sizes: npt.ArrayLike) -> Ints:
    """Return where each of consecutive parts begins."""
    return np.cumsum(np.concatenate([[0], np.asarray(sizes, np.int64)]))[:-1].astype(np.int64)


def make_placing(grids: tuple[GridConfig, ...]) -> Placing:
    """Return where the tiles of the stages' grids lie."""
    tiles = [tile for grid in grids for tile in grid.flat]
    rows = [part for grid in grids for part in grid.row_parts]
    columns = [part for grid in grids for part in grid.column_parts]
    row_blocks = np.array([len(grid.row_parts) for grid in grids], np.int64)
    column_blocks = np.array([len(grid.column_parts) for grid in grids], np.int64)
    return Placing(
        tiles=starts(row_blocks * column_blocks),
        row_blocks=row_blocks,
        column_blocks=column_blocks,
        row_block=starts(row_blocks),
        column_block=starts(column_blocks),
        row_from=np.array([part.start for part in rows], np.int64),
        row_lines=np.array([part.stop - part.start for part in rows], np.int64),
        column_from=np.array([part.start for part in columns], np.int64),
        column_lines=np.array([part.stop - part.start for part in columns], np.int64),
        weight_at=starts([tile.rows * tile.columns for tile in tiles]),
        row_at=starts([tile.rows for tile in tiles]),
        column_at=starts([tile.columns for tile in tiles]),
    )
