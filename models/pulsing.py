"""What the compiled update looks up of `[tile.update]`, packed."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.key import fold
from models.lfsr import LfsrBank
from models.network import Network
from models.pulse import DRAWN, RANDOM
from models.register import turn
from models.seed import COLUMNS, ROWS

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]

#: Pulse types as compiled code knows them.
TYPES = {"lfsr": 0, "random": 1, "deterministic": 2, "binomial": 3, "ideal": 4}


class Pulsing(NamedTuple):
    """The keys of `[tile.update]` and what follows from them; registers' maps, keys by tile.

    `slot_step` and `leap` are turned; `row_turned`, `column_turned`: `LfsrBank.turned_masks` of all
    tiles, shape (bits of a register, lines).
    """

    kind: int
    counted: bool
    bl: int
    comparator_bits: int
    managed: bool
    bl_managed: bool
    grad_scale: float
    fixed: bool
    shared: bool
    slot_step: Words
    leap: Words
    row_turned: Numbers
    column_turned: Numbers
    row_key: Words
    column_key: Words
    count_key: Words
    dw_min: float


def side_by_side(banks: list[LfsrBank]) -> Numbers:
    """Return the turned masks of all lines, shape (bits of a register, lines)."""
    return np.concatenate([bank.turned_masks for bank in banks], axis=1)


def pack_pulsing(network: Network, banks: list[tuple[LfsrBank, LfsrBank]]) -> Pulsing:
    """Return the packed pulse trains of a network; `banks` holds both sides' of each tile."""
    update, seed = network.design.tile.update, network.design.run.seed
    first = banks[0][0]

    def keys(kind: int) -> Words:
        return np.array([fold(seed, n, kind) for n in range(len(banks))], np.uint64)

    return Pulsing(
        kind=TYPES[update.pulse_type],
        counted=network.design.run.count_pulses,
        bl=update.bl,
        comparator_bits=update.comparator_bits,
        managed=update.update_management,
        bl_managed=update.update_bl_management,
        grad_scale=update.um_grad_scale,
        fixed=update.fixed_bl,
        shared=update.lfsr_sharing == "side",
        slot_step=np.array(turn(first.slot_step), np.uint64),
        leap=np.array(turn(first.leap), np.uint64),
        row_turned=side_by_side([rows for rows, _ in banks]),
        column_turned=side_by_side([columns for _, columns in banks]),
        row_key=keys(RANDOM[ROWS]),
        column_key=keys(RANDOM[COLUMNS]),
        count_key=keys(DRAWN),
        dw_min=network.design.device.dw_min,
    )
