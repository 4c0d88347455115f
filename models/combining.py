"""Compiled unit cells: which devices an update pulses, and the weight they make together.

`models.cell.UnitCell` is the plain twin, equal bit for bit.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

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
    """The unit cells of all tiles, of so many devices each; 1 where a weight is one device.

    `gamma`, shape (devices,), and `coefficients`, shape (devices, C): of each device; `key`, shape
    (tiles, devices): of its steps; `choice`, shape (tiles,): of a random device an update.
    """

    devices: int
    policy: int
    first: int
    gamma: npt.NDArray[np.float32]
    coefficients: npt.NDArray[np.float32]
    refreshing: Refreshing
    key: npt.NDArray[np.uint64]
    choice: npt.NDArray[np.uint64]


def pack_combining(bars: list[Crossbar]) -> Combining:
    """Return the unit cells of a network's tiles, in the order of their numbers."""
    cell, members = bars[0].cell, bars[0].members
    places = [(bar.config.seed, bar.config.index) for bar in bars]
    keys = [[device_key(*at, Op.UPDATE, number) for number in range(len(members))] for at in places]
    return Combining(
        devices=len(members),
        policy=_ALL if cell is None else POLICIES.index(cell.policy),
        first=0 if cell is None else cell.first,
        gamma=np.ones(1, np.float32) if cell is None else cell.gamma,
        coefficients=np.stack([own.coefficients for own in members]),
        refreshing=pack_refreshing(bars),
        key=np.array(keys, np.uint64),
        choice=np.array([fold(*at, CHOICE) for at in places], np.uint64),
    )


@inner
def choose(combining: Packed, tile: int, k: int) -> Any:
    """Return the first and the last but one of the devices that update `k` of a tile pulses."""
    count, one = combining.devices, combining.first
    if combining.policy == _ALL:
        return np.int64(0), count
    if combining.policy == _SEQUENTIAL:
        one = (one + k) % count
    elif combining.policy == _RANDOM:
        word = draw(combining.choice[tile], np.uint64(k))
        one = (np.int64(word >> _S33) * count) >> _S31
    return one, one + 1
