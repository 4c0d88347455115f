"""When arrays stood still, and why, as columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from models.schedule import CAUSES
from sim.log import Column, shared_columns

#: Code of an array with nothing left to do, after those of :data:`models.schedule.CAUSES`.
IDLE = len(CAUSES)


@dataclass(frozen=True, eq=False)
class WaitLog:
    """Stalls, array after array or by their ends: four columns of equal length.

    `array` is the place of the array's bit among the machine's resources, `cause` a place in
    :data:`models.schedule.CAUSES` or :data:`IDLE`. The array stands still in the cycles from
    `start` to `end` - 1.
    """

    array: Column
    cause: Column
    start: Column
    end: Column

    @classmethod
    def from_flat(cls, numbers: Sequence[int]) -> "WaitLog":
        """Return the log of a flat list of array, cause, start, end, array, ..."""
        table = np.array(numbers, dtype=np.int64).reshape(-1, 4)
        return cls(*np.ascontiguousarray(table.T))

    @classmethod
    def join(cls, logs: Iterable["WaitLog"]) -> "WaitLog":
        """Return the logs one after the other."""
        return cls(*shared_columns([cls.from_flat(()), *logs]))

    def columns(self) -> tuple[Column, ...]:
        """Return the four columns."""
        return self.array, self.cause, self.start, self.end

    def __len__(self) -> int:
        return len(self.array)

    def within(self, first: int, last: int | None) -> "WaitLog":
        """Return the part of the cycles `first` to `last` - 1, or to the end."""
        start, end = np.maximum(self.start, first), self.end
        if last is not None:
            end = np.minimum(end, last)
        kept = start < end
        return WaitLog(self.array[kept], self.cause[kept], start[kept], end[kept])

    def repeated(self, shifts: Column) -> "WaitLog":
        """Return a copy for each of `shifts`, so many cycles later."""
        by = np.repeat(shifts, len(self))
        array, cause, start, end = (np.tile(column, len(shifts)) for column in self.columns())
        return WaitLog(array, cause, start + by, end + by)

    def merged(self) -> "WaitLog":
        """Return the same stalls, array after array, those of one cause that meet made one."""
        order = np.lexsort((self.start, self.array))
        array, cause, start, end = (column[order] for column in self.columns())
        new = np.ones(len(self), np.bool_)
        new[1:] = (array[1:] != array[:-1]) | (cause[1:] != cause[:-1]) | (start[1:] != end[:-1])
        return WaitLog(array[new], cause[new], start[new], end[np.append(new[1:], new[:1])])
