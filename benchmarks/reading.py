"""Reads as training executes them: one sample after another, all digital work included."""

from typing import Any

import numpy as np

from models import executor
from models.data import Dataset, Images
from models.design import make_design
from models.memory import Memory
from models.network import make_network
from models.schedule import Op


class Reading:
    """A machine of two stages, one of which is read.

    Parameters
    ----------
    rows, columns
        Size of the array that is read.
    forward
        Whether F of the first stage is executed, or B of the second.
    tile
        Its `[tile]` table.
    """

    def __init__(self, rows: int, columns: int, forward: bool, tile: dict[str, Any]) -> None:
        sizes = (rows, columns, 1) if forward else (1, rows, columns)
        layers: list[dict[str, Any]] = [
            {"inputs": sizes[0], "outputs": sizes[1], "activation": "relu"},
            {"inputs": sizes[1], "outputs": sizes[2]},
        ]
        lines = {"rows": max(sizes[:2]), "columns": max(sizes[1:])}
        design = make_design({"layer": layers, "tile": tile | lines})
        rng = np.random.default_rng([rows, columns])
        pixels = rng.integers(0, 256, (1, sizes[0]), np.uint8)
        images = Images(pixels, np.zeros(1, np.int64))
        network = make_network(design, Dataset(images, images, 255), 1 << 40)
        self.memory = Memory(network, images, (1, 1), (1, 1), 1)
        self.stage, self.op = (0, Op.FORWARD) if forward else (1, Op.BACKWARD)
        if not forward:
            error = self.memory.state.d[self.memory.d_slot(1, 0)]
            error[...] = rng.integers(-63, 64, columns)
        self.done = 0

    def read(self, times: int) -> None:
        """Execute as many reads."""
        samples = np.arange(self.done, self.done + times)
        stages, ops = np.full(times, self.stage), np.full(times, int(self.op))
        memory, self.done = self.memory, self.done + times
        executor.run(memory, stages, ops, samples, np.zeros(1, np.int64))
