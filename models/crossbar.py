"""The array of one tile behind its analog port: codes and pulse words in, codes out.

This is the plain NumPy twin; `models.kernel` holds the compiled one, equal bit for bit.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from models.bound import BoundManagement, make_bound
from models.cell import UnitCell
from models.device.array import DeviceArray, Floats, Taking, to_grid
from models.device.draw import Place
from models.device.kind import WRITE, device_key
from models.device.retention import Retention, retain
from models.key import Words, extend, fold
from models.moving import moved, update_key
from models.number import Integers
from models.periphery import (
    ADC_ROUNDING,
    INPUT_NOISE,
    Periphery,
    drooped,
    make_periphery,
    read_codes,
)
from models.pulse import PulseWords
from models.schedule import Op
from models.tile import TileConfig
from models.writing import apparent, within


@dataclass(frozen=True)
class Crossbar:
    """One crossbar array with its converters at code level.

    Parameters
    ----------
    config
        Tile geometry and widths.
    devices
        The drawn devices.
    weights
        Normalised weights G, shape (rows, columns), float32 multiples of the grid; changed in place
        by `update`.
    adc_lsb
        One ADC code in input codes times unit weight: full scale 2^(dac_bits-1) / 2^(adc_bits-1).
    noise
        Standard deviation of the read noise in input codes times unit weight.
    write_noise
        Standard deviation of `weights` about the states that updates move.
    held
        Those states, under `cell` of all devices, shape (D, rows, columns); None where they are the
        weights themselves, so without both.
    retention
        What weights do by themselves.
    cell
        The devices of each weight where it is made of several; `devices` are the first of them.
    views
        Weights of each view, shape (V, rows, columns), where a learning rule has replicas; changed
        in place by `update`.
    view
        The one of them whose weights are `weights`.
    """

    config: TileConfig
    devices: DeviceArray
    weights: Floats
    adc_lsb: float
    noise: float
    write_noise: float = 0.0
    held: Floats | None = None
    retention: Retention | None = None
    cell: UnitCell | None = None
    views: Floats | None = None
    view: int = 0

    @property
    def shown(self) -> Floats:
        """The weights that the tile stands for: where there are replicas, their mean."""
        if self.views is None or self.cell is None:
            return self.weights
        return self.cell.mean(self.views)

    def seen(self, sample: int) -> Self:
        """Return the tile as a sample passes through it."""
        if self.views is None or self.cell is None:
            return self
        view = self.cell.view(sample)
        return replace(self, weights=self.views[view], view=view)

    @property
    def members(self) -> tuple[DeviceArray, ...]:
        """The devices of each weight: one, or those of its cell."""
        return (self.devices,) if self.cell is None else self.cell.devices

    @property
    def retentions(self) -> tuple[Retention | None, ...]:
        """What each of the `members` does by itself."""
        return (self.retention,) if self.cell is None else self.cell.retentions

    @property
    def states(self) -> Floats:
        """The states that updates move: `held`, or `weights` where there are none."""
        return self.weights if self.held is None else self.held

    @property
    def recorded(self) -> Floats:
        """What tells all of the arrays: the states of several devices a weight, or the weights."""
        return self.weights if self.cell is None else self.states

    @property
    def arrays(self) -> Floats:
        """Weights of each array of the learning rule, shape (arrays, rows, columns)."""
        cell = self.cell
        if cell is None:
            return self.weights[None]
        return np.stack([cell.array_weights(self.states, n) for n in range(cell.arrays)])

    @property
    def aggregated(self) -> bool:
        """Whether devices take all coincidences of an update at once where they can."""
        return self.config.tile.update.steps == "aggregated" and all(
            one.aggregable() for one in self.members
        )

    @property
    def taking(self) -> Taking:
        """How devices take the coincidences of an update."""
        return min(one.taking(self.aggregated) for one in self.members)

    def chosen(self, sample: int, array: int | None = None) -> range:
        """Return the numbers of the devices that an update pulses in an array.

        By default it is the array of the gradient.
        """
        if self.cell is None:
            return range(1)
        return self.cell.chosen(sample, self.cell.gradient[self.view] if array is None else array)

    def with_weights(self, weights: Floats, held: Floats | None = None) -> Self:
        """Return the same tile with other weights; where they have states, `held` or those."""
        if self.held is not None and held is None:
            held = weights.copy() if self.cell is None else self.cell.split(weights)
        found = None if self.held is None else held
        return replace(self, weights=weights, held=found, views=None, view=0)

    def programmed(self, weights: Floats) -> Self:
        """Return the tile with its devices written with weights, each within its bounds."""
        if self.cell is None:
            devices = self.devices
            bounded = np.minimum(np.maximum(weights, devices.w_min), devices.w_max)
            found = to_grid(bounded, devices.exponent)
            held = None if self.held is None else found.copy()
            return replace(self, weights=found, held=held)
        states = self.cell.split(weights)
        views = None if self.views is None else self.cell.combine_all(states)
        return replace(self, weights=self.cell.combine(states), held=states, views=views)

    @cached_property
    def periphery(self) -> Periphery:
        """Constants of the tile's periphery."""
        return make_periphery(self.config.tile)

    @cached_property
    def bound(self) -> BoundManagement:
        """When the tile's controller repeats a read."""
        return make_bound(self.config.tile, self.periphery.low, self.periphery.high, self.adc_lsb)

    def read_weights(self) -> Floats:
        """Return the weights as a read sees them through the wires."""
        wire = self.periphery.wire
        return drooped(self.weights, self.devices.exponent, wire) if wire else self.weights

    def keys(self, kind: int, samples: npt.ArrayLike, attempt: npt.ArrayLike) -> Words:
        """Return the keys of a kind of draw, one a sample; `kind` includes the op's code."""
        tile = fold(self.config.seed, self.config.index, kind)
        return np.broadcast_to(extend(extend(tile, samples), attempt), np.shape(samples))

    def read(
        self,
        x: npt.ArrayLike,
        matrix: Floats,
        samples: npt.ArrayLike,
        op: Op,
        attempt: npt.ArrayLike,
    ) -> Integers:
        """Drive codes against a matrix, shape (lines, outputs): noise, exact sums, noise, ADC."""
        kinds = (op, INPUT_NOISE + op, ADC_ROUNDING + op)
        noise, inputs, rounding = (self.keys(kind, samples, attempt) for kind in kinds)
        return read_codes(
            self.periphery,
            np.asarray(x, np.float64),
            matrix,
            (noise, inputs, rounding),
            self.devices.grid,
            self.adc_lsb,
            self.noise,
        )

    def forward(
        self,
        x: npt.ArrayLike,
        samples: npt.ArrayLike,
        op: Op = Op.FORWARD,
        attempt: npt.ArrayLike = 0,
    ) -> Integers:
        """Drive the rows with codes `x`, shape (n, rows); return column codes, (n, columns).

        Every sum is exact in float64, so the result does not depend on batch, order or threads.
        `samples`, shape (n,), and `attempt` key the noise.
        """
        return self.read(x, self.read_weights(), samples, op, attempt)

    def backward(
        self,
        d: npt.ArrayLike,
        samples: npt.ArrayLike,
        op: Op = Op.BACKWARD,
        attempt: npt.ArrayLike = 0,
    ) -> Integers:
        """Drive the columns with codes `d`, shape (n, columns); return row codes, (n, rows)."""
        return self.read(d, self.read_weights().T, samples, op, attempt)

    def update(self, words: PulseWords, sample: int) -> int:
        """Apply one rank-1 pulsed update in place; return the number of coincidences.

        Device (i, j) takes popcount(xw_i & dw_j) steps, see `step`.
        """
        count = np.bitwise_count(words.xw[:, None] & words.dw[None, :])
        return self.step(count, (words.xs[:, None] ^ words.ds[None, :]) == 0, sample)

    def step(self, count: npt.NDArray[Any], up: npt.NDArray[np.bool_], sample: int) -> int:
        """Apply `count` coincidences to each weight in place, up or down; return their number.

        A device takes its steps one after another, each with its own noise, or as many at once as
        it can (`tile.update.steps`): `models.moving.moved`. In a cell every chosen device does.
        """
        states = self.states.reshape(-1, self.config.rows, self.config.columns)
        for number in self.chosen(sample):
            own = device_key(self.config.seed, self.config.index, Op.UPDATE, number)
            devices = self.members[number]
            key = update_key(devices, own, sample)
            states[number] = moved(devices, states[number], count, up, self.aggregated, key)
        self.settle(count > 0, sample)
        return int(count.sum(dtype=np.int64))

    def _combine(self) -> None:
        """Sum the states of cells up, for every view."""
        assert self.cell is not None
        if self.views is None:
            self.weights[...] = self.cell.combine(self.states)
        else:
            self.views[...] = self.cell.combine_all(self.states)

    def settle(self, written: npt.NDArray[np.bool_], sample: int) -> None:
        """Bring what reads see up to date in place: a cell's sum, or under write noise a draw."""
        if self.cell is not None:
            self._combine()
        elif self.held is not None:
            key = extend(fold(self.config.seed, self.config.index, WRITE), sample)
            seen = apparent(self.held, self.devices, self.write_noise, key)
            self.weights[...] = np.where(written, seen, self.weights)

    def age(self, updates: int) -> None:
        """Apply in place the lazy step of retention that ends after so many updates, if one does.

        What reads see follows the states: their difference stays until the device is written.
        """
        retention, config, states = self.retention, self.config, self.states
        if retention is None or updates % retention.every:
            return
        step = updates // retention.every - 1
        if self.cell is not None:
            self.cell.age(states, step)
            self._combine()
            return
        place = Place(config.rows, config.columns, config.seed, config.index)
        moved = retain(states, self.devices, retention, place, step)
        if self.held is not None:
            self.weights[...] = within(self.weights + (moved - states), self.devices.exponent)
        states[...] = moved
