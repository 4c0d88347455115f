"""Counts for the endurance of a tile: pulses of each line, coincidences of each device."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.kernel import inner, popcount
from models.pulse import PulseWords

Ints = npt.NDArray[np.int64]
Array = Any  # compiled code sees arrays, not their static types


@dataclass(frozen=True)
class Tally:
    """The counts of one tile so far, changed in place; a line's pulses count once a word.

    Parameters
    ----------
    rows, columns
        Pulses of each line.
    devices
        Coincidences of each device, shape (rows, columns).
    """

    rows: Ints
    columns: Ints
    devices: Ints

    def add(self, words: PulseWords) -> None:
        """Count the words of one update."""
        self.rows[...] += np.bitwise_count(words.xw)
        self.columns[...] += np.bitwise_count(words.dw)
        self.devices[...] += np.bitwise_count(words.xw[:, None] & words.dw[None, :])


@inner
def count_words(rows: Array, columns: Array, devices: Array, xw: Array, dw: Array) -> None:
    """Execute `Tally.add`; `devices` is flat."""
    for j in range(len(dw)):
        columns[j] += popcount(dw[j])
    for i in range(len(xw)):
        if xw[i] == 0:
            continue
        rows[i] += popcount(xw[i])
        for j in range(len(dw)):
            devices[i * len(dw) + j] += popcount(xw[i] & dw[j])
