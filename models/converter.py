"""The digital side of the DAC: how a vector becomes input codes and a factor."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from models.design import Design
from models.number import code_limit, shift_scale

Vectors = npt.NDArray[np.float64]


class Scaling(IntEnum):
    """How a vector is brought to the range of the DAC; `EXACT` has no converter at all."""

    SHIFT = 0
    ABS_MAX = 1
    NONE = 2
    EXACT = 3


_SCALING = {"shift": Scaling.SHIFT, "abs-max": Scaling.ABS_MAX, "none": Scaling.NONE}


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
    exact = design.algorithm.name == "digital-sgd"
    scaling = Scaling.EXACT if exact else _SCALING[tile.noise_management]
    return Numerics(False, scaling, network.fraction_bits, 1.0, np.inf, 1.0)


def scale_input(vectors: Vectors, numerics: Numerics, dac_bits: int) -> tuple[Vectors, Vectors]:
    """Return input codes, shape (n, lines), and the factor of each vector, shape (n,).

    A vector is about codes * factor. `SHIFT` takes the smallest power of two that keeps the largest
    element within dac_bits (for integers: `models.number.shift_scale`), `ABS_MAX` the largest
    element over the largest code (aihwkit's abs-max noise management), `NONE` one unit over the
    largest code.
    """
    if numerics.scaling == Scaling.EXACT:
        return vectors, np.ones(len(vectors))
    if numerics.integer:
        integers, shift = shift_scale(vectors, dac_bits)
        return integers.astype(np.float64), np.ldexp(1.0, shift)
    limit = float(code_limit(dac_bits))
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    if numerics.scaling == Scaling.SHIFT:
        factor = np.ldexp(1.0, np.frexp(largest)[1] - (dac_bits - 1))
    elif numerics.scaling == Scaling.ABS_MAX:
        factor = np.where(largest > 0, largest / limit, 1.0)
    else:
        factor = np.full(len(vectors), numerics.unit / limit)
    codes = np.rint(vectors / factor[:, None])
    return np.clip(codes, -limit, limit), factor
