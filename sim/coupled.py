"""Cycles of ops that follow from their numbers: slots used, repeated reads, refreshes."""

from models.memory import Memory
from models.timing import stage_backward_cycles, stage_forward_cycles, stage_update_cycles
from sim.system import System


class Measured:
    """Tells how long the last F, B or U of a stage was, from what the executor has left behind.

    Parameters
    ----------
    system
        The machine.
    memory
        What the ops run on.
    pulsed
        Whether an update pulses an array, and is not gathered digitally.
    """

    def __init__(self, system: System, memory: Memory, pulsed: bool) -> None:
        self.system, self.state, self.pulsed = system, memory.state, pulsed
        self.placing = memory.plan.placing
        passing = memory.plan.passing
        self.reads, self.errors = passing.reads.tolist(), passing.errors.tolist()
        self.used_at = passing.used_at.tolist()

    def forward(self, stage: int, sample: int) -> int:
        """Return the cycles of F, with its repeated reads."""
        del sample
        retried = self.state.retried[: self.reads[stage], self.placing.tiles_of(stage), 0]
        grid = self.system.grids[stage]
        return sum(stage_forward_cycles(grid, one) for one in retried.tolist())

    def backward(self, stage: int, sample: int) -> int:
        """Return the cycles of B, with its repeated reads."""
        del sample
        retried = self.state.retried[: self.errors[stage], self.placing.tiles_of(stage), 1]
        grid = self.system.grids[stage]
        return sum(stage_backward_cycles(grid, one) for one in retried.tolist())

    def update(self, stage: int, sample: int) -> int:
        """Return the cycles of U, with the slots that it used and the refreshes within."""
        count, first = self.errors[stage], self.used_at[stage]
        used = self.state.used[first : first + count].tolist()
        grid, cycles = self.system.grids[stage], count * self.system.digital[stage]
        for p, own in enumerate(used):
            refreshed = self._refreshed(stage, sample * count + p)
            cycles += stage_update_cycles(grid, own, refreshed, self.pulsed)
        return int(cycles)

    def _refreshed(self, stage: int, vector: int) -> list[tuple[int, int]] | None:
        """Return rows written and slots of each tile in the refresh after a vector, if any."""
        every = self.system.refresh_every
        if every is None or (vector + 1) % every:
            return None
        tiles, place = self.placing.tiles_of(stage), vector % self.errors[stage]
        return [(rows, slots) for rows, slots, _ in self.state.renewed[place, tiles].tolist()]
