"""The digital unit of every kind of layer."""

import numpy as np

from models.converter import Numerics, Vectors
from models.layer.conv import Convolution, make_convolution
from models.layer.dense import Dense
from models.layer.lstm import Recurrence, start_bias
from models.layer.section import ConvLayer, Layer, LinearLayer

#: `forward` in all; `take` and `collect` where errors of all vectors are there before B, `backward`
#: where B makes them one after another.
Unit = Dense | Convolution | Recurrence


def make_unit(layer: Layer, numerics: Numerics) -> Unit:
    """Return the digital unit of a layer."""
    if isinstance(layer, LinearLayer):
        return Dense(layer.activation, numerics)
    if isinstance(layer, ConvLayer):
        return make_convolution(layer, numerics)
    return Recurrence(layer, numerics)


def first_bias(layer: Layer, numerics: Numerics) -> Vectors:
    """Return a layer's bias at the start, shape (columns,)."""
    if isinstance(layer, (LinearLayer, ConvLayer)):
        return np.zeros(layer.columns)
    return start_bias(layer, numerics)
