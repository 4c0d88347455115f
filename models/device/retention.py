"""What weights do by themselves: decay, drift and diffusion, applied lazily.

Every `retention_every` samples one step carries all weights of a tile over that time at once,
because changes below half a grid step would vanish one by one. From sample k0 to k1 = k0 + every:

    decay       w <- rest + (w - rest) e^(-every / lifetime)
    drift       w <- w ((t0 + k0) / (t0 + k1))^nu, so (1 + k / t0)^-nu since the run began
    diffusion   w <- w + diffusion sqrt(every) xi

in this order, in float32, then clipped to the device's bounds and rounded to the grid once. Decay
and diffusion are those of aihwkit (rpu_pulsed_device.cpp), per sample; its drift counts from the
last change of each weight, ours from the start of the run.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from models.device.array import DeviceArray, Floats, to_grid
from models.device.draw import Place
from models.device.kind import DIFFUSION, DRIFT
from models.device.section import Device
from models.function import power
from models.key import draw, extend, normal


@dataclass(frozen=True)
class Retention:
    """One lazy step of a tile.

    `every`: samples it covers. `decay`: factor of the distance from `rest`; 1 without decay.
    `walk`: standard deviation of diffusion; 0 without. `nu`, shape (rows, columns): exponent of
    each device's drift, 0 or above; None without. `t0`: its time scale in samples.
    """

    every: int
    rest: np.float32
    decay: np.float32
    walk: np.float32
    nu: Floats | None
    t0: float

    def aged(self, step: int) -> np.float32:
        """Return the base (t0 + k0) / (t0 + k1) of the drift's powers in step 0, 1, ..."""
        start = step * self.every
        return np.float32((self.t0 + start) / (self.t0 + (start + self.every)))


def make_retention(device: Device, place: Place) -> Retention | None:
    """Return the lazy step of a tile's devices; None where weights stay as they are.

    Exponents of the drift are drift_nu (1 + drift_nu_dtod xi), 0 at least.
    """
    if device.retention_every is None:
        return None
    every, decay, walk, nu = device.retention_every, 1.0, 0.0, None
    if device.lifetime is not None:
        decay = float((-Decimal(every) / Decimal(device.lifetime)).exp())
    if device.diffusion is not None:
        walk = device.diffusion * float(np.sqrt(float(every)))
    if device.drift_nu is not None:
        spread = 1.0 + (device.drift_nu_dtod or 0.0) * place.normal(DRIFT)
        nu = np.maximum(device.drift_nu * spread, 0.0).astype(np.float32)
    return Retention(
        every=every,
        rest=np.float32(device.rest or 0.0),
        decay=np.float32(decay),
        walk=np.float32(walk),
        nu=nu,
        t0=device.drift_t0 or 1.0,
    )


def retain(
    weights: Floats, devices: DeviceArray, retention: Retention, place: Place, step: int
) -> Floats:
    """Return the weights of a tile after lazy step `step` (0, 1, ...).

    Parameters
    ----------
    weights
        Weights on the grid, shape (rows, columns).
    place
        Keys the diffusion, with the step and the row; the column is the counter.
    """
    w = retention.rest + (weights - retention.rest) * retention.decay
    if retention.nu is not None:
        base = np.full(w.shape, retention.aged(step), np.float32)
        w = w * power(base, retention.nu)
    if retention.walk > 0:
        key = extend(place.key(DIFFUSION), step)
        rows = extend(key, np.arange(place.rows))
        w = w + retention.walk * normal(draw(rows[:, None], np.arange(place.columns)[None, :]))
    clipped = np.minimum(np.maximum(w, devices.w_min), devices.w_max)
    return to_grid(clipped, devices.exponent)
