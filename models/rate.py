"""Learning rates as each profile holds them: per sample, on the layer's weights W."""

from dataclasses import dataclass
from math import floor, log2

import numpy as np
import numpy.typing as npt

from models.converter import Numerics, Scaling
from models.design import Design
from models.layer.part import rate_gain


@dataclass(frozen=True)
class Rates:
    """Rates of all stages before (index 0) and after (index 1) the decay.

    `amplitude`, shape (stages, 2): coincidences wanted per unit of |x| |d| in digital units,
    lr / (s step), where `step` is that of `[device]` and its cell; in the hardware profile a power
    of two, so it includes 2^(-2 fraction_bits).
    `bias`, shape (2,): lr, a power of two in the hardware profile.
    `decay_from`: first sample at the second rate.
    """

    amplitude: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    decay_from: int

    def index(self, sample: int) -> int:
        """Return which of the two rates holds for a sample."""
        return int(sample >= self.decay_from)


def power_of_two(value: float) -> float:
    """Return the power of two whose logarithm is nearest to that of `value`."""
    return float(2.0 ** round(log2(value)))


def make_rates(design: Design, numerics: Numerics, samples: int) -> Rates:
    """Return the rates of a run over `samples` samples.

    The device's increment is lr / s times the wanted change of W over its scale; digital SGD uses
    lr / s on the normalised weights themselves.
    """
    algorithm = design.algorithm
    steps = np.array([algorithm.lr, algorithm.lr * algorithm.lr_decay])
    rows = []
    for part in design.parts:
        step = 1.0 if numerics.scaling == Scaling.EXACT else design.device.step
        rows.append(steps * rate_gain(part) / (part.scale * step))
    amplitude = np.array(rows)
    if numerics.integer:
        amplitude = np.vectorize(power_of_two)(amplitude) / numerics.unit**2
        steps = np.vectorize(power_of_two)(steps)
    return Rates(amplitude, steps, floor(algorithm.lr_decay_after * samples))
