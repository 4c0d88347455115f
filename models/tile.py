"""One tile of a design: its size and everything its controller needs to know."""

from dataclasses import dataclass
from itertools import accumulate, chain

from models.design import Design
from models.layer.part import column_groups, frozen_columns
from models.section import Tile, Timing
from models.split import split_sizes


@dataclass(frozen=True)
class TileConfig:
    """Geometry, widths and cycles of one tile; F drives its `rows` and reads its `columns`.

    `index` is the tile's number in the machine and `seed` the run's: both enter the LFSR seeds.
    """

    rows: int
    columns: int
    tile: Tile = Tile()
    timing: Timing = Timing()
    index: int = 0
    seed: int = 0

    @property
    def lines(self) -> int:
        """The larger side: width of the ADC port in codes."""
        return max(self.rows, self.columns)


@dataclass(frozen=True)
class GridConfig:
    """The tiles of one layer, `tiles[r][c]`: block r of its inputs, block c of its outputs.

    Tiles of one block row have the same rows, of one block column the same columns. The tiles work
    at once, each with drivers, converters, registers and keys of its own.
    """

    tiles: tuple[tuple[TileConfig, ...], ...]

    @property
    def flat(self) -> tuple[TileConfig, ...]:
        """The tiles, block row after block row: in the order of their indices."""
        return tuple(tile for row in self.tiles for tile in row)

    @property
    def row_parts(self) -> tuple[slice, ...]:
        """Inputs of the layer on each block row."""
        return _parts(tuple(row[0].rows for row in self.tiles))

    @property
    def column_parts(self) -> tuple[slice, ...]:
        """Outputs of the layer on each block column."""
        return _parts(tuple(tile.columns for tile in self.tiles[0]))


def _parts(sizes: tuple[int, ...]) -> tuple[slice, ...]:
    ends = accumulate(sizes)
    return tuple(slice(end - size, end) for size, end in zip(sizes, ends, strict=True))


def _blocks(design: Design, stage: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    part, tile = design.parts[stage], design.tile
    columns = [split_sizes(own, tile.columns) for own in column_groups(part)]
    return split_sizes(part.rows, tile.rows), tuple(chain.from_iterable(columns))


def grid_config(design: Design, stage: int) -> GridConfig:
    """Return the configuration of the tiles of `stage`, counted from 0.

    Tiles are numbered through the machine, stage after stage.
    """
    below = [_blocks(design, m) for m in range(stage)]
    first = sum(len(rows) * len(columns) for rows, columns in below)
    rows, columns = _blocks(design, stage)
    return GridConfig(
        tuple(
            tuple(
                TileConfig(
                    rows=inputs,
                    columns=outputs,
                    tile=design.tile,
                    timing=design.timing,
                    index=first + r * len(columns) + c,
                    seed=design.run.seed,
                )
                for c, outputs in enumerate(columns)
            )
            for r, inputs in enumerate(rows)
        )
    )


def learning_grid(design: Design, stage: int) -> GridConfig:
    """Return the tiles of `stage` that updates pulse: all but those of frozen weights."""
    grid, frozen = grid_config(design, stage), frozen_columns(design.parts[stage])
    first = sum(part.stop <= frozen for part in grid.column_parts)
    return GridConfig(tuple(row[first:] for row in grid.tiles))


def tile_config(design: Design, stage: int) -> TileConfig:
    """Return the configuration of the first tile of `stage`: the only one if the layer fits it."""
    return grid_config(design, stage).tiles[0][0]
