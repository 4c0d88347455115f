"""The draw of a tile's devices: every number from a key, so made once and never stored."""

from math import ceil, log2
from typing import NamedTuple

import numpy as np

from models.device import (
    asymmetric_linear,
    constant_step,
    emulated,
    exponential_response,
    exponential_step,
    linear_step,
    piecewise_step,
    power_response,
    power_step,
    saturating_exponential,
    shifted_linear,
    soft_bounds,
    soft_bounds_reference,
)
from models.device.array import (
    GRID_BITS,
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
from models.device.emulated import SPARE_BITS, within_bits
from models.device.family import Family
from models.device.kind import (
    ASYMMETRY,
    FAULT,
    LOWER,
    REFERENCE,
    STEP,
    STUCK,
    UPPER,
    device_key,
)
from models.device.response import LOG2E, Drawn, Reals, Respond, Response, Shape
from models.device.section import Device
from models.device.symmetry import symmetric_point
from models.function import exp2
from models.jitter import rounded
from models.key import Words, draw, extend, uniform, wide_normal

RESPONSES: dict[Family, Respond] = {
    "constant-step": constant_step.respond,
    "linear-step": linear_step.respond,
    "soft-bounds": soft_bounds.respond,
    "soft-bounds-reference": soft_bounds_reference.respond,
    "exponential-step": exponential_step.respond,
    "power-step": power_step.respond,
    "piecewise-step": piecewise_step.respond,
    "asymmetric-linear": asymmetric_linear.respond,
    "shifted-linear": shifted_linear.respond,
    "power-response": power_response.respond,
    "saturating-exponential": saturating_exponential.respond,
    "exponential-response": exponential_response.respond,
    "emulated": emulated.respond,
}


class Place(NamedTuple):
    """Where the devices of a tile stand: its size, the run's seed and the tile's number.

    `number` counts the devices of a unit cell.
    """

    rows: int
    columns: int
    seed: int
    tile: int
    number: int = 0

    def key(self, kind: int) -> int:
        """Return the key of a kind of draw."""
        return device_key(self.seed, self.tile, kind, self.number)

    def normal(self, kind: int) -> Reals:
        """Return a standard normal a device, of `keyed_normal`, in float64."""
        shape = (self.rows, self.columns)
        return keyed_normal(shape, self.seed, self.tile, kind, self.number).astype(float)

    def uniform(self, kind: int) -> Reals:
        """Return a number in [0, 1) a device, keyed alike."""
        return uniform(
            keyed_words((self.rows, self.columns), self.seed, self.tile, kind, self.number)
        )


def keyed_words(shape: tuple[int, int], seed: int, tile: int, kind: int, number: int = 0) -> Words:
    """Return a random word a device: keyed by `device_key` and the row, counted by column."""
    rows = extend(device_key(seed, tile, kind, number), np.arange(shape[0]))
    return draw(rows[:, None], np.arange(shape[1])[None, :])


def keyed_normal(
    shape: tuple[int, int], seed: int, tile: int, kind: int, number: int = 0
) -> Floats:
    """Return a standard normal a device, keyed like `keyed_words`."""
    return wide_normal(keyed_words(shape, seed, tile, kind, number))


def _scales(device: Device, place: Place) -> tuple[Reals, Reals]:
    """Return the steps up and down, rounded to float32, 0 at least."""
    spread = device.dw_min_dtod * place.normal(STEP)
    gain = 1.0 + spread
    if device.dw_min_dtod_log_normal:
        gain = exp2((LOG2E * spread).astype(np.float32)).astype(float)
    tilt = device.up_down_dtod * place.normal(ASYMMETRY)
    up_bias, down_bias = min(device.up_down, 0.0), -max(device.up_down, 0.0)
    up, down = (gain + tilt + up_bias) * device.dw_min, (gain - tilt + down_bias) * device.dw_min
    if device.mirror_draws:
        up, down = np.abs(up), np.abs(down)
    up, down = np.maximum(up, 0.0), np.maximum(down, 0.0)
    return up.astype(np.float32).astype(float), down.astype(np.float32).astype(float)


def _bounds(device: Device, place: Place) -> tuple[Reals, Reals]:
    """Return the bounds w_max (1 + w_max_dtod xi), 0 or above, and w_min alike, 0 or below."""
    upper = device.w_max * (1.0 + device.w_max_dtod * place.normal(UPPER))
    lower = device.w_min * (1.0 + device.w_min_dtod * place.normal(LOWER))
    if device.mirror_draws:
        upper, lower = np.abs(np.maximum(upper, lower)), -np.abs(np.minimum(upper, lower))
    return np.maximum(upper, 0.0), np.minimum(lower, 0.0)


def _cell_reference(device: Device, place: Place) -> Reals:
    """Return what a cell of kind `reference` subtracts; 0 for others."""
    cell = device.cell
    if cell is None or cell.kind != "reference":
        return np.zeros((place.rows, place.columns))
    found = (cell.reference_mean or 0.0) + (cell.reference_std or 0.0) * place.normal(REFERENCE)
    if cell.subtract_symmetric_point:
        bare = draw_devices(device.model_copy(update={"cell": None}), *place)
        found = found + np.nan_to_num(symmetric_point(bare), nan=0.0)
    return np.asarray(found)


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
        planes += [found.scale_up, found.scale_down, *(found.gammas or ())]
    return np.stack([np.asarray(plane, np.float32) for plane in planes])


def _break(planes: Floats, device: Device, place: Place, exponent: int) -> None:
    """Let a share of the devices stand still: dead ones at 0, stuck ones within their bounds."""
    if device.dead_fraction + device.stuck_fraction == 0.0:
        return
    fault = place.uniform(FAULT)
    dead, still = fault < device.dead_fraction, fault < device.dead_fraction + device.stuck_fraction
    low, high = planes[W_MIN].astype(float), planes[W_MAX].astype(float)
    value = to_grid(np.where(dead, 0.0, low + (high - low) * place.uniform(STUCK)), exponent)
    for plane in (W_MAX, W_MIN):
        planes[plane] = np.where(still, value, planes[plane])
    for plane in (OFFSET_UP, RATE_UP, OFFSET_DOWN, RATE_DOWN, SCALE_UP, SCALE_DOWN):
        if plane < len(planes):
            planes[plane] = np.where(still, np.float32(0.0), planes[plane])


def grid_exponent(high: Reals, low: Reals) -> int:
    """Return the smallest e with all bounds within 2^e."""
    return ceil(log2(max(float(np.abs([high, low]).max()), 2.0**-20)))


def draw_devices(
    device: Device,
    rows: int,
    columns: int,
    seed: int,
    tile: int,
    number: int = 0,
    exponent: int | None = None,
) -> DeviceArray:
    """Return the devices of one tile, those with a number in its unit cells.

    Steps are dw_min (1 + dw_min_dtod xi +- up_down_dtod xi') and 0 at least, where
    `dw_min_dtod_log_normal` puts exp(dw_min_dtod xi) for 1 + dw_min_dtod xi; bounds are w_max (1 +
    w_max_dtod xi) and 0 at least (aihwkit, PulsedDevice). With `mirror_draws` draws of the wrong
    sign count as there: by their absolute value, and bounds in the wrong order change places. What
    the family draws beside is in its own file. Dead devices have no step and weight 0, stuck ones
    no step and a weight drawn uniformly within their bounds. A cell's reference is subtracted: the
    weights and bounds are those of g - r. Their grid has the `exponent` given, or the smallest that
    the bounds allow; of emulated devices that which leaves a weight its bits.
    """
    place = Place(rows, columns, seed, tile, number)
    scale_up, scale_down = _scales(device, place)
    upper, lower = _bounds(device, place)
    reference = _reference(device, Drawn(scale_up, scale_down, upper, lower, place.normal))
    reference = reference + _cell_reference(device, place)
    high, low, whole = upper - reference, lower - reference, device.family == "emulated"
    if exponent is None:
        exponent = grid_exponent(high, low) + (SPARE_BITS if whole else 0)
    w_max, w_min = to_grid(high, exponent), to_grid(low, exponent)
    if whole:
        w_max, w_min = within_bits(w_max, exponent), within_bits(w_min, exponent)
    bounds, grid = (w_max + reference, w_min + reference), 2.0 ** (exponent - GRID_BITS)
    drawn = Drawn(scale_up, scale_down, *bounds, place.normal, grid)
    found = RESPONSES[device.family](device, drawn)
    additive = device.mult_noise is False
    noise = rounded(device.dw_min_std) if whole and not additive else device.dw_min_std
    bare = found.shape is Shape.LINEAR and not additive
    planes = _planes(found, reference, w_max, w_min, bare)
    _break(planes, device, place, exponent)
    return DeviceArray(
        shape=found.shape,
        additive=additive,
        planes=planes,
        coefficients=np.array(found.coefficients, np.float32),
        noise=np.float32(noise),
        exponent=exponent,
    )
