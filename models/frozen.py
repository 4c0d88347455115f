"""The frozen weights of adapted layers: as exact numbers, and out of another run's checkpoint."""

from collections.abc import Sequence

import numpy as np

from models.checkpoint import LayerValues, layer_values
from models.converter import Numerics, Vectors
from models.device.kind import BASE
from models.error import DesignError
from models.key import draw, extend, fold, uniform
from models.layer.linear import Linear
from models.layer.part import DownPart, Part, UpPart
from models.tile import TileConfig


def drawn_base(part: DownPart, config: TileConfig, numerics: Numerics) -> Vectors:
    """Return frozen weights that are exact numbers, shape (inputs, outputs), in digital units.

    Where nothing is started from they are uniform as those of devices; `config` is that of the
    stage's first tile.
    """
    rows = extend(fold(config.seed, config.index, BASE), np.arange(part.inputs))
    shape = np.arange(part.layer.outputs)[None, :]
    weights = (2.0 * uniform(draw(rows[:, None], shape)) - 1.0) * (part.omega * part.scale)
    return numerics.digital(weights)


def beside_adapters(
    parts: Sequence[Part], values: Sequence[LayerValues], layers: Sequence[Linear]
) -> tuple[LayerValues, ...]:
    """Return what stages start with: the layers of a run without adapters, which are as drawn.

    Raises
    ------
    DesignError
        When a frozen layer has another shape.
    """
    found, given, bias = [], iter(enumerate(values)), np.zeros(0)
    for part, layer in zip(parts, layers, strict=True):
        own = layer_values(layer)
        if isinstance(part, UpPart):  # the bias is that of the frozen weights below
            found.append(LayerValues(own.weight, bias))
            continue
        number, value = next(given)
        if isinstance(part, DownPart):
            bias, outputs = value.bias, part.layer.outputs
            if value.weight.shape != (part.inputs, outputs):
                raise DesignError(
                    f"network.start: layer {number} of the checkpoint has {value.weight.shape[0]} "
                    f"rows and {value.weight.shape[1]} columns, not {part.inputs} and {outputs}"
                )
            weight = np.concatenate([value.weight, own.weight[:, outputs:]], axis=1)
            value = LayerValues(weight, own.bias)
        found.append(value)
    return tuple(found)
