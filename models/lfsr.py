"""Linear-feedback shift registers: maximal sequences, leaps, and the bank of a tile's side."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import gcd

import numpy as np
import numpy.typing as npt

from models.key import fold
from models.tile import TileConfig

#: Feedback taps of a maximal-length register of each width, 1 = the youngest bit
#: (Xilinx XAPP052, Alfke 1996).
TAPS: dict[int, tuple[int, ...]] = {
    8: (8, 6, 5, 4),
    9: (9, 5),
    10: (10, 7),
    11: (11, 9),
    12: (12, 6, 4, 1),
    13: (13, 4, 3, 1),
    14: (14, 5, 3, 1),
    15: (15, 14),
    16: (16, 15, 13, 4),
    17: (17, 14),
    18: (18, 11),
    19: (19, 6, 2, 1),
    20: (20, 17),
    21: (21, 19),
    22: (22, 21),
    23: (23, 18),
    24: (24, 23, 22, 17),
    25: (25, 22),
    26: (26, 6, 2, 1),
    27: (27, 5, 2, 1),
    28: (28, 25),
    29: (29, 27),
    30: (30, 6, 4, 1),
    31: (31, 28),
    32: (32, 22, 2, 1),
}

#: A linear map over GF(2): row i is the mask of input bits whose parity is output bit i.
Matrix = tuple[int, ...]

#: The two sides of a tile, as they enter seeds.
ROWS, COLUMNS = 0, 1


def identity(width: int) -> Matrix:
    """Return the map that changes nothing."""
    return tuple(1 << i for i in range(width))


def step_matrix(width: int) -> Matrix:
    """Return one step of the register: shift toward the old end, feed the parity of the taps in."""
    feedback = sum(1 << (tap - 1) for tap in TAPS[width])
    return (feedback, *(1 << i for i in range(width - 1)))


def compose(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the map that applies `inner`, then `outer`."""
    rows = []
    for mask in outer:
        row = 0
        for bit, source in enumerate(inner):
            if mask >> bit & 1:
                row ^= source
        rows.append(row)
    return tuple(rows)


@lru_cache(maxsize=4096)
def step_power(width: int, steps: int) -> Matrix:
    """Return `steps` steps of the register of `width` as one map (a leap)."""
    if steps == 0:
        return identity(width)
    half = step_power(width, steps // 2)
    square = compose(half, half)
    return compose(step_matrix(width), square) if steps & 1 else square


@lru_cache
def phase_step(width: int) -> int:
    """Return the golden section of the period, or the next integer that has no factor of it."""
    period = (1 << width) - 1
    step = round(period * 0.6180339887498949)
    while gcd(step, period) > 1:
        step += 1
    return step


def apply(matrix: Matrix, state: int) -> int:
    """Return the map's output for one state."""
    return sum(((mask & state).bit_count() & 1) << i for i, mask in enumerate(matrix))


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
        mask = (1 << self.width) - 1
        keys = (
            fold(self.config.seed, self.config.index, self.side, line)
            for line in range(self.registers)
        )
        return tuple((key & mask) or 1 for key in keys)

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
        return line * phase_step(self.width) % ((1 << self.width) - 1)

    @cached_property
    def line_masks(self) -> npt.NDArray[np.uint64]:
        """Register bits whose parities are a line's number, shape (lines, comparator_bits)."""
        bits = self.config.tile.update.comparator_bits
        shared = self.registers == 1
        maps = (
            step_power(self.width, self.phase(line) if shared else 0) for line in range(self.lines)
        )
        return np.array([m[self.width - bits :] for m in maps], np.uint64)

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
