"""Digital work that a learning rule costs beside the reads: operations, and bits moved."""

from typing import NamedTuple

from models.algorithm.base import Arrangement
from models.tile import GridConfig


class Total(NamedTuple):
    """Digital operations and bits moved to or from memory."""

    operations: int
    bits: int


def digital_work(grid: GridConfig, arrangement: Arrangement, updates: int) -> Total:
    """Return the work of so many updates of a layer, with the transfers due after them.

    An update costs `update_work` for each element of its two vectors and `dense_work` for each
    device of a matrix; a line of a transfer costs its `work` for each element, on every tile.
    """
    operations = bits = 0
    for tile in grid.flat:
        lines, size = tile.rows + tile.columns, tile.rows * tile.columns
        for count, work in (
            (updates * lines, arrangement.update_work),
            (updates * size, arrangement.dense_work),
            *(
                (updates // one.every * one.columns * tile.columns, one.work)
                for one in arrangement.transfers
            ),
        ):
            operations += count * work.operations
            bits += count * work.bits
    return Total(operations, bits)
