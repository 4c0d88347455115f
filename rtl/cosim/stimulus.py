"""What a run through the Verilog is fed with."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.file import write_bytes

STIMULUS = "stimulus.npz"
EXPECTED = "expected.npz"
FOUND = "found.npz"


@dataclass(frozen=True)
class Stimulus:
    """Samples of a run in their order.

    Parameters
    ----------
    elements
        Shape (samples, inputs): digital integers.
    labels
        Shape (samples,): classes.
    every
        Updates between two looks at the weights.
    hindrance
        Share of the clocks in which sources pause, sinks wait and arrays stall; 0: never.
    """

    elements: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int64]
    every: int
    hindrance: float = 0.0

    def write(self, path: Path) -> Path:
        """Write an NPZ file, whole or not at all."""
        buffer = BytesIO()
        np.savez_compressed(
            buffer,
            elements=self.elements,
            labels=self.labels,
            every=self.every,
            hindrance=self.hindrance,
        )
        return write_bytes(path, buffer.getvalue())

    @classmethod
    def read(cls, path: Path) -> "Stimulus":
        """Read what `write` has written."""
        with np.load(path) as file:
            return cls(
                file["elements"], file["labels"], int(file["every"]), float(file["hindrance"])
            )
