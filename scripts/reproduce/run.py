"""Running the cells of a reproduction: progress, interrupts, and going on from where it was."""

import json
import time
from collections.abc import Callable

from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.store import Store

#: Called with a cell, its number, and the expected seconds done before and within it.
Watch = Callable[[Cell, int, float], None]


def unwatched(cell: Cell, number: int, seconds: float) -> None:
    """Tell nobody."""
    del cell, number, seconds


def check(cells: list[Cell]) -> list[Cell]:
    """Return the cells.

    Raises
    ------
    ValueError
        When two have one name.
    """
    names = [cell.id for cell in cells]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"cells have one name: {', '.join(twice)}")
    return cells


def plain(found: Found) -> Found:
    """Return what a cell found as it will be read again: numbers, texts and lists."""
    read: Found = json.loads(json.dumps(found, allow_nan=False))
    return read


def run_cells(cells: list[Cell], store: Store | None = None, watch: Watch = unwatched) -> Results:
    """Run what is not finished, in order, and return what all cells found.

    Raises
    ------
    KeyboardInterrupt
        When it was interrupted; finished cells are kept.
    """
    results, done = Results(), 0.0
    for number, cell in enumerate(check(cells)):
        found = None if store is None else store.read(cell)
        if found is None:
            watch(cell, number, done)
            begin = time.perf_counter()
            found = plain(cell.work(results, _teller(watch, cell, number, done)))
            found.setdefault("wall_seconds", round(time.perf_counter() - begin, 3))
            if store is not None:
                store.write(cell, found)
            done += cell.seconds
            watch(cell, number, done)
        results.add(cell, found)
    return results


def _teller(watch: Watch, cell: Cell, number: int, done: float) -> Tell:
    def tell(share: float) -> None:
        watch(cell, number, done + share * cell.seconds)

    return tell
