"""Bound management: a read with an output at a rail is repeated with smaller inputs.

Plain NumPy twin of `models.executor`'s; aihwkit's iterative bound management
(rpu_forward_backward_pass.cpp) with reductions that are shifts of the input codes.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.number import Integers, code_limit
from models.section import Tile

Reals = npt.NDArray[np.float64]
#: Reads rows of codes: takes codes, the rows' places in the batch and the attempt's number.
Read = Callable[[Reals, Integers, int], Integers]
#: Makes the dither of halved codes: takes the rows' places in the batch and the attempt's number.
Dither = Callable[[Integers, int], Reals | None]

#: aihwkit's defaults: max_bm_factor, two bits of max_bm_res = 1/4, nm_assumed_wmax.
BOUND_FACTOR, BOUND_BITS, BOUND_WEIGHT = 1000, 2, 0.6


class BoundManagement(NamedTuple):
    """When a read is repeated: up to `most` halvings; `jump`: the first to the worst case.

    `low` and `high` are the rails in output codes; `load` is the largest sum of input codes of one
    sign times the assumed weight that stays within the nearer of them.
    """

    most: int
    jump: bool
    low: float
    high: float
    load: float
    dac_limit: float


def make_bound(tile: Tile, low: float, high: float, adc_lsb: float) -> BoundManagement:
    """Return the bound management of a tile; without it `most` is 0."""
    factor = BOUND_FACTOR if tile.bound_factor is None else tile.bound_factor
    bits = BOUND_BITS if tile.bound_bits is None else tile.bound_bits
    weight = BOUND_WEIGHT if tile.bound_weight is None else tile.bound_weight
    most = min(factor.bit_length() - 1, tile.dac.bits - bits)
    return BoundManagement(
        most=0 if tile.bound_management == "none" else most,
        jump=tile.bound_management == "iterative-worst-case",
        low=low,
        high=high,
        load=min(-low, high) * adc_lsb / weight,
        dac_limit=float(code_limit(tile.dac.bits)),
    )


def worst_shift(codes: Reals, bound: BoundManagement) -> Integers:
    """Return the halvings after which no sum can reach a rail, 1..most, for each vector."""
    load = np.maximum(np.maximum(codes, 0.0).sum(axis=1), -np.minimum(codes, 0.0).sum(axis=1))
    shift = np.ones(len(codes), np.int64)
    while (more := (shift < bound.most) & (load > np.ldexp(bound.load, shift))).any():
        shift += more
    return shift


def halved(codes: Reals, shift: Integers, bound: BoundManagement, dither: Reals | None) -> Reals:
    """Return codes over 2^shift, rounded as the DAC rounds."""
    parts = codes / np.ldexp(1.0, shift)[:, None]
    found = np.rint(parts) if dither is None else np.floor(parts + dither)
    return np.clip(found, -bound.dac_limit, bound.dac_limit)


def managed(
    codes: Reals, bound: BoundManagement, read: Read, dither: Dither
) -> tuple[Integers, Integers, Integers]:
    """Read each vector until no output is at a rail or the inputs are as small as allowed.

    Returns
    -------
    outputs, shift, retries
        Codes of the last attempt, shape (n, outputs); halvings it was read with and attempts beyond
        the first, shape (n,). An output stands for its code times 2^shift.
    """
    everyone = np.arange(len(codes))
    outputs = read(codes, everyone, 0)
    shift, retries = np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
    attempt = 0
    while bound.most:
        clipped = ((outputs >= bound.high) | (outputs <= bound.low)).any(axis=1)
        again = np.flatnonzero(clipped & (shift < bound.most) & (retries == attempt))
        if not len(again):
            break
        attempt += 1
        jump = bound.jump and attempt == 1
        shift[again] = worst_shift(codes[again], bound) if jump else shift[again] + 1
        retries[again] = attempt
        smaller = halved(codes[again], shift[again], bound, dither(again, attempt))
        outputs[again] = read(smaller, again, attempt)
    return outputs, shift, retries
