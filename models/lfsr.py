"""The bank of linear-feedback shift registers of one side of a tile."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
import numpy.typing as npt

from models.register import Matrix, apply, compose, phase_step, step_power
from models.seed import COLUMNS, draw_seeds
from models.tile import TileConfig


@dataclass(frozen=True)
class LfsrBank:
    """The registers of one side of one tile and what every line reads of them.

    A line's number at a slot is the top `comparator_bits` of the register as the line sees it. With
    sharing by side there is one register; line i sees it `phase(i)` steps ahead. From slot to slot
    the registers step `steps_per_slot`; from sample to sample they leap `leap_steps`, whatever
    slots were used, so that the state before update k is a function of k.
    """

    config: TileConfig
    side: int

    @property
    def lines(self) -> int:
        """Number of lines on this side."""
        return self.config.columns if self.side == COLUMNS else self.config.rows

    @property
    def width(self) -> int:
        """Bits of a register."""
        return self.config.tile.update.lfsr_bits

    @property
    def registers(self) -> int:
        """Number of registers: one, or one a line."""
        return 1 if self.config.tile.update.lfsr_sharing == "side" else self.lines

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """Nonzero state of each register before update 0."""
        drawn = draw_seeds(self.config)
        return drawn.columns if self.side == COLUMNS else drawn.rows

    @property
    def slot_step(self) -> Matrix:
        """Map from one slot's state to the next slot's."""
        return step_power(self.width, self.config.tile.update.steps_per_slot)

    @property
    def leap_steps(self) -> int:
        """Steps from one update to the next: those of the longest train, or a few more.

        They share no factor with the period, so that every slot meets every state in its turn.
        """
        update = self.config.tile.update
        steps = update.steps_per_slot * update.longest
        while gcd(steps, (1 << self.width) - 1) > 1:
            steps += 1
        return steps

    @property
    def leap(self) -> Matrix:
        """Map from the state before one update to the state before the next."""
        return step_power(self.width, self.leap_steps)

    def phase(self, line: int) -> int:
        """Return how many steps ahead `line` sees the register: golden sections of the period."""
        ahead = draw_seeds(self.config).shift if self.side == COLUMNS else 0
        return (line * phase_step(self.width) + ahead) % ((1 << self.width) - 1)

    @cached_property
    def line_masks(self) -> npt.NDArray[np.uint64]:
        """Register bits whose parities are a line's number, shape (lines, comparator_bits)."""
        bits = self.config.tile.update.comparator_bits
        return np.array([one[self.width - bits :] for one in self._maps()], np.uint64)

    def _maps(self) -> Iterator[Matrix]:
        """Yield the map from a register to what each line sees: its neighbour's, a phase on."""
        shared = self.registers == 1
        seen = step_power(self.width, self.phase(0) if shared else 0)
        onward = step_power(self.width, phase_step(self.width) if shared else 0)
        for _ in range(self.lines):
            yield seen
            seen = compose(onward, seen)

    @cached_property
    def turned_masks(self) -> npt.NDArray[np.uint32]:
        """What each set bit of a register adds to each line's number, shape (width, lines).

        The sum is bit by bit, without carry.
        """
        bit = np.arange(self.width, dtype=np.uint64)[:, None, None]
        seen = (self.line_masks >> bit & np.uint64(1)).astype(np.uint32)
        weight = np.uint32(1) << np.arange(self.line_masks.shape[1], dtype=np.uint32)
        return np.asarray((seen * weight).sum(axis=2, dtype=np.uint32))

    def states(self, update: int) -> npt.NDArray[np.uint64]:
        """Return the registers before update `update`, shape (registers,)."""
        leap = step_power(self.width, self.leap_steps * update % ((1 << self.width) - 1))
        return np.array([apply(leap, seed) for seed in self.seeds], np.uint64)

    def numbers(self, update: int, slots: int) -> npt.NDArray[np.int64]:
        """Return what each line compares in each slot of an update, shape (slots, lines)."""
        states = self.states(update)
        weight = np.int64(1) << np.arange(self.line_masks.shape[1], dtype=np.int64)
        slot_step = np.array(self.slot_step, np.uint64)
        found = np.empty((slots, self.lines), np.int64)
        for slot in range(slots):
            seen = np.bitwise_count(self.line_masks & states[:, None]) & np.uint8(1)
            found[slot] = seen.astype(np.int64) @ weight
            parity = np.bitwise_count(slot_step & states[:, None]).astype(np.uint64) & np.uint64(1)
            states = np.bitwise_or.reduce(parity << np.arange(self.width, dtype=np.uint64), axis=1)
        return found
