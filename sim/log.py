"""The log of started ops as columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.schedule import Op

Column = NDArray[np.int64]
FIELDS = ("stage", "op", "sample", "start", "end")


class Columns(Protocol):
    """A log of columns of equal length."""

    def columns(self) -> tuple[Column, ...]:
        """Return them."""


def shared_columns(parts: Iterable[Columns]) -> list[Column]:
    """Return the columns of logs of one kind, one after the other."""
    return [
        np.concatenate(column) for column in zip(*(part.columns() for part in parts), strict=True)
    ]


@dataclass(frozen=True, eq=False)
class OpLog:
    """Started ops, ordered by (start, stage); five columns of equal length.

    `stage` counts from 0, `op` is a :class:`models.schedule.Op`, `sample` counts over the run; of a
    transfer it is its number (:meth:`sim.durations.Durations.due`). An op occupies the cycles from
    `start` to `end` - 1.
    """

    stage: Column
    op: Column
    sample: Column
    start: Column
    end: Column

    @classmethod
    def from_flat(cls, numbers: Sequence[int]) -> "OpLog":
        """Return the log of a flat list of stage, op, sample, start, end, stage, ..."""
        table = np.array(numbers, dtype=np.int64).reshape(-1, len(FIELDS))
        return cls(*np.ascontiguousarray(table.T))

    @classmethod
    def join(cls, logs: Iterable["OpLog"]) -> "OpLog":
        """Return the logs one after the other."""
        return cls(*shared_columns([cls.from_flat(()), *logs]))

    def columns(self) -> tuple[Column, ...]:
        """Return the five columns in the order of :data:`FIELDS`."""
        return self.stage, self.op, self.sample, self.start, self.end

    def __len__(self) -> int:
        return len(self.stage)

    def __getitem__(self, rows: slice | NDArray[np.bool_]) -> "OpLog":
        return OpLog(*(column[rows] for column in self.columns()))

    def shift(self, samples: int | Column, cycles: int | Column, transfers: Column) -> "OpLog":
        """Return the same ops, `samples` samples and `cycles` cycles later.

        `transfers`: by how much the numbers of transfers at each stage grow in a sample.
        """
        growth = np.where(self.op == Op.TRANSFER, transfers[self.stage], 1)
        return OpLog(
            self.stage,
            self.op,
            self.sample + samples * growth,
            self.start + cycles,
            self.end + cycles,
        )
