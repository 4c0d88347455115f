"""A window of a run as Chrome Trace Event JSON, for https://ui.perfetto.dev."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from models.energy.op import OpEnergy
from models.file import write_text
from models.resource import Resources
from models.schedule import CAUSES, Rule
from sim.counter import Steps, held_d, held_x, spent, staleness
from sim.event import PROCESS, Entry, Row, Times, flows, rows_of, tracks
from sim.ledger import LETTERS, OPS
from sim.wait import IDLE
from sim.window import Window

_LETTER = {int(op): letter for op, letter in zip(OPS, LETTERS, strict=True)}
#: Names of what an array does while no op runs on it, by code, and a colour of Catapult's for it.
WAITS = (*(f"waits: {cause}" for cause in CAUSES), "nothing left")
_GREY, _WHITE = "grey", "white"


def _names(resources: Resources) -> Iterator[Entry]:
    """Yield the names of the process and of one track a resource."""
    yield {"ph": "M", "pid": PROCESS, "name": "process_name", "args": {"name": "machine"}}
    for place, name in enumerate(resources.names):
        track = {"ph": "M", "pid": PROCESS, "tid": place}
        yield {**track, "name": "thread_name", "args": {"name": name}}
        yield {**track, "name": "thread_sort_index", "args": {"sort_index": place}}


def _slice(row: Row, track: int, times: Times) -> Entry:
    _, op, sample, start, end = row
    return {
        **times.slice(start, end),
        "pid": PROCESS,
        "tid": track,
        "name": f"{_LETTER[op]} {sample}",
        "cat": _LETTER[op],
        "args": {"sample": sample, "start": start, "end": end},
    }


def _waits(window: Window, times: Times) -> Iterator[Entry]:
    """Yield a slice for every gap of an array's track, by what it waits for."""
    columns = (column.tolist() for column in window.waits.columns())
    for array, cause, start, end in zip(*columns, strict=True):
        yield {
            **times.slice(start, end),
            "pid": PROCESS,
            "tid": array,
            "name": WAITS[cause],
            "cat": "idle" if cause == IDLE else "wait",
            "cname": _WHITE if cause == IDLE else _GREY,
            "args": {"start": start, "end": end},
        }


def _counter(name: str, series: str, steps: Steps, times: Times) -> Iterator[Entry]:
    for cycle, value in zip(*steps, strict=True):
        yield {
            "ph": "C",
            "pid": PROCESS,
            "name": name,
            "ts": times.microseconds(cycle),
            "args": {series: value},
        }


def _counters(window: Window, rule: Rule, energy: OpEnergy | None, times: Times) -> Iterator[Entry]:
    """Yield staleness and stashes of each stage, and the energy of the ops that have ended."""
    kinds: tuple[tuple[str, str, Callable[[Window, Rule, int], Steps]], ...] = (
        ("staleness", "updates", staleness),
        ("stash x", "slots", held_x),
        ("stash d", "slots", held_d),
    )
    for stage in range(rule.stages):
        for name, series, find in kinds:
            steps = find(window, rule, stage)
            yield from _counter(f"stage {stage + 1} {name}", series, steps, times)
    if energy is not None:
        yield from _counter("energy", "joules", spent(window, energy.joules), times)


def write_trace(
    path: Path,
    window: Window,
    clock_hz: float,
    resources: Resources,
    rule: Rule,
    energy: OpEnergy | None = None,
) -> None:
    """Write a window, a track for every array and shared unit.

    An op is a slice on each of the tracks of what it holds, a gap of an array one with its cause:
    the slices of an array's track fill the window. What reaches beyond it is cut; a slice's
    arguments hold its cycles uncut, an op's sample too. Times are microseconds, fractional. Arrows
    follow each sample through the window; counters show the staleness of each stage's last sample,
    its stash slots held (rule R6) and, with `energy`, joules since the window began. An existing
    file is replaced only by a whole one.
    """
    times = Times(clock_hz, window.first, window.last)
    rows = rows_of(window.ops)
    entries = list(_names(resources))
    entries += (_slice(row, track, times) for row in rows for track in tracks(row, resources))
    entries += _waits(window, times)
    entries += flows(rows, resources, times)
    entries += _counters(window, rule, energy, times)
    about = {"clock_hz": clock_hz, "first_cycle": window.first, "last_cycle": window.last}
    write_text(path, json.dumps({"otherData": about, "traceEvents": entries}) + "\n")
