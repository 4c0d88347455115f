"""What a family is told of its devices and what it answers: the mean step as a function of w."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from models.device.section import Device

Reals = npt.NDArray[np.float64]

#: e^x = 2^(LOG2E x).
LOG2E = 1.4426950408889634


class Shape(IntEnum):
    """How a mean step f follows from q, which is linear in the weight."""

    LINEAR = 0
    """f = q."""
    EXPONENTIAL = 1
    """f = scale max(c0 + c1 2^q, 0)."""
    POWER = 2
    """f = scale max(q, 0)^gamma."""
    PIECEWISE = 3
    """f = scale times the straight lines between nodes at q = 0, 1, ..."""
    INTEGER = 4
    """f = scale q, rounded half to even to the unit of the weight."""


@dataclass(frozen=True)
class Drawn:
    """The draws all families share, arrays of shape (rows, columns), float64.

    `scale_up`, `scale_down`: steps of each device, 0 or above, exact in float32. `upper`, `lower`:
    its bounds, `upper` 0 or above, `lower` 0 or below. `normal` gives a standard normal a device,
    keyed by the kind of draw. `grid` is the step of the weights.
    """

    scale_up: Reals
    scale_down: Reals
    upper: Reals
    lower: Reals
    normal: Callable[[int], Reals]
    grid: float = 0.0


@dataclass(frozen=True)
class Response:
    """Mean steps of the devices of a tile; arrays of shape (rows, columns), float64.

    Up: q = offset_up - rate_up v; down: q = offset_down + rate_down v, where v is the weight plus
    the device's reference (0 for most families). For LINEAR shapes f = q, otherwise `scale_up` and
    `scale_down` multiply; they are also the unit of additive noise.
    """

    shape: Shape
    offset_up: Reals
    rate_up: Reals
    offset_down: Reals
    rate_down: Reals
    scale_up: Reals
    scale_down: Reals
    gammas: tuple[Reals, Reals] | None = None
    coefficients: tuple[float, ...] = ()


Respond = Callable[[Device, Drawn], Response]


def ratio(part: Reals, whole: Reals) -> Reals:
    """Return part / whole, and 0 where `whole` is not above 0: a bound without room."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def lines(drawn: Drawn, rate_up: Reals, rate_down: Reals) -> Response:
    """Return steps that start as the device's own at 0 and shrink by a rate toward each bound."""
    return Response(
        shape=Shape.LINEAR,
        offset_up=drawn.scale_up,
        rate_up=rate_up,
        offset_down=drawn.scale_down,
        rate_down=rate_down,
        scale_up=drawn.scale_up,
        scale_down=drawn.scale_down,
    )
