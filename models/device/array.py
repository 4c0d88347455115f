"""The devices of one tile and what one coincidence does to their weights."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from models.device.response import Shape
from models.function import exp2, power
from models.jitter import factors, gain_of

Floats = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

#: Weights are multiples of 2^(e - GRID_BITS), |w| <= 2^e.
GRID_BITS = 22

#: Counters of two coincidences of one device in one update are this far apart.
COINCIDENCE_STRIDE = 1 << 20

#: A standard normal is below -THOUSANDTH with a probability of 1e-3.
THOUSANDTH = 3.0902

HALF, THIRD, QUARTER = np.float32(1 / 2), np.float32(1 / 3), np.float32(1 / 4)

#: Planes of `DeviceArray.planes`.
OFFSET_UP, RATE_UP, OFFSET_DOWN, RATE_DOWN, W_MAX, W_MIN = range(6)
#: Present unless the shape is LINEAR with multiplicative noise.
SCALE_UP, SCALE_DOWN = 6, 7
#: Present for the shape POWER alone.
GAMMA_UP, GAMMA_DOWN = 8, 9


class Taking(IntEnum):
    """How devices take the coincidences of one update; CONSTANT: together, of constant steps."""

    EACH = 0
    TOGETHER = 1
    CONSTANT = 2


@dataclass(frozen=True)
class DeviceArray:
    """Response of each device of a tile to one coincidence; float32 in a fixed order.

    With q = offset_up - rate_up w (down: q = offset_down + rate_down w) the mean step f(w) is

        LINEAR       q
        EXPONENTIAL  scale max(c0 + c1 2^q, 0)
        POWER        scale max(q, 0)^gamma
        PIECEWISE    scale (node[i] + (q - i)(node[i+1] - node[i])), q within [0, n - 1],
                     i = min(int(q), n - 2)
        INTEGER      scale q in whole units: exact, then rounded half to even

    Multiplicative noise makes it f (1 + noise xi), additive noise f + scale (noise xi), with a
    standard normal xi of each coincidence; the weight then moves up or down by it and stops at the
    device's bounds. Of INTEGER shape scale q (1 + noise xi) is rounded, with an xi in thirds
    (`models.jitter`).

    `planes`, shape (P, rows, columns), C-contiguous, holds one number of each kind a device, in the
    order of `OFFSET_UP` .. `GAMMA_DOWN`, as many as the shape needs; the bounds lie on the weight
    grid. `coefficients`, one-dimensional, belong to the whole tile: c0 and c1 of up, then of down,
    or the nodes of up, then of down; or twice the unit. `noise` is the relative spread of one step.
    `exponent` is e of the grid: the bounds are within 2^e.
    """

    shape: Shape
    additive: bool
    planes: Floats
    coefficients: Floats
    noise: np.float32
    exponent: int

    @property
    def grid(self) -> float:
        """Distance of two neighbouring weights, 2^(e-22)."""
        return 2.0 ** (self.exponent - GRID_BITS)

    @property
    def w_max(self) -> Floats:
        """Upper bound of each device."""
        return np.asarray(self.planes[W_MAX])

    @property
    def w_min(self) -> Floats:
        """Lower bound of each device."""
        return np.asarray(self.planes[W_MIN])

    @property
    def jittered(self) -> bool:
        """Whether the noise is that of `models.jitter`."""
        return bool(self.shape is Shape.INTEGER and not self.additive and self.noise > 0)

    def by_rows(self) -> Floats:
        """Return the planes as compiled updates read them, shape (rows, P, columns)."""
        return np.ascontiguousarray(self.planes.transpose(1, 0, 2))

    def mean_step(self, w: Floats, up: npt.ArrayLike) -> Floats:
        """Return the mean size of one step f(w), before the bounds.

        Parameters
        ----------
        w
            Weights; shape broadcasts to (rows, columns).
        up
            Whether the step is up; one value or one a device.
        """
        q = self._drive(w, up)
        if self.shape is Shape.LINEAR:
            return q
        if self.shape is Shape.INTEGER:
            return self._whole(q, up, 1.0)
        curve = _CURVES[self.shape]
        return np.asarray(self._scale(up) * curve(self, q, np.asarray(up)))

    def _drive(self, w: Floats, up: npt.ArrayLike) -> Floats:
        """Return q(w)."""
        rise = self.planes[OFFSET_UP] - self.planes[RATE_UP] * w
        fall = self.planes[OFFSET_DOWN] + self.planes[RATE_DOWN] * w
        return np.asarray(np.where(up, rise, fall))

    def _scale(self, up: npt.ArrayLike) -> Floats:
        return np.asarray(np.where(up, self.planes[SCALE_UP], self.planes[SCALE_DOWN]))

    def _whole(
        self, q: Floats, up: npt.ArrayLike, factor: float | npt.NDArray[np.float64]
    ) -> Floats:
        unit = float(self.coefficients[0])
        units = self._scale(up).astype(np.float64) * q.astype(np.float64) * factor / unit
        return np.asarray(np.rint(units) * unit, np.float32)

    def _exponential(self, q: Floats, up: Booleans) -> Floats:
        c = self.coefficients
        c0, c1 = np.where(up, c[0], c[2]), np.where(up, c[1], c[3])
        return np.asarray(np.maximum(c0 + c1 * exp2(q), np.float32(0.0)))

    def _power(self, q: Floats, up: Booleans) -> Floats:
        gamma = np.where(up, self.planes[GAMMA_UP], self.planes[GAMMA_DOWN])
        return power(np.maximum(q, np.float32(0.0)), np.broadcast_to(gamma, q.shape))

    def _piecewise(self, q: Floats, up: Booleans) -> Floats:
        nodes = len(self.coefficients) // 2
        place = np.minimum(np.maximum(q, np.float32(0.0)), np.float32(nodes - 1))
        i = np.minimum(place.astype(np.int64), nodes - 2)
        at = i + np.where(up, 0, nodes)
        left, right = self.coefficients[at], self.coefficients[at + 1]
        return np.asarray(left + (place - i.astype(np.float32)) * (right - left))

    def move(self, w: Floats, up: npt.ArrayLike, xi: Floats) -> Floats:
        """Return the weights after one coincidence each, within the bounds.

        Parameters
        ----------
        w
            Weights; shape broadcasts to (rows, columns).
        up
            Whether the step is up; one value or one a device.
        xi
            A standard normal a device.
        """
        f = self.mean_step(w, up)
        if self.jittered:
            step = self._whole(self._drive(w, up), up, factors(gain_of(float(self.noise)), xi))
        elif self.additive:
            step = f + self._scale(up) * (self.noise * xi)
        else:
            step = f * (np.float32(1.0) + self.noise * xi)
        moved = np.where(up, w + step, w - step)
        return np.asarray(np.minimum(np.maximum(moved, self.w_min), self.w_max))

    def aggregable(self) -> bool:
        """Whether devices may take all coincidences of an update at once.

        Known in closed form is the sum of steps of LINEAR shape with multiplicative noise. It also
        has to stop at the bounds as single steps do: fewer than one step in a thousand may go
        against its direction.
        """
        straight = self.shape == Shape.LINEAR and not self.additive
        return straight and THOUSANDTH * float(self.noise) <= 1.0

    def together(self, up: npt.ArrayLike, left: npt.NDArray[np.integer]) -> Counts:
        """Return how many of the coincidences `left` each device of `aggregable` arrays takes next.

        All of them, or as many as go a quarter of the way to where its steps vanish, or one.
        """
        rate = np.abs(np.where(up, self.planes[RATE_UP], self.planes[RATE_DOWN]))
        near = left.astype(np.float32) * rate <= QUARTER
        part = np.floor(QUARTER / np.where(near, QUARTER, rate)).astype(np.int64)
        return np.asarray(np.where(near, left, np.minimum(np.maximum(part, 1), left)))

    def taking(self, aggregated: bool) -> Taking:
        """Return how devices take the coincidences of an update, which are aggregated or not."""
        if not aggregated:
            return Taking.EACH
        changing = self.planes[[RATE_UP, RATE_DOWN]].any()
        return Taking.TOGETHER if changing else Taking.CONSTANT

    def move_aggregated(
        self, w: Floats, up: npt.ArrayLike, count: npt.NDArray[np.integer], xi: Floats
    ) -> Floats:
        """Return the weights after `count` coincidences each, at once; see `together`.

        With k = rate, b the weight where the step vanishes and s = noise, n steps have the mean
        b + (w - b) (1 - k)^n and the variance (w - b)^2 (((1 - k)^2 + k^2 s^2)^n - (1 - k)^2n). In
        units of the first step's mean f these are reach = (1 - (1 - k)^n) / k and, but for terms of
        k^2 s^2, s sqrt(n) (1 - k)^(n - 1): both by their binomial series to k^3, exact for up to
        four steps and also for k = 0. One coincidence gives the bits of `move`.
        """
        one, n = np.float32(1.0), count.astype(np.float32)
        rate = np.where(up, self.planes[RATE_UP], self.planes[RATE_DOWN])
        first = n * rate - rate
        second = first - rate
        third = second - rate
        reach = n * (one - HALF * first * (one - THIRD * second * (one - QUARTER * third)))
        keep = one - first * (one - HALF * second * (one - THIRD * third))
        deviation = self.noise * np.sqrt(n) * keep
        size = self.mean_step(w, up) * (reach + deviation * xi)
        moved = np.where(up, w + size, w - size)
        return np.asarray(np.minimum(np.maximum(moved, self.w_min), self.w_max))


_CURVES: dict[Shape, Callable[[DeviceArray, Floats, Booleans], Floats]] = {
    Shape.EXPONENTIAL: DeviceArray._exponential,
    Shape.POWER: DeviceArray._power,
    Shape.PIECEWISE: DeviceArray._piecewise,
}


def to_grid(weights: npt.NDArray[np.floating], exponent: int) -> Floats:
    """Return weights within 2^exponent rounded half to even to the grid, in float32."""
    bias = np.float32(3.0 * 2.0**exponent)
    return np.asarray((weights.astype(np.float32) + bias) - bias, np.float32)
