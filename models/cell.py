"""Unit cells: a weight made of several devices, each with a state and responses of its own.

    w = gamma_0 h_0 + gamma_1 h_1 + ...        in float32, in this order, clipped to +-2^e,
                                               rounded to the weight grid

`vector`: every h is a device's g, with its significance gamma (aihwkit, VectorUnitCell). `pair`:
h_0 = g+ and h_1 = -g-, each with a step in one direction alone, that which raises g: a coincidence
up raises g+, one down raises g- (aihwkit, OneSidedUnitCell). The states of all devices lie on the
grid of the weight. `models.combining` is the compiled twin.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from models.device.array import (
    GAMMA_DOWN,
    GAMMA_UP,
    OFFSET_DOWN,
    OFFSET_UP,
    RATE_DOWN,
    RATE_UP,
    SCALE_DOWN,
    SCALE_UP,
    W_MAX,
    W_MIN,
    DeviceArray,
    Floats,
    to_grid,
)
from models.device.cell import Cell, Policy
from models.device.draw import Place, draw_devices, grid_exponent
from models.device.kind import CHOICE
from models.device.retention import Retention, make_retention, retain
from models.device.section import Device
from models.key import draw, extend, fold
from models.moving import moved
from models.schedule import Op
from models.writing import within

#: The plane of the other direction, for each that has one.
OTHER = {
    OFFSET_UP: OFFSET_DOWN,
    RATE_UP: RATE_DOWN,
    SCALE_UP: SCALE_DOWN,
    GAMMA_UP: GAMMA_DOWN,
}


class Refresh(NamedTuple):
    """When pairs are reset and written anew: `models.refreshing`.

    Every so many updates, where the larger device is above `high` and the other above `low`, with
    one pulse for each `dw_min` of their difference.
    """

    every: int
    high: float
    low: float
    dw_min: float


@dataclass(frozen=True)
class UnitCell:
    """The unit cells of one tile; states have shape (D, rows, columns).

    Parameters
    ----------
    place
        Where they stand; its number is 0.
    devices
        The D devices of each, on one grid; the second of a pair mirrored, h = -g.
    gamma
        Factor of each state in the weight, shape (D,).
    policy, first
        Which devices an update pulses, and the only or first one.
    retentions
        What each device does by itself; None where it stays.
    paired
        Whether they are pairs: a device for each direction.
    refresh
        When pairs are refreshed; None if never.
    """

    place: Place
    devices: tuple[DeviceArray, ...]
    gamma: Floats
    policy: Policy
    first: int
    retentions: tuple[Retention | None, ...]
    paired: bool
    refresh: Refresh | None

    @property
    def exponent(self) -> int:
        """The e of the grid."""
        return self.devices[0].exponent

    def chosen(self, sample: int) -> range:
        """Return the numbers of the devices that the update of a sample pulses."""
        count = len(self.devices)
        if self.policy == "all":
            return range(count)
        one = self.first
        if self.policy == "sequential":
            one = (self.first + sample) % count
        elif self.policy == "random":
            word = draw(fold(self.place.seed, self.place.tile, CHOICE), sample)
            one = int(word >> np.uint64(33)) * count >> 31
        return range(one, one + 1)

    def combine(self, states: Floats) -> Floats:
        """Return the weights of states."""
        total = self.gamma[0] * states[0]
        for gamma, state in zip(self.gamma[1:], states[1:], strict=True):
            total = total + gamma * state
        return to_grid(within(total, self.exponent), self.exponent)

    def split(self, weights: Floats) -> Floats:
        """Return the states that weights are programmed to, each within its device's bounds.

        A pair holds a positive weight in g+, a negative one in g-; the devices of a vector all
        take the weight over the sum of their significances.
        """
        if self.paired:
            shares = [np.maximum(weights, np.float32(0.0)), np.minimum(weights, np.float32(0.0))]
        else:
            shares = [weights / self.gamma.sum()] * len(self.devices)
        found = [
            to_grid(np.minimum(np.maximum(share, one.w_min), one.w_max), self.exponent)
            for share, one in zip(shares, self.devices, strict=True)
        ]
        return np.stack(found)

    def pulsed(self, pulses: int) -> Iterator[Floats]:
        """Yield the weights before the first pulse and after each: `pulses` up, then as many down.

        A pair starts with both devices at 0, a vector with each at its lower bound. A pulse is an
        update of the tile with one coincidence each, of samples 0, 1, ...
        """
        shape = (len(self.devices), self.place.rows, self.place.columns)
        lowest = np.stack([own.w_min for own in self.devices])
        states = self.split(np.zeros(shape[1:], np.float32)) if self.paired else lowest
        one = np.ones(shape[1:], np.int64)
        yield self.combine(states)
        for pulse in range(2 * pulses):
            for number in self.chosen(pulse):
                key = extend(self.place._replace(number=number).key(Op.UPDATE), pulse)
                up = np.full(shape[1:], pulse < pulses)
                own = self.devices[number]
                states[number] = moved(own, states[number], one, up, False, key)
            yield self.combine(states)

    def age(self, states: Floats, step: int) -> None:
        """Carry the states over lazy step 0, 1, ... of their retention, in place."""
        for number, (devices, own) in enumerate(zip(self.devices, self.retentions, strict=True)):
            if own is not None:
                place = self.place._replace(number=number)
                states[number] = retain(states[number], devices, own, place, step)


def one_way(devices: DeviceArray) -> DeviceArray:
    """Return devices that steps down leave where they are."""
    planes = devices.planes.copy()
    for plane in (OFFSET_DOWN, RATE_DOWN, SCALE_DOWN):
        if plane < len(planes):
            planes[plane] = np.float32(0.0)
    return replace(devices, planes=planes)


def mirrored(devices: DeviceArray) -> DeviceArray:
    """Return the same devices in h = -g: bounds, directions and coefficients change places.

    Up, g moves by f(offset_up - rate_up g); so h moves down by f(offset_up + rate_up h).
    """
    planes = devices.planes.copy()
    for one, other in OTHER.items():
        if other < len(planes):
            planes[[one, other]] = planes[[other, one]]
    none = np.float32(0.0)
    planes[W_MAX], planes[W_MIN] = none - devices.w_min, none - devices.w_max
    half = len(devices.coefficients) // 2
    return replace(devices, planes=planes, coefficients=np.roll(devices.coefficients, half))


def _exponent(cell: Cell, drawn: list[DeviceArray]) -> int:
    """Return the e of a grid for the states and for the weights."""
    highs = [one.w_max.astype(float) for one in drawn]
    lows = [one.w_min.astype(float) for one in drawn]
    if cell.kind == "pair":
        high, low = highs[0] - lows[1], lows[0] - highs[1]
    else:
        gammas = np.array(cell.gammas)
        high, low = np.tensordot(gammas, highs, 1), np.tensordot(gammas, lows, 1)
    return max(grid_exponent(high, low), *(one.exponent for one in drawn))


def _refresh(device: Device, cell: Cell) -> Refresh | None:
    every, high, low = cell.refresh_every, cell.refresh_upper, cell.refresh_lower
    if every is None or high is None or low is None:
        return None
    return Refresh(every, high * device.w_max, low * device.w_max, device.dw_min)


def draw_cell(device: Device, place: Place) -> UnitCell | None:
    """Return the unit cells of a tile; None where every weight is one device.

    Device 0 is drawn as one that stands alone; the others have keys of their own.
    """
    cell = device.cell
    if cell is None or cell.count == 1:
        return None
    places = [place._replace(number=number) for number in range(cell.count)]
    exponent = _exponent(cell, [draw_devices(device, *one) for one in places])
    devices = [draw_devices(device, *one, exponent=exponent) for one in places]
    if cell.kind == "pair":
        devices = [one_way(devices[0]), mirrored(one_way(devices[1]))]
    return UnitCell(
        place=place,
        devices=tuple(devices),
        gamma=np.array(cell.gammas, np.float32),
        policy=cell.policy or "all",
        first=cell.first or 0,
        retentions=tuple(make_retention(device, one) for one in places),
        paired=cell.kind == "pair",
        refresh=_refresh(device, cell),
    )
