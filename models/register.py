"""One linear-feedback shift register: its taps, and any number of its steps as one map."""

from functools import lru_cache
from math import gcd

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


def turn(matrix: Matrix) -> Matrix:
    """Return a square map by inputs: entry i holds the output bits that input bit i turns over."""
    return tuple(
        sum((mask >> bit & 1) << i for i, mask in enumerate(matrix)) for bit in range(len(matrix))
    )
