"""The draw of a tile's devices: every number from a key, so made once and never stored."""

from math import ceil, log2
from typing import NamedTuple

import numpy as np

from models.device import (
    asymmetric_linear,
    constant_step,
    linear_step,
    shifted_linear,
    soft_bounds,
    soft_bounds_reference,
)
from models.device.array import DeviceArray, Floats, to_grid
from models.device.family import Family
from models.device.kind import ASYMMETRY, LOWER, STEP, UPPER
from models.device.response import Drawn, Reals, Respond, Response, Shape
from models.device.section import Device
from models.key import draw, extend, fold, wide_normal

RESPONSES: dict[Family, Respond] = {
    "constant-step": constant_step.respond,
    "linear-step": linear_step.respond,
    "soft-bounds": soft_bounds.respond,
    "soft-bounds-reference": soft_bounds_reference.respond,
    "asymmetric-linear": asymmetric_linear.respond,
    "shifted-linear": shifted_linear.respond,
}


class Place(NamedTuple):
    """Where the devices of a tile stand: its size, the run's seed and the tile's number."""

    rows: int
    columns: int
    seed: int
    tile: int

    def normal(self, kind: int) -> Reals:
        """Return a standard normal a device, of `keyed_normal`, in float64."""
        return keyed_normal((self.rows, self.columns), self.seed, self.tile, kind).astype(float)


def keyed_normal(shape: tuple[int, int], seed: int, tile: int, kind: int) -> Floats:
    """Return a standard normal a device: keyed by (seed, tile, kind, row), counted by column."""
    rows = extend(fold(seed, tile, kind), np.arange(shape[0]))
    return wide_normal(draw(rows[:, None], np.arange(shape[1])[None, :]))


def _scales(device: Device, place: Place) -> tuple[Reals, Reals]:
    """Return the steps up and down, rounded to float32, 0 at least."""
    gain = 1.0 + device.dw_min_dtod * place.normal(STEP)
    tilt = device.up_down_dtod * place.normal(ASYMMETRY)
    up_bias, down_bias = min(device.up_down, 0.0), -max(device.up_down, 0.0)
    up = np.maximum((gain + tilt + up_bias) * device.dw_min, 0.0)
    down = np.maximum((gain - tilt + down_bias) * device.dw_min, 0.0)
    return up.astype(np.float32).astype(float), down.astype(np.float32).astype(float)


def _bounds(device: Device, place: Place) -> tuple[Reals, Reals]:
    """Return the bounds w_max (1 + w_max_dtod xi), 0 or above, and w_min alike, 0 or below."""
    upper = 1.0 + device.w_max_dtod * place.normal(UPPER)
    lower = 1.0 + device.w_min_dtod * place.normal(LOWER)
    return np.maximum(device.w_max * upper, 0.0), np.minimum(device.w_min * lower, 0.0)


def _reference(device: Device, drawn: Drawn) -> Reals:
    match device.family:
        case "soft-bounds-reference":
            return soft_bounds_reference.reference(device, drawn)
        case "asymmetric-linear":
            return asymmetric_linear.reference(device, drawn)
    return np.zeros_like(drawn.upper)


def _planes(found: Response, reference: Reals, w_max: Floats, w_min: Floats, bare: bool) -> Floats:
    """Return the planes of a response to v as one to the weight w = v - reference."""
    planes = [
        found.offset_up - found.rate_up * reference,
        found.rate_up,
        found.offset_down + found.rate_down * reference,
        found.rate_down,
        w_max,
        w_min,
    ]
    if not bare:
        planes += [found.scale_up, found.scale_down]
    return np.stack([np.asarray(plane, np.float32) for plane in planes])


def draw_devices(device: Device, rows: int, columns: int, seed: int, tile: int) -> DeviceArray:
    """Return the devices of one tile.

    Steps are dw_min (1 + dw_min_dtod xi +- up_down_dtod xi') and 0 at least, bounds w_max (1 +
    w_max_dtod xi) and 0 at least (aihwkit, PulsedDevice; the clip is ours). What the family draws
    beside is in its own file.
    """
    place = Place(rows, columns, seed, tile)
    scale_up, scale_down = _scales(device, place)
    upper, lower = _bounds(device, place)
    reference = _reference(device, Drawn(scale_up, scale_down, upper, lower, place.normal))
    high, low = upper - reference, lower - reference
    exponent = ceil(log2(max(float(np.abs([high, low]).max()), 2.0**-20)))
    w_max, w_min = to_grid(high, exponent), to_grid(low, exponent)
    drawn = Drawn(scale_up, scale_down, w_max + reference, w_min + reference, place.normal)
    found = RESPONSES[device.family](device, drawn)
    additive = device.mult_noise is False
    bare = found.shape is Shape.LINEAR and not additive
    return DeviceArray(
        shape=found.shape,
        additive=additive,
        planes=_planes(found, reference, w_max, w_min, bare),
        coefficients=np.array(found.coefficients, np.float32),
        noise=np.float32(device.dw_min_std),
        exponent=exponent,
    )
