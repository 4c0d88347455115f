"""What a trained network is, kept in a file: real weights, biases, and every device's state.

`network.npz` holds for each stage `<n>.weight`, W = rho s G, shape (rows, columns), and `<n>.bias`,
in the units of its inputs' 1.0; besides, as `state.<name>`, all that the run changed in its memory.
Frozen weights that are exact numbers stand in the columns before those of the stage's tiles.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from models.converter import Scaling, Vectors
from models.error import DesignError
from models.file import write_bytes
from models.layer.linear import Linear

#: Folder and file of a run's directory.
FOLDER, FILE = "checkpoint", "network.npz"


class LayerValues(NamedTuple):
    """A layer's real weights W, shape (rows, columns), and bias, shape (columns,)."""

    weight: Vectors
    bias: Vectors


def layer_values(layer: Linear) -> LayerValues:
    """Return what a layer holds, in real numbers."""
    numerics = layer.numerics
    weight = layer.grid.weights().astype(np.float64) * (layer.scale * layer.gain)[None, :]
    if layer.base is not None:
        weight = np.concatenate([layer.base / numerics.unit, weight], axis=1)
    return LayerValues(weight, layer.bias / (numerics.unit * numerics.bias_unit))


def write_checkpoint(
    run: Path, layers: Sequence[Linear], state: Mapping[str, npt.NDArray[Any]]
) -> Path:
    """Write the checkpoint of a run's directory; return its path. `state` is the run's memory."""
    arrays: dict[str, Any] = {}
    for number, layer in enumerate(layers):
        values = layer_values(layer)
        arrays[f"{number}.weight"], arrays[f"{number}.bias"] = values
    kept: dict[str, Any] = {f"state.{name}": value for name, value in state.items()}
    content = BytesIO()
    np.savez_compressed(content, **(kept | arrays))
    folder = run / FOLDER
    folder.mkdir(exist_ok=True)
    return write_bytes(folder / FILE, content.getvalue())


def read_checkpoint(path: Path) -> tuple[LayerValues, ...]:
    """Return the layers of a checkpoint: of a run's directory, or of the file itself.

    Raises
    ------
    DesignError
        When there is none, or it is damaged.
    """
    file = path / FOLDER / FILE if path.is_dir() else path
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            count = sum(name.endswith(".weight") for name in arrays.files)
            return tuple(
                LayerValues(arrays[f"{n}.weight"], arrays[f"{n}.bias"]) for n in range(count)
            )
    except FileNotFoundError:
        raise DesignError(f"network.start: {file} is not there") from None
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise DesignError(f"network.start: {file} is not a whole checkpoint: {error}") from None


def programmed(layer: Linear, values: LayerValues, stage: int) -> Linear:
    """Return a layer whose devices were written with a checkpoint's weights, within their bounds.

    Raises
    ------
    DesignError
        When the layer has another shape.
    """
    rows, columns = layer.grid.weights().shape
    beside = 0 if layer.base is None else layer.base.shape[1]
    shape = (rows, beside + columns)
    if values.weight.shape != shape:
        raise DesignError(
            f"network.start: layer {stage} of the checkpoint has {values.weight.shape[0]} rows and "
            f"{values.weight.shape[1]} columns, not {shape[0]} and {shape[1]}"
        )
    base = None if layer.base is None else layer.numerics.digital(values.weight[:, :beside])
    wanted = (values.weight[:, beside:] / layer.scale).astype(np.float32)
    numerics = layer.numerics
    if numerics.scaling == Scaling.EXACT:
        grid = layer.grid.with_weights(wanted)
    else:
        grid = layer.grid.map(lambda _, rows, columns, tile: tile.programmed(wanted[rows, columns]))
    bias = values.bias * (numerics.unit * numerics.bias_unit)
    if numerics.integer:
        limit = numerics.limit * numerics.bias_unit
        bias = np.clip(np.rint(bias), -limit, limit)
    return layer.starting(grid, bias, base)
