"""Trains of pulses on drawn devices: as many up from the lower bound, then as many down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from models.cell import UnitCell
from models.device.array import DeviceArray, Floats, to_grid
from models.device.section import Device
from models.jitter import device_states, numbers, update_state
from models.key import draw, extend, fold, normal
from models.schedule import Op

Reals = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Progress = Callable[[int], None]

#: Points of a curve that are kept for each direction, at most.
POINTS = 100
#: Pulses of a direction that are taken unless told, at least and at most.
FEWEST, MOST = 8, 10_000
#: Percentiles around the middle that hold as much as one standard deviation of a normal.
LOW, HIGH = 16, 84


@dataclass(frozen=True)
class Train:
    """Weight against pulse number.

    `pulse`, shape (points,): number of pulses so far, 0 .. 2 `pulses`, up to the middle, then down.
    `mean`, `low`, `high`: mean of all devices and their 16th and 84th percentile. `singles`, shape
    (devices shown, points): the first few devices.
    """

    pulses: int
    pulse: Integers
    mean: Reals
    low: Reals
    high: Reals
    singles: Reals


def default_pulses(device: Device) -> int:
    """Return the pulses of a direction: as many as the device has states, within limits."""
    return min(max(ceil(device.state_count - 1e-6), FEWEST), MOST)


def silent(pulse: int) -> None:
    """Tell nobody."""
    del pulse


def pulse_weights(devices: DeviceArray, pulses: int, seed: int, tile: int) -> Iterator[Floats]:
    """Yield the weights of one row of devices before the first pulse and after each.

    Every device starts at its own lower bound. A pulse is an update of the tile with one
    coincidence each, of samples 0, 1, ...: the noise, its keys and the rounding to the grid are
    those of `models.crossbar.Crossbar.step`.
    """
    w = devices.w_min.copy()
    key, columns = fold(seed, tile, Op.UPDATE), np.arange(w.shape[1])[None, :]
    half = np.uint64(32) * (columns & 1).astype(np.uint64)
    yield w
    for pulse in range(2 * pulses):
        if devices.jittered:
            xi = numbers(device_states(update_state(key, pulse), 1, w.shape[1]))
        else:
            xi = normal(draw(extend(extend(key, pulse), 0), columns >> 1) >> half)
        w = to_grid(devices.move(w, pulse < pulses, xi), devices.exponent)
        yield w


def pulse_train(
    devices: DeviceArray | UnitCell,
    pulses: int,
    seed: int,
    singles: int = 5,
    progress: Progress = silent,
) -> Train:
    """Return the response of one row of devices, or of cells, to `pulses` up, then `pulses` down.

    Parameters
    ----------
    devices
        Devices of shape (1, N), those of tile 0; or cells, whose weight is shown.
    singles
        Devices shown by themselves.
    progress
        Called with the number of pulses at each point that is kept.
    """
    rising = np.unique(np.rint(np.linspace(0, pulses, min(pulses, POINTS) + 1)).astype(np.int64))
    kept = np.concatenate([rising, 2 * pulses - rising[-2::-1]])
    wanted, rows = set(kept.tolist()), []
    if isinstance(devices, UnitCell):
        steps = devices.pulsed(pulses)
    else:
        steps = pulse_weights(devices, pulses, seed, 0)
    for pulse, w in enumerate(steps):
        if pulse in wanted:
            rows.append(w[0].astype(np.float64))
            progress(pulse)
    weights = np.stack(rows)
    low, high = np.percentile(weights, [LOW, HIGH], axis=1)
    return Train(pulses, kept, weights.mean(axis=1), low, high, weights[:, :singles].T)
