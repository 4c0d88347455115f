"""Compiled unit cells: which devices an update pulses, and the weight they make together.

`models.cell.UnitCell` is the plain twin, equal bit for bit.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from models.cell import UnitCell
from models.crossbar import Crossbar
from models.device.cell import POLICIES
from models.device.kind import CHOICE, device_key
from models.kernel import draw, inner
from models.key import fold
from models.refreshing import Refreshing, pack_refreshing
from models.schedule import Op

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any

_ALL, _SEQUENTIAL, _RANDOM = (POLICIES.index(name) for name in ("all", "sequential", "random"))
_S31, _S33 = np.int64(31), np.uint64(33)


class Combining(NamedTuple):
    """The devices of all tiles' weights, so many each; `per` of them are one array's.

    `gradient`: the array that updates pulse, for each view; `silent`: whether no view sees these;
    `batch`: samples of a mini-batch. `gamma`, shape (views, devices),
    `own_gamma`, shape (per,), and `coefficients`, shape (devices, C): of each device; `key`, shape
    (tiles, devices): of its steps; `choice`, shape (tiles,): of a random device an update.
    """

    devices: int
    per: int
    gradient: npt.NDArray[np.int64]
    silent: bool
    batch: int
    policy: int
    first: int
    gamma: npt.NDArray[np.float32]
    own_gamma: npt.NDArray[np.float32]
    coefficients: npt.NDArray[np.float32]
    refreshing: Refreshing
    key: npt.NDArray[np.uint64]
    choice: npt.NDArray[np.uint64]


def _silent(cell: UnitCell) -> bool:
    """Whether no view sees an array that updates pulse."""
    arrays = cell.gamma.reshape(cell.views, cell.arrays, cell.per)
    return not arrays[:, list(cell.gradient)].any()


def pack_combining(bars: list[Crossbar]) -> Combining:
    """Return the unit cells of a network's tiles, in the order of their numbers."""
    cell, members = bars[0].cell, bars[0].members
    places = [(bar.config.seed, bar.config.index) for bar in bars]
    keys = [[device_key(*at, Op.UPDATE, number) for number in range(len(members))] for at in places]
    return Combining(
        devices=len(members),
        per=1 if cell is None else cell.per,
        gradient=np.array([0] if cell is None else cell.gradient, np.int64),
        silent=cell is not None and _silent(cell),
        batch=1 if cell is None else cell.batch,
        policy=_ALL if cell is None else POLICIES.index(cell.policy),
        first=0 if cell is None else cell.first,
        gamma=np.ones((1, 1), np.float32) if cell is None else cell.gamma,
        own_gamma=np.ones(1, np.float32) if cell is None else cell.own_gamma,
        coefficients=np.stack([own.coefficients for own in members]),
        refreshing=pack_refreshing(bars),
        key=np.array(keys, np.uint64),
        choice=np.array([fold(*at, CHOICE) for at in places], np.uint64),
    )


@inner
def choose(combining: Packed, array: int, tile: int, k: int) -> Any:
    """Return the first and the last but one of an array's devices that update `k` pulses."""
    count, one, at = combining.per, combining.first, combining.per * array
    if combining.policy == _ALL:
        return at, at + count
    if combining.policy == _SEQUENTIAL:
        one = (one + k) % count
    elif combining.policy == _RANDOM:
        word = draw(combining.choice[tile], np.uint64(k))
        one = (np.int64(word >> _S33) * count) >> _S31
    return at + one, at + one + 1
