"""The transfers of a learning rule in numbers, the same for the plain and the compiled account."""

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types

from models.algorithm.base import Give, Take, Transfer, Units
from models.algorithm.digest import give_all, take_all
from models.crossbar import Crossbar
from models.design import Design
from models.device.kind import CHOP, TRANSFER
from models.kernel import by_address
from models.key import fold
from models.lfsr import LfsrBank
from models.number import code_limit
from models.periphery import ADC_ROUNDING, INPUT_NOISE
from models.pulse import RANDOM
from models.pulsing import side_by_side
from models.rate import power_of_two
from models.schedule import Op
from models.seed import COLUMNS
from models.tile import TileConfig

Ints = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.uint32]

#: A transfer's words are those of a tile with a number of its own, so far from the tile's.
APART = 1 << 20


class Transferring(NamedTuple):
    """All transfers of all tiles; one entry a transfer unless said.

    `sources`, `targets`, shape (T, most): arrays, -1 beyond the last; `counted`: whether what is
    given are pulse counts; `gain`, shape (T, 2), and `constants`, shape (T, 2, C): before and after
    the decay of the rates. `warm`: the target of the first transfer, alone at work, in each phase
    of the warm start. `own`: digital numbers a device of every source; `memory`: of every
    transfer, what is gathered first, then those of source after source. `lsb`: an ADC code of a
    transfer's read, in input codes times unit weight; `limit`: the full input code. `step`: weight
    of one coincidence. `read_key`, shape (T, tiles, 3): of a read's noise, input noise and
    rounding; `key`, shape (T, tiles): of the steps; `word_key`: of words without registers;
    `chop_key`, shape (tiles,). `turned`: `LfsrBank.turned_masks` of the columns of all tiles,
    transfer after transfer.
    """

    number: int
    sources: Ints
    targets: Ints
    warm: Ints
    every: Ints
    columns: Ints
    counted: bool
    ideal: bool
    most: Ints
    gain: Reals
    constants: Reals
    own: int
    memory: int
    lsb: float
    limit: float
    step: float
    chop: float
    read_key: Words
    key: Words
    word_key: Words
    turned: Numbers
    chop_key: Words
    take: Any
    give: Any


@cache
def compiled_take(take: Take) -> Any:
    """Return the function compiled, called by address."""
    line, table, number = types.float64[::1], types.float64[:, ::1], types.float64
    return by_address(types.void(line, line, table, line, number, number))(take)


@cache
def compiled_give(give: Give) -> Any:
    """Return the function compiled, called by address."""
    line = types.float64[::1]
    return by_address(types.void(line, line, line))(give)


def _side_by_side(lists: list[tuple[int, ...]]) -> Ints:
    """Return lists as rows of one length, filled up with -1."""
    found = np.full((len(lists), max((len(one) for one in lists), default=0) + 1), -1, np.int64)
    for row, one in zip(found, lists, strict=True):
        row[: len(one)] = one
    return found


def apart(config: TileConfig, transfer: int) -> TileConfig:
    """Return the tile whose numbers make the words of a transfer to a tile."""
    return replace(config, index=config.index + (transfer + 1) * APART)


def units(design: Design, decay: float) -> Units:
    """Return the units of a design's transfers; `decay` is the factor of its rates."""
    lsb, dac = transfer_lsb(design), design.tile.dac.bits

    def same(value: float) -> float:
        return value

    return Units(
        code=lsb / code_limit(dac),
        step=design.device.step,
        decay=decay,
        rounded=power_of_two if design.hardware else same,
    )


def read_scale(design: Design) -> float:
    """Return the ADC rail of a transfer's read, in full input codes times unit weight."""
    return float(getattr(design.algorithm, "read_full_scale", 1.0))


def transfer_lsb(design: Design) -> float:
    """Return one ADC code of a transfer's read, in input codes times unit weight."""
    return read_scale(design) * 2.0 ** (design.tile.dac.bits - design.tile.adc.bits)


def transfer_banks(design: Design, bars: list[Crossbar]) -> list[LfsrBank]:
    """Return the columns' registers of every transfer to every tile; none where no words need them.

    Transfer after transfer, each tile after tile.
    """
    if design.tile.update.pulse_type != "lfsr":
        return []
    return [
        LfsrBank(apart(bar.config, t), COLUMNS)
        for t, transfer in enumerate(design.arrangement.transfers)
        if transfer.writes == "pulses"
        for bar in bars
    ]


def pack_transferring(design: Design, bars: list[Crossbar], banks: list[LfsrBank]) -> Transferring:
    """Return the packed transfers of a network's tiles, in the order of their numbers.

    `banks` are those of `transfer_banks`.
    """
    arrangement = design.arrangement
    found, decays = arrangement.transfers, (1.0, design.algorithm.lr_decay)
    places = [(bar.config.seed, bar.config.index) for bar in bars]
    kinds = [kind + Op.READ for kind in (0, INPUT_NOISE, ADC_ROUNDING)]
    tiles = [(t, seed, index) for t in range(len(found)) for seed, index in places]
    dac = design.tile.dac.bits

    def numbers(values: list[int]) -> Ints:
        return np.array(values, np.int64)

    def by_rate(make: Any) -> Reals:
        rows = [[make(one, units(design, decay)) for decay in decays] for one in found]
        return np.array(rows, np.float64)

    def constants(one: Transfer, own: Units) -> list[float]:
        return list(one.constants(own))

    def words(values: Any, *shape: int) -> Words:
        return np.array(values, np.uint64).reshape(len(found), len(places), *shape)

    def gain(one: Transfer, own: Units) -> float:
        return one.gain(own)

    count, own_memory = len(found), max((one.memory for one in found), default=0)
    return Transferring(
        number=count,
        sources=_side_by_side([one.sources for one in found]),
        targets=_side_by_side([one.targets for one in found]),
        warm=numbers(list(arrangement.warm)),
        every=numbers([one.every for one in found]),
        columns=numbers([one.columns for one in found]),
        counted=any(one.writes == "counts" for one in found),
        ideal=design.tile.update.pulse_type == "ideal",
        most=numbers([one.most for one in found]),
        gain=by_rate(gain).reshape(count, 2),
        constants=by_rate(constants).reshape(count, 2, -1) if count else np.zeros((0, 2, 0)),
        own=own_memory,
        memory=1 + own_memory * max((len(one.sources) for one in found), default=0),
        lsb=transfer_lsb(design),
        limit=float(code_limit(dac)),
        step=design.device.dw_min,
        chop=arrangement.chop,
        read_key=words([[fold(*at, TRANSFER, t, kind) for kind in kinds] for t, *at in tiles], 3),
        key=words([fold(*at, TRANSFER, t) for t, *at in tiles]),
        word_key=words([fold(*at, TRANSFER, t, RANDOM[COLUMNS]) for t, *at in tiles]),
        turned=side_by_side(banks) if banks else np.zeros((1, 0), np.uint32),
        chop_key=np.array([fold(*at, CHOP) for at in places], np.uint64),
        take=compiled_take(found[0].take if found else take_all),
        give=compiled_give(found[0].give if found else give_all),
    )
