"""Digital work that a learning rule costs beside the reads: operations, and bits moved."""

from typing import NamedTuple

from models.algorithm.base import Arrangement, Transfer
from models.algorithm.digest import give_all
from models.design import Design
from models.layer.part import DownPart
from models.tile import GridConfig, learning_grid


class Total(NamedTuple):
    """Digital operations and bits moved to or from memory."""

    operations: int
    bits: int


def base_sizes(design: Design) -> list[int]:
    """Return the frozen weights of each stage that are exact numbers."""
    return [
        part.inputs * part.layer.outputs if isinstance(part, DownPart) and part.digital else 0
        for part in design.parts
    ]


def base_products(design: Design) -> list[int]:
    """Return the multiplications of each stage's digital base a sample, in F and where B runs."""
    first = 2 if design.schedule.first_stage_backward else 1
    return [(2 if stage else first) * size for stage, size in enumerate(base_sizes(design))]


def stage_work(design: Design, stage: int, total: int) -> Total:
    """Return the digital work of `total` samples at a stage, that of a digital base included.

    A product of it costs two operations, a multiplication and a sum, and a weight moved.
    """
    part, products = design.parts[stage], total * base_products(design)[stage]
    grid = learning_grid(design, stage)
    own = digital_work(grid, design.arrangement, total * part.errors)
    bits = own.bits + products * design.tile.digital_bits
    return Total(own.operations + 2 * products, bits)


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


def _kept(transfer: Transfer) -> int:
    """Return the numbers that a transfer keeps of every device: gathered ones, and its sources'."""
    gathered = 0 if transfer.give is give_all else 1
    return gathered + transfer.memory * len(transfer.sources)


def digital_storage(grid: GridConfig, arrangement: Arrangement) -> int:
    """Return the numbers that the digital units of a layer store, for updates and for transfers.

    These are the two vectors of an update, and what transfers keep of every device. Where updates
    are gathered digitally they are added when a column is visited: vectors wait until all are.
    """
    found = 0
    for tile in grid.flat:
        visit = 1
        if arrangement.collects:
            first = arrangement.transfers[0]
            visit = -(-tile.rows * first.every // first.columns)
        found += visit * (tile.rows + tile.columns)
        found += tile.rows * tile.columns * sum(_kept(one) for one in arrangement.transfers)
    return found
