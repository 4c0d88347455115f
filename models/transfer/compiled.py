"""Compiled transfers of one tile; `models.transfer.plain` is the twin, equal bit for bit."""

from typing import Any

import numpy as np

from models.kernel import inner
from models.transfer.gathered import flips, gather, memory_of
from models.transfer.written import skip_lines, write_line

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def _transfer_line(
    plan: Packed, state: Packed, m: int, tile: int, t: int, n: int, targets: Array, rate: int,
    rows: int, columns: int,
) -> None:  # fmt: skip
    """Read, digest and write transfer line `n`."""
    own, i, wanted = plan.transferring, n % rows, np.zeros(columns)
    place, memory = plan.placing.row_at[tile] + i, memory_of(plan, state, tile, t, rows, columns)
    flip = flips(plan, tile, n, i)
    gather(plan, state, m, tile, t, n, rate, rows, memory[i], flip)
    own.give(memory[i, 0], own.constants[t, rate], wanted)
    if flip:
        state.chopper[place] = -state.chopper[place]
    write_line(plan, state, m, tile, t, n, targets, rows, wanted, own.gain[t, rate])
    state.transferred[m, 0] += 1


def transfer_tile(
    plan: Packed, state: Packed, m: int, tile: int, number: int, rows: int, columns: int
) -> None:
    """Execute a transfer of a tile, by its number (`models.transfer.due`).

    In a warm start the first alone is at work, to the target of the phase.
    """
    own = plan.transferring
    k, t = number // own.number, number % own.number
    sample = k // plan.passing.errors[m]
    rate, phase = np.int64(sample >= plan.decay_from), np.int64(0)
    for first in state.switches:
        phase += sample >= first
    warm = phase < len(own.warm)
    if warm and t > 0:
        skip_lines(plan, state, tile, t, columns)
        return
    targets = own.warm[phase : phase + 1] if warm else own.targets[t]
    first = ((k + 1) // own.every[t] - 1) * own.columns[t]
    for n in range(first, first + own.columns[t]):
        _transfer_line(plan, state, m, tile, t, n, targets, rate, rows, columns)


@inner
def transfer(plan: Packed, state: Packed, parts: Packed, m: int, number: int) -> None:
    """Execute T, on the tiles of a stage that learn; `parts` is a `models.part.Parts`."""
    placing = plan.placing
    tile = placing.tiles[m]
    for r in range(placing.row_block[m], placing.row_block[m] + placing.row_blocks[m]):
        for c in range(placing.column_block[m], placing.column_block[m] + placing.column_blocks[m]):
            rows, columns = placing.row_lines[r], placing.column_lines[c]
            if plan.adapting.frozen[tile] == 0:
                parts.transfer(plan, state, m, tile, number, rows, columns)
            tile += 1
