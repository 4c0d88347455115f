"""Cycle-to-cycle noise of emulated devices: whole numbers out of one shift register a tile.

A step's rate is multiplied by the factor

    2^PLACES + m (2 p - FIELD)            in units of 2^-PLACES

before the step is rounded; p is the number of ones among `FIELD` = 9 bits of the register, so p has
the binomial distribution of nine fair bits, (2 p - 9) / 3 is one of +-1/3, +-1, +-5/3, +-7/3, +-3
with mean 0 and variance 1 exactly, kurtosis 2.78; and m stands for a spread of 3 m / 2^PLACES. With
m up to `MOST_GAIN` no factor is 0 or below. (The register never holds 0: over its whole period the
mean of p is above 4.5 by 2e-9.)

The register has 31 bits. T being its step, column j sees in row i, at coincidence c of a device in
update k, the top bits of

    T^(9 c) T^(j COLUMN) T^(i ROW) T^((k + 1) UPDATE) s

where s is the tile's seed: a function of (k, i, c, j) alone, whatever ran between, and whatever
other devices did. `models.jittered` has the compiled twin, `rtl.noise` is the circuit.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from models.register import Matrix, apply, compose, step_power, turn

#: Width of the register, and the bits of it that a step takes.
WIDTH, FIELD = 31, 9
#: Binary places of a factor.
PLACES = 9
#: Largest m that leaves every factor above 0.
MOST_GAIN = ((1 << PLACES) - 1) // FIELD
#: The same as a spread, 0.328125.
MOST_NOISE = 3 * MOST_GAIN / (1 << PLACES)

_MASK = (1 << WIDTH) - 1
#: Steps of the register from column to column, row to row, update to update: parts of its prime
#: period by the golden section and by what the roots of 2 and 3 have after the point.
COLUMN, ROW, UPDATE = (round(_MASK * part) for part in (0.6180339887, 0.4142135624, 0.7320508076))

States = npt.NDArray[np.uint32]


def gain_of(noise: float) -> int:
    """Return the m that is nearest to a spread."""
    return round(noise * (1 << PLACES) / 3)


def rounded(noise: float) -> float:
    """Return the nearest spread that there is, a multiple of 3 / 512."""
    return 3 * gain_of(noise) / (1 << PLACES)


def start(key: int) -> int:
    """Return the seed of a key: its low bits, or 1 where they are 0."""
    return (key & _MASK) or 1


@cache
def powers(steps: int) -> tuple[Matrix, ...]:
    """Return the maps of `steps` steps of the register, twice, four times, ... as many."""
    found = [step_power(WIDTH, steps % _MASK)]
    for _ in range(63):
        found.append(compose(found[-1], found[-1]))
    return tuple(found)


@cache
def turned_powers(steps: int) -> npt.NDArray[np.uint32]:
    """Return `powers` by inputs (`models.register.turn`), shape (64, WIDTH)."""
    return np.array([turn(one) for one in powers(steps)], np.uint32)


@cache
def byte_table(steps: int) -> npt.NDArray[np.uint32]:
    """Return what each byte of a register adds to it after `steps` steps, shape (4, 256)."""
    turned = turned_powers(steps)[0]
    found = np.zeros((4, 256), np.uint32)
    for bit, word in enumerate(turned):
        byte, own = divmod(bit, 8)
        found[byte] ^= np.where(np.arange(256) >> own & 1, word, np.uint32(0))
    return found


def leap(states: States | np.uint32, table: npt.NDArray[np.uint32]) -> States:
    """Return registers after the steps of a `byte_table`."""
    parts = [table[n][states >> np.uint32(8 * n) & np.uint32(255)] for n in range(4)]
    return np.asarray(parts[0] ^ parts[1] ^ parts[2] ^ parts[3])


def onward(states: States) -> States:
    """Return registers after `FIELD` steps."""
    taps = states >> np.uint32(WIDTH - FIELD) ^ states >> np.uint32(WIDTH - 3 - FIELD)
    kept = states << np.uint32(FIELD) & np.uint32(_MASK)
    return np.asarray(kept | taps & np.uint32((1 << FIELD) - 1))


def update_state(key: int, update: int) -> int:
    """Return the register of an update; `key` is that of the tile's updates."""
    state, count = start(key), update + 1
    for power in powers(UPDATE):
        if count & 1:
            state = apply(power, state)
        count >>= 1
        if not count:
            break
    return state


def device_states(state: int, rows: int, columns: int) -> States:
    """Return what each device sees of the register `state` of an update, shape (rows, columns)."""
    found = np.empty((rows, columns), np.uint32)
    found[0, 0], table = start(state), byte_table(ROW)
    for i in range(1, rows):
        found[i, 0] = leap(found[i - 1, 0], table)
    table = byte_table(COLUMN)
    for j in range(1, columns):
        found[:, j] = leap(found[:, j - 1], table)
    return found


def numbers(states: States) -> npt.NDArray[np.float32]:
    """Return the (2 p - 9) / 3 of registers."""
    ones = np.bitwise_count(states >> np.uint32(WIDTH - FIELD)).astype(np.float32)
    return np.asarray((np.float32(2.0) * ones - np.float32(FIELD)) / np.float32(3.0))


def factors(gain: int, xi: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return factors of whole 2^-PLACES; `xi` is rounded to thirds."""
    thirds = np.rint(np.float32(3.0) * np.asarray(xi, np.float32)).astype(np.float64)
    return np.asarray(((1 << PLACES) + gain * thirds) / (1 << PLACES))
