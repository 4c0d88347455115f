"""A device measured as a laboratory would: drawn many times, pulsed, and read."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.cell import draw_cell
from models.device.draw import Place, draw_devices
from models.device.pair import Drag, Pairs, measure_drag, measure_pairs
from models.device.section import Device
from models.device.spread import Band, Spread, mean_steps, measure_spread
from models.device.symmetry import symmetric_point
from models.device.train import Progress, Train, default_pulses, pulse_train, silent

Reals = npt.NDArray[np.float64]

#: Devices drawn, unless told.
DEVICES = 400
#: Weights of the curves against the weight: of steps, and of pairs.
STEP_WEIGHTS, PAIR_WEIGHTS = 61, 25


@dataclass(frozen=True)
class Point:
    """Symmetric points: the share of devices that have one, their mean and standard deviation."""

    share: float
    mean: float
    spread: float


@dataclass(frozen=True)
class Measurement:
    """Drawn devices and what pulses do to them; weights normalised, spreads relative.

    `bounds`: mean and standard deviation of the upper bound, then of the lower. `reference`: the
    weight from which `rise` and `fall`, single steps up and down, were measured: 0, or the middle
    of the range where 0 is at its edge. `weight`: where `up` and `down`, mean steps without noise,
    were; `pairs` and `drag` as in `models.device.pair`, around the symmetric point, or around
    `reference` where no device has one.
    """

    device: Device
    devices: int
    seed: int
    bounds: tuple[tuple[float, float], tuple[float, float]]
    train: Train
    point: Point
    reference: float
    rise: Spread
    fall: Spread
    weight: Reals
    up: Band
    down: Band
    pairs: Pairs
    drag: Drag


def _point(points: Reals) -> Point:
    found = points[~np.isnan(points)]
    if not len(found):
        return Point(0.0, float("nan"), float("nan"))
    return Point(len(found) / points.size, float(found.mean()), float(found.std()))


def measure(
    device: Device,
    devices: int = DEVICES,
    pulses: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Measurement:
    """Return the measurement of a device, drawn `devices` times: the first row of tile 0.

    In cells of several devices the train is that of the weight, all else of the first device alone.

    Parameters
    ----------
    pulses
        Pulses up, then as many down; by default as many as the device has states, 8 at least and
        10,000 at most.
    seed
        Root of every draw, as of a run.
    progress
        Called with the number of pulses so far.
    """
    drawn = draw_devices(device, 1, devices, seed, 0)
    cell = draw_cell(device, Place(1, devices, seed, 0))
    pulsed = drawn if cell is None else cell
    train = pulse_train(pulsed, pulses or default_pulses(device), seed, progress=progress)
    low, high = float(np.median(drawn.w_min)), float(np.median(drawn.w_max))
    reference = 0.0 if low < 0 < high else (low + high) / 2
    points = symmetric_point(drawn)
    point = _point(points)
    weight = np.linspace(low, high, STEP_WEIGHTS)
    center = points if point.share else np.full(points.shape, reference)
    return Measurement(
        device=device,
        devices=devices,
        seed=seed,
        bounds=(_bound(drawn.w_max), _bound(drawn.w_min)),
        train=train,
        point=point,
        reference=reference,
        rise=measure_spread(drawn, reference, True, seed),
        fall=measure_spread(drawn, reference, False, seed),
        weight=weight,
        up=mean_steps(drawn, weight, True),
        down=mean_steps(drawn, weight, False),
        pairs=measure_pairs(drawn, np.linspace(low, high, PAIR_WEIGHTS), seed),
        drag=measure_drag(drawn, center, seed),
    )


def _bound(bounds: npt.NDArray[np.float32]) -> tuple[float, float]:
    return float(bounds.mean(dtype=np.float64)), float(bounds.std(dtype=np.float64))
