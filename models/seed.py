"""Seeds of a tile's registers, and how far apart its rows and columns are kept.

A row and a column that see the same numbers, or numbers one step apart, would fire together far too
often or never. So the columns look `shift` steps further ahead (one register a side) or draw again
(one register a line) until no pair is near: no parity of the row's first i bits equals one of the
column's first j bits for i + j up to `depth` (`models.field.near`).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.error import DesignError
from models.field import Elements, fraction, inverse, multiply, near, power, scale, times_x
from models.key import fold
from models.register import phase_step
from models.tile import TileConfig

#: The two sides of a tile, as they enter seeds.
ROWS, COLUMNS = 0, 1

#: Depths that are tried, the best first; at the last a pair fires together with a probability at
#: most 1/16 from the product of both.
DEPTHS = (5, 4, 3)
#: Shifts, or draws of a line, that are tried at each depth.
TRIES = 256


@dataclass(frozen=True)
class Seeds:
    """Nonzero states before update 0, the columns' shift, and the depth reached, 0 for none."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    shift: int
    depth: int


def _seed(config: TileConfig, *parts: int) -> int:
    """Return the nonzero part of a key that a register holds."""
    mask = (1 << config.tile.update.lfsr_bits) - 1
    return (fold(config.seed, config.index, *parts) & mask) or 1


def side_ratios(config: TileConfig, row: int, column: int) -> Elements:
    """Return the ratios of column j's and row i's fractions for j - i = 1 - rows .. columns - 1.

    `row` and `column` are the states of the two registers that the sides share.
    """
    width = config.tile.update.lfsr_bits
    step = phase_step(width)
    ratio = multiply(width, fraction(width, column), inverse(width, fraction(width, row)))
    ratio = multiply(width, ratio, power(width, 2, -(config.rows - 1) * step))
    stride, found = power(width, 2, step), []
    for _ in range(config.rows + config.columns - 1):
        found.append(ratio)
        ratio = multiply(width, ratio, stride)
    return np.array(found, np.uint64)


def _shared(config: TileConfig) -> Seeds:
    """Return the seeds of one register a side."""
    width = config.tile.update.lfsr_bits
    row, column = _seed(config, ROWS, 0), _seed(config, COLUMNS, 0)
    first = side_ratios(config, row, column)
    for depth in DEPTHS:
        ratios, bad = first, np.array(near(width, depth), np.uint64)
        for shift in range(TRIES):
            if not np.isin(ratios, bad).any():
                return Seeds((row,), (column,), shift, depth)
            ratios = times_x(width, ratios)
    return Seeds((row,), (column,), 0, 0)


def _column(config: TileConfig, line: int, bad: set[int]) -> int | None:
    """Return the first seed drawn for a column whose fraction is not bad."""
    for attempt in range(TRIES):
        state = _seed(config, COLUMNS, line, *((attempt,) if attempt else ()))
        if fraction(config.tile.update.lfsr_bits, state) not in bad:
            return state
    return None


def _own(config: TileConfig) -> Seeds:
    """Return the seeds of one register a line."""
    width = config.tile.update.lfsr_bits
    rows = tuple(_seed(config, ROWS, line) for line in range(config.rows))
    fractions = np.array([fraction(width, state) for state in rows], np.uint64)
    for depth in DEPTHS:
        bad = {int(v) for t in near(width, depth) for v in scale(width, fractions, t)}
        found = [_column(config, line, bad) for line in range(config.columns)]
        columns = tuple(state for state in found if state is not None)
        if len(columns) == config.columns:
            return Seeds(rows, columns, 0, depth)
    columns = tuple(_seed(config, COLUMNS, line) for line in range(config.columns))
    return Seeds(rows, columns, 0, 0)


@lru_cache(maxsize=256)
def draw_seeds(config: TileConfig) -> Seeds:
    """Return the seeds of a tile: parts of the keys (seed, tile, side, line), kept apart."""
    return _shared(config) if config.tile.update.lfsr_sharing == "side" else _own(config)


def check_seeds(config: TileConfig, stage: int | None = None) -> None:
    """Refuse registers so short that a row and a column would see each other's numbers.

    `stage` is named in a refusal; by default the tile's number.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    update = config.tile.update
    if update.pulse_type == "lfsr" and draw_seeds(config).depth == 0:
        layer = config.index if stage is None else stage
        raise DesignError(
            f"tile.update.lfsr_bits: registers of {update.lfsr_bits} bits have too few states for "
            f"the {config.rows} rows and {config.columns} columns of layer {layer}: some "
            "would see each other's numbers"
        )
