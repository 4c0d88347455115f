"""Joules of one op: what the account of a run holds of it, for the ops that a clock tells."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from models.algorithm.base import Transfer, Work
from models.design import Design
from models.energy.account import Account, energy_account
from models.energy.activity import (
    Activity,
    Ops,
    Pulses,
    Reads,
    sum_reads,
    tile_activity,
    transfer_reads,
)
from models.schedule import Op
from models.tile import GridConfig, learning_grid
from models.work import base_sizes, digital_work

#: Why an op's energy has no pulses.
LEFT_OUT = "left out, for want of data"


class OpEnergy:
    """What each op of a machine spends, without what only data tell.

    Parameters
    ----------
    design
        A design with a table of energies.
    grids
        Tiles of each stage.
    """

    def __init__(self, design: Design, grids: Sequence[GridConfig]) -> None:
        assert design.energy is not None
        self.design, self.energy, self.grids = design, design.energy, grids
        self.account = cache(self._account)

    def joules(self, stage: int, op: int, number: int) -> float:
        """Return the joules of an op; of a transfer by its number."""
        transfers = self.design.arrangement.transfers
        which = number % len(transfers) if op == Op.TRANSFER else 0
        return self.account(stage, op, which).total

    def _account(self, stage: int, op: int, which: int) -> Account:
        if op in (Op.FORWARD, Op.BACKWARD):
            done = self._read(stage, op == Op.FORWARD)
        elif op == Op.UPDATE:
            done = self._update(stage)
        elif op == Op.TRANSFER:
            done = self._transfer(stage, self.design.arrangement.transfers[which])
        else:
            return Account()
        return energy_account(self.design, self.energy, done, LEFT_OUT)

    def _nothing(self, stage: int, ops: Ops) -> Activity:
        """Return an activity of `ops` at a stage, without all else."""
        every = [Ops()] * len(self.grids)
        every[stage] = ops
        return Activity(Reads(), Reads(), Reads(), tuple(every), 0, 0, 0, 0, Pulses())

    def _tiles(self, stage: int) -> list[tuple[tuple[Reads, Reads, Reads], Ops, int]]:
        """Return reads, ops and line cycles of a sample, tile by tile."""
        tiles = () if self.design.algorithm.digital else self.grids[stage].flat
        return [tile_activity(self.design, stage, tile, 1, (0, 0), None) for tile in tiles]

    def _read(self, stage: int, forward: bool) -> Activity:
        """Return what F or B does: reads, a digital base's product, values sent on."""
        found = self._tiles(stage)
        reads = sum_reads([Reads(), *(own[0 if forward else 1] for own, _, _ in found)])
        below = stage if forward else stage - 1
        sent = self.design.parts[below].outputs if 0 <= below < len(self.grids) - 1 else 0
        size, bits = base_sizes(self.design)[stage], self.design.tile.digital_bits
        done = self._nothing(stage, Ops(*((reads.tiles, 0) if forward else (0, reads.tiles))))
        return replace(
            done,
            forward=reads if forward else Reads(),
            backward=Reads() if forward else reads,
            operations=2 * size,
            bits=size * bits,
            link_bits=sent * bits,
        )

    def _update(self, stage: int) -> Activity:
        found, grid = self._tiles(stage), learning_grid(self.design, stage)
        ops = Ops(updates=sum(ops.updates for _, ops, _ in found))
        arrangement = replace(self.design.arrangement, transfers=())
        work = digital_work(grid, arrangement, self.design.parts[stage].errors)
        return replace(
            self._nothing(stage, ops),
            line_cycles=sum(cycles for _, _, cycles in found),
            operations=work.operations,
            bits=work.bits,
        )

    def _transfer(self, stage: int, one: Transfer) -> Activity:
        """Return what a transfer does after one update of all that make it due."""
        grid, cell = learning_grid(self.design, stage), self.design.cell
        arrangement = replace(
            self.design.arrangement,
            transfers=(replace(one, every=1),),
            update_work=Work(),
            dense_work=Work(),
        )
        each = 1 if cell is None else cell.count
        found = [transfer_reads(tile, arrangement, 1, each) for tile in grid.flat]
        work = digital_work(grid, arrangement, 1)
        return replace(
            self._nothing(stage, Ops(transfers=sum(lines for _, lines in found))),
            lines=sum_reads([Reads(), *(reads for reads, _ in found)]),
            operations=work.operations,
            bits=work.bits,
        )
