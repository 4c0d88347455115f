"""Events of the Chrome Trace Event Format: entries, times, and arrows along samples."""

from collections.abc import Iterator
from fractions import Fraction
from math import inf, nextafter
from typing import Any

from models.resource import Resources
from models.schedule import Op
from sim.log import OpLog

Entry = dict[str, Any]
#: (stage, op, sample, start, end)
Row = tuple[int, int, int, int, int]
#: The only process.
PROCESS = 0


def rows_of(log: OpLog) -> list[Row]:
    """Return the ops of a log one by one."""
    return list(zip(*(column.tolist() for column in log.columns()), strict=True))


def tracks(row: Row, resources: Resources) -> list[int]:
    """Return the tracks of the resources that an op holds, the first one its own."""
    mask = resources.claims[row[0]].mask(row[1], row[2])
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


class Times:
    """Cycles as the microseconds of a trace, cut to the cycles `first` to `last` - 1.

    Readers cut microseconds to whole nanoseconds, after a product in binary: a float is taken that
    comes out right, so that slices that meet in a cycle never overlap by a nanosecond.
    """

    def __init__(self, clock_hz: float, first: int, last: int) -> None:
        self.first, self.last = first, last
        #: Nanoseconds of a cycle, a fraction.
        self._ratio = (Fraction(10**9) / Fraction(clock_hz)).as_integer_ratio()

    def microseconds(self, cycles: int, parts: int = 1) -> float:
        """Return the microseconds of so many cycles, or of one of `parts` equal parts of them."""
        above, below = cycles * self._ratio[0], parts * self._ratio[1]
        found, nanoseconds = above / (1000 * below), above // below
        while int(found * 1000.0) < nanoseconds:
            found = nextafter(found, inf)
        while int(found * 1000.0) > nanoseconds:
            found = nextafter(found, -inf)
        return found

    def cut(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of an op's cycles in the window."""
        return max(start, self.first), min(end, self.last)

    def slice(self, start: int, end: int) -> Entry:
        """Return the phase and times of a slice."""
        start, end = self.cut(start, end)
        begin, length = self.microseconds(start), self.microseconds(end - start)
        return {"ph": "X", "ts": begin, "dur": length}

    def middle(self, start: int, end: int) -> float:
        """Return the middle of a slice."""
        return self.microseconds(sum(self.cut(start, end)), 2)


def _paths(rows: list[Row], stages: int) -> dict[int, list[Row]]:
    """Return the ops that hand data on, in order, by a number for each path.

    A sample's first path is F up all stages, B down again and U of the stage it ends at; a further
    one leads from B to U at every other stage.
    """
    forward, backward, update = int(Op.FORWARD), int(Op.BACKWARD), int(Op.UPDATE)
    by_place = {row[:3]: row for row in rows}
    paths: dict[int, list[Row]] = {}
    for sample in sorted({row[2] for row in rows if row[1] in (forward, backward, update)}):
        path = [(m, forward, sample) for m in range(stages)]
        path += [(m, backward, sample) for m in reversed(range(stages))]
        path.append((0, update, sample))
        wanted = [path] + [[(m, backward, sample), (m, update, sample)] for m in range(1, stages)]
        for number, places in enumerate(wanted, sample * stages):
            paths[number] = [by_place[place] for place in places if place in by_place]
    return paths


def flows(rows: list[Row], resources: Resources, times: Times) -> Iterator[Entry]:
    """Yield the arrows: start, steps and finish of every path with at least two ops.

    Each is bound to its op by lying in the middle of the op's slice.
    """
    for number, path in _paths(rows, len(resources.claims)).items():
        if len(path) < 2:
            continue
        for place, row in enumerate(path):
            sample, start, end = row[2:]
            track = tracks(row, resources)[0]
            entry = {"pid": PROCESS, "tid": track, "name": f"sample {sample}", "cat": "sample"}
            entry |= {"id": number, "ts": times.middle(start, end)}
            if place == 0:
                yield {"ph": "s", **entry}
            elif place < len(path) - 1:
                yield {"ph": "t", "bp": "e", **entry}
            else:
                yield {"ph": "f", "bp": "e", **entry}
