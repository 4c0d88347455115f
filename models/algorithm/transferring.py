"""Keys that learning rules with transfers share."""

from typing import Literal

from pydantic import Field

from models.algorithm.base import Algorithm
from models.table import MANY, MOST


class Transferring(Algorithm):
    """Keys of a rule that reads one array, column by column, and writes to another."""

    transfer_every: int = Field(1, ge=1, le=MOST)
    """Updates, or mini-batches, between two transfers."""
    transfer_unit: Literal["update", "batch"] = "update"
    """What `transfer_every` counts; `batch` asks for a schedule with mini-batches."""
    transfer_columns: int = Field(1, ge=1, le=MANY)
    """Columns of W that one transfer reads and writes, one after another."""
    transfer_lr: float = Field(0.1, ge=1e-12, le=MANY)
    """Rate of a transfer: change of the target over what was read of the source."""
    read_full_scale: float = Field(1.0, ge=1e-9, le=1e9)
    """ADC rail of a transfer's read, in weight; a power of two in the hardware profile."""

    def every(self, batch: int) -> int:
        """Return the updates between two transfers."""
        return self.transfer_every * (batch if self.transfer_unit == "batch" else 1)
