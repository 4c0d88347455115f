"""One layer under a learning rule, without a network: the user gives inputs and errors.

Vectors pass the converters as in training; then comes the update with its pulses, transfers and
whatever else the design has. Everything runs on the compiled kernels of training.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from models.burst import update
from models.data import Dataset, Images
from models.design import Design
from models.error import DesignError
from models.kernel import inner
from models.memory import Memory
from models.network import make_network
from models.stage import encode
from models.transfer.compiled import transfer

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any
Reals = npt.NDArray[np.float64]

_X, _D = np.int64(0), np.int64(1)
_STAGE: Any = np.int64(0)  # of NumPy's type: nothing is compiled twice


@inner
def step(plan: Packed, state: Packed, parts: Packed, k: int, x: Array, d: Array) -> None:
    """Execute update `k` of the only layer, and what follows it.

    `x` and `d` are digital vectors, an element a line.
    """
    encode(plan, state, _STAGE, _X, k, x, state.x)
    encode(plan, state, _STAGE, _D, k, d, state.d)
    update(plan, state, parts, _STAGE, k)
    own = plan.transferring
    for t in range(own.number):
        if (k + 1) % own.every[t] == 0:
            transfer(plan, state, parts, _STAGE, k * own.number + t)


@njit(cache=True, error_model="numpy")
def _drive(plan: Packed, state: Packed, parts: Packed, first: int, x: Array, d: Array) -> None:
    """Execute an update for each row of `x` and `d`, from number `first` on."""
    for n in range(len(x)):
        step(plan, state, parts, np.int64(first + n), x[n], d[n])


class Driven:
    """One layer of a design under its learning rule.

    Parameters
    ----------
    design
        With one layer, which is linear as every last one.
    samples
        Updates in all, which the rates' decay counts in.

    Raises
    ------
    DesignError
        When the design has more than one layer.
    """

    def __init__(self, design: Design, samples: int = 1 << 40) -> None:
        if design.stages != 1:
            raise DesignError(f"layer: one layer is driven by itself, not {design.stages}")
        inputs = design.layer[0].inputs
        blank = Images(np.zeros((1, inputs), np.uint8), np.zeros(1, np.int64))
        network = make_network(design, Dataset(blank, blank, 255), samples)
        self.memory = Memory(network, blank, (1,), (1,), 1)
        self.done = 0

    @property
    def scale(self) -> float:
        """W of a unit of normalised weight."""
        return self.memory.layers[0].scale

    @property
    def weights(self) -> Reals:
        """The weights W that reads see, shape (outputs, inputs)."""
        return self.scale * self.memory.layers[0].grid.weights().T.astype(np.float64)

    def array(self, number: int) -> Reals:
        """Return the weights of one array of the learning rule, shape (outputs, inputs), as W.

        Raises
        ------
        DesignError
            Where the layer needs several tiles.
        """
        tiles = self.memory.layers[0].grid.flat
        if len(tiles) > 1:
            raise DesignError(f"tile: the arrays of {len(tiles)} tiles are no single matrix")
        bar = tiles[0]
        if bar.cell is None:
            return self.weights
        return self.scale * bar.cell.array_weights(bar.states, number).T.astype(np.float64)

    def update(self, x: npt.ArrayLike, d: npt.ArrayLike) -> None:
        """Execute updates in their order, W' = W - lr d x^T as the rule and the devices do it.

        `x`, shape (n, inputs), and `d`, shape (n, outputs), are an update a row.
        """
        inputs, errors = np.asarray(x, np.float64), np.asarray(d, np.float64)
        layer = self.memory.network.design.layer[0]
        for vectors, lines, name in ((inputs, layer.inputs, "x"), (errors, layer.outputs, "d")):
            if vectors.ndim != 2 or vectors.shape != (len(inputs), lines):
                wanted = (len(inputs), lines)
                raise ValueError(f"{name}: an update a row makes {wanted}, not {vectors.shape}")
        _drive(*self.memory.kept, self.done, self.digital(inputs), self.digital(errors))
        self.done += len(inputs)

    def digital(self, vectors: Reals) -> Reals:
        """Return real vectors as the design's digital vectors: integers in the hardware profile."""
        numerics = self.memory.network.numerics
        scaled = vectors * numerics.unit
        if numerics.integer:
            scaled = np.clip(np.rint(scaled), -numerics.limit, numerics.limit)
        return np.ascontiguousarray(scaled)
