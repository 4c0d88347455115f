"""A window of the op log as Chrome Trace Event JSON, for https://ui.perfetto.dev."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.file import write_text
from models.resource import Resources
from models.schedule import Op
from sim.ledger import LETTERS, OPS
from sim.log import OpLog

Entry = dict[str, Any]
#: (stage, op, sample, start, end)
Row = tuple[int, int, int, int, int]

_LETTER = {int(op): letter for op, letter in zip(OPS, LETTERS, strict=True)}
_PROCESS = 0


def _names(resources: Resources) -> Iterator[Entry]:
    """Yield the names of the process and of one track a resource."""
    yield {"ph": "M", "pid": _PROCESS, "name": "process_name", "args": {"name": "machine"}}
    for place, name in enumerate(resources.names):
        track = {"ph": "M", "pid": _PROCESS, "tid": place}
        yield {**track, "name": "thread_name", "args": {"name": name}}
        yield {**track, "name": "thread_sort_index", "args": {"sort_index": place}}


def _tracks(row: Row, resources: Resources) -> list[int]:
    """Return the tracks of the resources that an op holds, the first one its own."""
    mask = resources.claims[row[0]].mask(row[1], row[2])
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def _slice(row: Row, track: int, cycle_us: float) -> Entry:
    _, op, sample, start, end = row
    return {
        "ph": "X",
        "pid": _PROCESS,
        "tid": track,
        "name": f"{_LETTER[op]} {sample}",
        "cat": _LETTER[op],
        "ts": start * cycle_us,
        "dur": (end - start) * cycle_us,
        "args": {"sample": sample, "start": start, "end": end},
    }


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


def _flows(rows: list[Row], resources: Resources, cycle_us: float) -> Iterator[Entry]:
    """Yield the arrows: start, steps and finish of every path with at least two ops.

    Each is bound to its op by lying in the middle of the op's slice.
    """
    for number, path in _paths(rows, len(resources.claims)).items():
        if len(path) < 2:
            continue
        for place, row in enumerate(path):
            sample, start, end = row[2:]
            track = _tracks(row, resources)[0]
            entry = {"pid": _PROCESS, "tid": track, "name": f"sample {sample}", "cat": "sample"}
            entry |= {"id": number, "ts": (start + end) / 2 * cycle_us}
            if place == 0:
                yield {"ph": "s", **entry}
            elif place < len(path) - 1:
                yield {"ph": "t", "bp": "e", **entry}
            else:
                yield {"ph": "f", "bp": "e", **entry}


def write_trace(
    path: Path, log: OpLog, clock_hz: float, resources: Resources, first: int = 0, count: int = 2000
) -> None:
    """Write `count` ops of the log from number `first` on, a track for every array and shared unit.

    An op is a slice on each of the tracks of what it holds.

    Times are microseconds, fractional; a slice's arguments hold its sample, start and end cycle.
    Arrows follow each sample through the window. An existing file is replaced only by a whole one.
    """
    window = log[first : first + count]
    rows: list[Row] = list(zip(*(column.tolist() for column in window.columns()), strict=True))
    cycle_us = 1e6 / clock_hz
    entries = list(_names(resources))
    entries += (_slice(row, track, cycle_us) for row in rows for track in _tracks(row, resources))
    entries += _flows(rows, resources, cycle_us)
    write_text(path, json.dumps({"displayTimeUnit": "ns", "traceEvents": entries}) + "\n")
