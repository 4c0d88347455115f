"""What a layer's digital unit makes of samples, and how it reads its tiles."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.converter import Numerics, Vectors

Ints = npt.NDArray[np.int64]

#: Reads vectors, shape (n, v, lines), whose places in their samples are given, shape (v,): F drives
#: rows and returns pre-activations, shape (n, v, columns); B drives columns with errors and returns
#: gradients, shape (n, v, rows).
Read = Callable[[Vectors, Ints], Vectors]


class Passed(NamedTuple):
    """What F makes of n samples.

    `pre`, shape (n, elements): pre-activations; `value`, shape (n, outputs): what the next layer is
    given; `slope`, shape (n, elements): derivatives of the activation; `cells`, shape (n, reads,
    size): what B looks up besides.
    """

    pre: Vectors
    value: Vectors
    slope: Vectors
    cells: Vectors


def no_cells(values: Vectors) -> Vectors:
    """Return the `cells` of a layer that keeps none."""
    return np.zeros((len(values), 0, 0))


def product(a: Vectors, b: Vectors, numerics: Numerics) -> Vectors:
    """Return the product of two digital vectors: in the hardware profile rounded, saturated."""
    found = a * b / numerics.unit
    return saturated(np.rint(found), numerics) if numerics.integer else found


def saturated(values: Vectors, numerics: Numerics) -> Vectors:
    """Return values within the range of a digital vector."""
    return np.clip(values, -numerics.limit, numerics.limit)
