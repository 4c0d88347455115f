"""The digital unit of every kind of layer."""

import numpy as np

from models.converter import Numerics, Vectors
from models.layer.adapter import Down, Up
from models.layer.conv import Convolution, make_convolution
from models.layer.dense import Dense
from models.layer.lstm import Recurrence, start_bias
from models.layer.part import DownPart, Part, UpPart
from models.layer.section import ConvLayer, LstmLayer

#: `forward` in all; `take` and `collect` where errors of all vectors are there before B, `backward`
#: where B makes them one after another; `split` and `join` where some pass the tiles by.
Unit = Dense | Convolution | Recurrence | Down | Up


def make_unit(part: Part, numerics: Numerics, base: Vectors | None = None) -> Unit:
    """Return the digital unit of a stage; `base` are frozen weights that are exact numbers."""
    if isinstance(part, ConvLayer):
        return make_convolution(part, numerics)
    if isinstance(part, LstmLayer):
        return Recurrence(part, numerics)
    if isinstance(part, UpPart):
        return Up(part.activation, part.outputs, numerics)
    if isinstance(part, DownPart) and base is not None:
        return Down(base, numerics)
    return Dense(part.activation, numerics)


def first_bias(part: Part, numerics: Numerics) -> Vectors:
    """Return a stage's bias at the start, shape (columns,)."""
    return start_bias(part, numerics) if isinstance(part, LstmLayer) else np.zeros(part.columns)
