"""What the compiled update looks up of `[tile.update]`, packed."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.key import fold
from models.lfsr import LfsrBank
from models.network import Network
from models.pulse import DRAWN, RANDOM
from models.seed import COLUMNS, ROWS

Words = npt.NDArray[np.uint64]

#: Pulse types as compiled code knows them.
TYPES = {"lfsr": 0, "random": 1, "deterministic": 2, "binomial": 3, "ideal": 4}


class Pulsing(NamedTuple):
    """The keys of `[tile.update]` and what follows from them; registers' maps, keys by tile.

    `row_masks`, `column_masks`: `LfsrBank.line_masks` of all tiles, shape (bits, lines).
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
    row_masks: Words
    column_masks: Words
    row_key: Words
    column_key: Words
    count_key: Words
    dw_min: float


def by_bits(banks: list[LfsrBank]) -> Words:
    """Return the masks of all lines side by side, shape (bits, lines)."""
    return np.ascontiguousarray(np.concatenate([bank.line_masks for bank in banks]).T)


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
        slot_step=np.array(first.slot_step, np.uint64),
        leap=np.array(first.leap, np.uint64),
        row_masks=by_bits([rows for rows, _ in banks]),
        column_masks=by_bits([columns for _, columns in banks]),
        row_key=keys(RANDOM[ROWS]),
        column_key=keys(RANDOM[COLUMNS]),
        count_key=keys(DRAWN),
        dw_min=network.design.device.dw_min,
    )
