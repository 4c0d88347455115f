"""The digital side of the DAC: how a vector becomes input codes and a factor."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from models.design import Design
from models.number import code_limit, shift_scale
from models.section import Tile

Vectors = npt.NDArray[np.float64]

#: aihwkit's decay of the running average of average-abs-max (rpucuda, nm_decay).
NOISE_DECAY = 1e-3


class Scaling(IntEnum):
    """How a vector is brought to the range of the DAC; `EXACT` has no converter at all."""

    SHIFT = 0
    ABS_MAX = 1
    NONE = 2
    EXACT = 3
    AVERAGE = 4
    CONSTANT = 5


_SCALING = {
    "shift": Scaling.SHIFT,
    "abs-max": Scaling.ABS_MAX,
    "average-abs-max": Scaling.AVERAGE,
    "constant": Scaling.CONSTANT,
    "none": Scaling.NONE,
}


@dataclass(frozen=True)
class Numerics:
    """How digital vectors are held between the tiles.

    With `integer` they are whole multiples of 2^-fraction_bits, kept in float64 and rounded half to
    even after every step, within +-`limit`; otherwise real numbers. `unit` is the vector's 1.0.
    """

    integer: bool
    scaling: Scaling
    fraction_bits: int
    unit: float
    limit: float
    bias_unit: float
    """A bias is held in units this much finer than a vector's."""

    def digital(self, values: Vectors) -> Vectors:
        """Return real numbers as digital ones, rounded and saturated in the hardware profile."""
        found = values * self.unit
        return np.clip(np.rint(found), -self.limit, self.limit) if self.integer else found


def make_numerics(design: Design) -> Numerics:
    """Return the numerics of a design's profile and algorithm."""
    network, tile = design.network, design.tile
    if design.hardware:
        return Numerics(
            integer=True,
            scaling=Scaling.SHIFT,
            fraction_bits=network.fraction_bits,
            unit=2.0**network.fraction_bits,
            limit=float(code_limit(tile.digital_bits)),
            bias_unit=2.0**network.bias_fraction_bits,
        )
    exact = design.algorithm.digital
    scaling = Scaling.EXACT if exact else _SCALING[tile.noise_management]
    return Numerics(False, scaling, network.fraction_bits, 1.0, np.inf, 1.0)


def noise_value(tile: Tile, numerics: Numerics) -> float:
    """Return the scaling's fixed value in digital units: `CONSTANT`'s, the limit of `ABS_MAX`."""
    if numerics.scaling == Scaling.CONSTANT:
        return (1.0 if tile.noise_value is None else tile.noise_value) * numerics.unit
    if numerics.scaling == Scaling.ABS_MAX and tile.noise_value is not None:
        return tile.noise_value * numerics.unit
    return numerics.unit if numerics.scaling == Scaling.NONE else float(np.inf)


def noise_decay(tile: Tile) -> float:
    """Return the weight of the newest maximum in the running average."""
    return NOISE_DECAY if tile.noise_decay is None else tile.noise_decay


def running_average(average: float, largest: Vectors, decay: float) -> Vectors:
    """Return the running average of maxima after each of `largest`, shape (n,).

    A negative `average` has seen nothing: the first maximum is taken whole.
    """
    found = np.empty(len(largest))
    for i, newest in enumerate(largest.tolist()):
        average = newest if average < 0.0 else average * (1.0 - decay) + decay * newest
        found[i] = average
    return found


def largest_elements(vectors: Vectors) -> Vectors:
    """Return the largest magnitude of each vector, shape (n,)."""
    return np.asarray(np.abs(vectors).max(axis=1, initial=0.0))


def _factors(vectors: Vectors, numerics: Numerics, tile: Tile, average: Vectors | None) -> Vectors:
    """Return what one code of each vector is worth, shape (n,)."""
    limit, bound = float(code_limit(tile.dac.bits)), tile.dac.bound
    largest = largest_elements(vectors)
    if numerics.scaling == Scaling.SHIFT:
        exponent = np.frexp(largest)[1] - (tile.dac.bits - 1) + (np.frexp(bound)[1] - 1)
        return np.asarray(np.ldexp(1.0, np.maximum(exponent, 0) if numerics.integer else exponent))
    value = noise_value(tile, numerics)
    if numerics.scaling in (Scaling.NONE, Scaling.CONSTANT):
        return np.full(len(vectors), value * bound / limit)
    top = np.minimum(largest, value)
    if numerics.scaling == Scaling.AVERAGE and average is not None:
        top = average
    return np.where(top > 0, top * bound / limit, 1.0)


def scale_input(
    vectors: Vectors,
    numerics: Numerics,
    tile: Tile,
    dither: Vectors | None = None,
    average: Vectors | None = None,
) -> tuple[Vectors, Vectors]:
    """Return input codes, shape (n, lines), and the factor of each vector, shape (n,).

    A vector is about codes * factor. `SHIFT` takes the smallest power of two that keeps the largest
    element within the DAC (for integers: `models.number.shift_scale`), `ABS_MAX` the largest
    element over the largest code, `AVERAGE` its running average, `CONSTANT` and `NONE` a fixed
    value (aihwkit's noise management, rpu_forward_backward_pass.cpp); `tile.dac.bound` times that.

    Parameters
    ----------
    dither
        Uniform numbers in [0, 1), shape (n, lines), with which codes are rounded; by default half
        to even.
    average
        Running average of each vector's maximum, its own included, shape (n,); by default its own.
    """
    if numerics.scaling == Scaling.EXACT:
        return vectors, np.ones(len(vectors))
    if numerics.integer and dither is None and tile.dac.bound == 1.0:
        integers, shift = shift_scale(vectors, tile.dac.bits)
        return integers.astype(np.float64), np.ldexp(1.0, shift)
    limit = float(code_limit(tile.dac.bits))
    factor = _factors(vectors, numerics, tile, average)
    parts = vectors / factor[:, None]
    codes = np.rint(parts) if dither is None else np.floor(parts + dither)
    return np.clip(codes, -limit, limit), factor
