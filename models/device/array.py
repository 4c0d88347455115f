"""The devices of one tile and what one coincidence does to their weights."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.device.response import Shape

Floats = npt.NDArray[np.float32]

#: Weights are multiples of 2^(e - GRID_BITS), |w| <= 2^e.
GRID_BITS = 22

#: Planes of `DeviceArray.planes`.
OFFSET_UP, RATE_UP, OFFSET_DOWN, RATE_DOWN, W_MAX, W_MIN = range(6)
#: Present unless the shape is LINEAR with multiplicative noise.
SCALE_UP, SCALE_DOWN = 6, 7
#: Present for the shape POWER alone.
GAMMA_UP, GAMMA_DOWN = 8, 9


@dataclass(frozen=True)
class DeviceArray:
    """Response of each device of a tile to one coincidence; float32 in a fixed order.

    With q = offset_up - rate_up w (down: q = offset_down + rate_down w) the mean step f(w) is q
    where `shape` is LINEAR. Multiplicative noise makes it f (1 + noise xi), additive noise
    f + scale (noise xi), with a standard normal xi of each coincidence; the weight then moves up or
    down by it and stops at the device's bounds.

    `planes`, shape (P, rows, columns), C-contiguous, holds one number of each kind a device, in the
    order of `OFFSET_UP` .. `GAMMA_DOWN`, as many as the shape needs; the bounds lie on the weight
    grid. `coefficients`, one-dimensional, belong to the whole tile. `noise` is the relative spread
    of one step. `exponent` is e of the grid: the bounds are within 2^e.
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

    def mean_step(self, w: Floats, up: npt.ArrayLike) -> Floats:
        """Return the mean size of one step f(w), before the bounds.

        Parameters
        ----------
        w
            Weights; shape broadcasts to (rows, columns).
        up
            Whether the step is up; one value or one a device.
        """
        rise = self.planes[OFFSET_UP] - self.planes[RATE_UP] * w
        fall = self.planes[OFFSET_DOWN] + self.planes[RATE_DOWN] * w
        return np.asarray(np.where(up, rise, fall))

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
        if self.additive:
            scale = np.where(up, self.planes[SCALE_UP], self.planes[SCALE_DOWN])
            step = f + scale * (self.noise * xi)
        else:
            step = f * (np.float32(1.0) + self.noise * xi)
        moved = np.where(up, w + step, w - step)
        return np.asarray(np.minimum(np.maximum(moved, self.w_min), self.w_max))


def to_grid(weights: npt.NDArray[np.floating], exponent: int) -> Floats:
    """Return weights within 2^exponent rounded half to even to the grid, in float32."""
    bias = np.float32(3.0 * 2.0**exponent)
    return np.asarray((weights.astype(np.float32) + bias) - bias, np.float32)
