"""Three spiral arms in the plane: points of three classes that no line tells apart.

Point i of n of an arm lies at the radius i / (n - 1); its angle grows by 4 rad along the arm, from
4 times the arm's number, and has normal noise (Karpathy, CS231n notes, "Minimal neural network").
"""

import numpy as np
import numpy.typing as npt

ARMS = 3
#: Byte that stands for a coordinate of 0, and bytes that make 1.
ZERO, ONE = 128, 127


def spiral(
    points: int, noise: float, seed: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return coordinates as bytes, shape (3 points, 2), and their arms, one arm after another.

    Parameters
    ----------
    points
        Points an arm.
    noise
        Standard deviation of the angle, in rad.
    """
    rng = np.random.default_rng(seed)
    arms = np.repeat(np.arange(ARMS), points)
    radius = np.tile(np.linspace(0.0, 1.0, points), ARMS)
    angle = 4.0 * (arms + radius) + noise * rng.standard_normal(len(arms))
    plane = np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)
    return np.rint(ZERO + ONE * plane).astype(np.uint8), arms.astype(np.int64)
