"""Update of exact weights: digital SGD, float32 without converters, noise, devices or pulses."""

import numpy as np

from models.converter import Vectors
from models.layer.linear import Linear


def update(layer: Linear, x: Vectors, d: Vectors, step: float, bias_rate: float) -> None:
    """Subtract `step` x d^T from the weights and `bias_rate` d from the bias, in place."""
    for _, _, rows, columns, tile in layer.grid.blocks():
        if columns.stop <= layer.frozen:
            continue
        tile.weights[...] = tile.weights - np.outer(x[rows] * step, d[columns]).astype(np.float32)
    if layer.biased:
        layer.bias[...] -= d * bias_rate / layer.gain
