"""Soft bounds, the asymmetric linear device: the step shrinks linearly to 0 at the bound.

q+ = 1 - w / tau, q- = 1 + w / tau (Wu et al., arXiv 2406.12774, section 2.1; aihwkit SoftBounds).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def slope(step: Floats, bound: Floats) -> Floats:
    """Return how much the step shrinks per unit of weight toward `bound` (0 or above)."""
    return np.divide(step, bound, out=np.zeros_like(step), where=bound > 0)
