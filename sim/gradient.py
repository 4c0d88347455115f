"""The gradient of a network's loss in real numbers, at the weights that its devices hold."""

import numpy as np

from models.converter import Vectors
from models.data import Images
from models.design import Design
from models.layer.linear import Linear
from models.layer.section import LinearLayer
from models.loss import Labels
from models.memory import Memory

#: Images that the loss is a mean over, at most: the first of the training set.
MOST_IMAGES = 2000


def has_gradient(design: Design) -> bool:
    """Whether the gradient is worked out here: of linear layers alone, without normalisation."""
    return all(isinstance(layer, LinearLayer) and not layer.normalise for layer in design.parts)


def _forward(layer: Linear, x: Vectors) -> tuple[Vectors, Vectors, Vectors]:
    """Return the layer's real weights, shape (inputs, outputs), its outputs and their slopes."""
    weights = layer.grid.weights().astype(np.float64) * (layer.scale * layer.gain)
    bias = layer.bias / (layer.numerics.bias_unit * layer.numerics.unit)
    z = x @ weights + bias
    if layer.activation == "tanh":
        value = np.tanh(z)
        return weights, value, 1.0 - value * value
    if layer.activation == "sigmoid":
        value = 1.0 / (1.0 + np.exp(-z))
        return weights, value, value * (1.0 - value)
    if layer.activation == "relu":
        return weights, np.maximum(z, 0.0), (z > 0.0).astype(np.float64)
    return weights, z, np.ones_like(z)


def _error(design: Design, value: Vectors, slope: Vectors, labels: Labels) -> Vectors:
    """Return the gradient of each image's loss with respect to the last pre-activation."""
    classes, smoothing = value.shape[1], design.network.label_smoothing
    target = (1.0 - smoothing) * (labels[:, None] == np.arange(classes)) + smoothing / classes
    if design.network.loss == "cross-entropy":
        grown = np.exp(value - value.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True) - target)
    return np.asarray((value - target) * slope)


def squared_gradient(memory: Memory, images: Images, peak: int, zero: int = 0) -> float:
    """Return the squared norm of the mean loss's gradient over all weights and trained biases.

    Weights are the layer's W, s times the device's; nothing is rounded, and there is no noise.
    Pixel value `zero` stands for 0, `zero` + `peak` for 1.
    """
    design = memory.network.design
    x = (images.pixels[:MOST_IMAGES].astype(np.float64) - zero) / peak
    inputs, found = [x], []
    for layer in memory.layers:
        found.append(_forward(layer, inputs[-1]))
        inputs.append(found[-1][1])
    _, value, slope = found[-1]
    delta, total = _error(design, value, slope, images.labels[:MOST_IMAGES]) / len(x), 0.0
    for stage in reversed(range(len(found))):
        total += float(np.sum((inputs[stage].T @ delta) ** 2))
        if memory.layers[stage].biased:
            total += float(np.sum(delta.sum(axis=0) ** 2))
        if stage:
            delta = delta @ found[stage][0].T * found[stage - 1][2]
    return total
