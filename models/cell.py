"""Weights made of several devices, each with a state and responses of its own.

    w = gamma_0 h_0 + gamma_1 h_1 + ...        in float32, in this order, clipped to +-2^e,
                                               rounded to the weight grid

`vector`: every h is a device's g, with its significance gamma (aihwkit, VectorUnitCell). `pair`:
h_0 = g+ and h_1 = -g-, each with a step in one direction alone, that which raises g: a coincidence
up raises g+, one down raises g- (aihwkit, OneSidedUnitCell). The states of all devices lie on the
grid of the weight. Where a learning rule has several arrays, W = sum of gamma_n W^(n), the devices
are those of array after array, each a cell. `models.combining` is the compiled twin.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from models.algorithm.base import ALONE, Arrangement
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
from models.key import draw, fold
from models.moving import moved, update_key
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
    per
        Devices of one array: D, or less where a learning rule has several.
    gamma
        Factor of each state in the weight of each view, shape (V, D).
    own_gamma
        Factor of each device in the weight of its array, shape (per,).
    gradient
        Array that updates pulse, for each view.
    start
        Arrays that hold the initial weights.
    batch
        Samples of a mini-batch, which the views take in turn.
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
    per: int
    gamma: Floats
    own_gamma: Floats
    gradient: tuple[int, ...]
    start: tuple[int, ...]
    batch: int
    policy: Policy
    first: int
    retentions: tuple[Retention | None, ...]
    paired: bool
    refresh: Refresh | None

    @property
    def exponent(self) -> int:
        """The e of the grid."""
        return self.devices[0].exponent

    @property
    def arrays(self) -> int:
        """Arrays of the learning rule."""
        return len(self.devices) // self.per

    @property
    def views(self) -> int:
        """Views of the arrays: 1 without replicas."""
        return len(self.gamma)

    def view(self, sample: int) -> int:
        """Return the view that a sample passes through."""
        return sample % self.batch % self.views

    def chosen(self, sample: int, array: int) -> range:
        """Return the numbers of the devices that an update of a sample pulses in an array."""
        count, first = self.per, self.per * array
        if self.policy == "all":
            return range(first, first + count)
        one = self.first
        if self.policy == "sequential":
            one = (self.first + sample) % count
        elif self.policy == "random":
            word = draw(fold(self.place.seed, self.place.tile, CHOICE), sample)
            one = int(word >> np.uint64(33)) * count >> 31
        return range(first + one, first + one + 1)

    def combine(self, states: Floats, view: int = 0) -> Floats:
        """Return the weights of states, as one view reads them."""
        own = self.gamma[view]
        total = own[0] * states[0]
        for gamma, state in zip(own[1:], states[1:], strict=True):
            total = total + gamma * state
        return to_grid(within(total, self.exponent), self.exponent)

    def combine_all(self, states: Floats) -> Floats:
        """Return the weights of all views, shape (V, rows, columns)."""
        return np.stack([self.combine(states, view) for view in range(self.views)])

    def mean(self, weights: Floats) -> Floats:
        """Return the mean of all views' weights, on the grid."""
        total = weights[0]
        for own in weights[1:]:
            total = total + own
        return to_grid(total / np.float32(len(weights)), self.exponent)

    def array_weights(self, states: Floats, array: int) -> Floats:
        """Return the weights of one array, which a transfer reads."""
        first = array * self.per
        total = self.own_gamma[0] * states[first]
        for gamma, state in zip(
            self.own_gamma[1:], states[first + 1 : first + self.per], strict=True
        ):
            total = total + gamma * state
        return to_grid(within(total, self.exponent), self.exponent)

    def split(self, weights: Floats) -> Floats:
        """Return the states that weights are programmed to, each within its device's bounds.

        A pair holds a positive weight in g+, a negative one in g-; the devices of a vector all
        take the weight over the sum of their significances. Each array of `start` holds it all.
        """
        none = np.float32(0.0)
        shares = [np.zeros_like(weights)] * len(self.devices)
        own = [weights / self.own_gamma.sum()] * self.per
        if self.paired:
            own = [np.maximum(weights, none), np.minimum(weights, none)]
        for array in self.start:
            shares[array * self.per : (array + 1) * self.per] = own
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
            for number in self.chosen(pulse, 0):
                own, up = self.devices[number], np.full(shape[1:], pulse < pulses)
                key = update_key(own, self.place._replace(number=number).key(Op.UPDATE), pulse)
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


def _exponent(paired: bool, gamma: Floats, drawn: list[DeviceArray]) -> int:
    """Return the e of a grid for the states and for the weights."""
    highs = np.array([one.w_max.astype(float) for one in drawn])
    lows = np.array([one.w_min.astype(float) for one in drawn])
    if paired:  # the second is held with its minus
        highs[1::2], lows[1::2] = -lows[1::2], -highs[1::2]
    high, low = np.tensordot(gamma, highs, 1), np.tensordot(gamma, lows, 1)
    return max(grid_exponent(high, low), *(one.exponent for one in drawn))


def _refresh(device: Device, cell: Cell) -> Refresh | None:
    every, high, low = cell.refresh_every, cell.refresh_upper, cell.refresh_lower
    if every is None or high is None or low is None:
        return None
    return Refresh(every, high * device.w_max, low * device.w_max, device.dw_min)


def draw_cell(device: Device, place: Place, arrangement: Arrangement = ALONE) -> UnitCell | None:
    """Return the devices of a tile's weights; None where every weight is one device.

    Device 0 is drawn as one that stands alone; the others have keys of their own.
    """
    cell, per = device.cell, 1 if device.cell is None else device.cell.count
    count = per * arrangement.arrays
    if count == 1:
        return None
    own = np.ones(1) if cell is None or per == 1 else np.array(cell.gammas)
    gamma = np.stack([np.outer(view, own).ravel() for view in arrangement.gamma])
    paired = cell is not None and cell.kind == "pair"
    places = [place._replace(number=number) for number in range(count)]
    drawn = [draw_devices(device, *one) for one in places]
    exponent = max(_exponent(paired, view, drawn) for view in gamma)
    devices = [draw_devices(device, *one, exponent=exponent) for one in places]
    if paired:
        devices = [
            mirrored(one_way(one)) if n % 2 else one_way(one) for n, one in enumerate(devices)
        ]
    return UnitCell(
        place=place,
        devices=tuple(devices),
        per=per,
        gamma=gamma.astype(np.float32),
        own_gamma=own.astype(np.float32),
        gradient=arrangement.gradient,
        start=arrangement.start,
        batch=arrangement.batch,
        policy=(cell and cell.policy) or "all",
        first=(cell and cell.first) or 0,
        retentions=tuple(make_retention(device, one) for one in places),
        paired=paired,
        refresh=None if cell is None else _refresh(device, cell),
    )
