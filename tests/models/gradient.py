"""Gradients of a whole network's loss by finite differences."""

import numpy as np

from tests.models.packed import Case


def finite_differences(case: Case, image: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Gradient of the reported loss on one image with respect to every weight and bias."""
    network, h = case.network(), 1e-5
    one = type(case.data.train)(
        case.data.train.pixels[image : image + 1], case.data.train.labels[image : image + 1]
    )
    held = [(la.grid.weights().astype(np.float64), la.bias.copy()) for la in network.layers]
    found = [(np.zeros_like(w), np.zeros_like(b)) for w, b in held]
    for pair, gradients in zip(held, found, strict=True):
        for values, gradient in zip(pair, gradients, strict=True):
            for place in np.ndindex(values.shape):
                ends, kept = [], values[place]
                for moved in (kept + h, kept - h):
                    values[place] = moved
                    ends.append(network.evaluate(one, 0, tuple(held))[0])
                values[place] = kept
                gradient[place] = (ends[0] - ends[1]) / (2 * h)
    return found
