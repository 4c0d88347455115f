"""Cells: the independent pieces of an experiment, and what they found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

#: What a cell found: numbers, or lists of them, by name.
Found = dict[str, Any]
#: Told the share of a cell's work that is done, 0 to 1.
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Cell:
    """One piece of an experiment, which needs nothing of the others but what `work` asks for.

    Parameters
    ----------
    keys
        What is run: texts and numbers; two cells with the same keys find the same.
    seconds
        Expected on one core of the machine of `docs/benchmarks.md`, kernels compiled.
    work
        Runs it. Takes what earlier cells found, and whom to tell how far it is.
    """

    keys: dict[str, Any]
    seconds: float
    work: Callable[["Results", Tell], Found]

    @property
    def id(self) -> str:
        """Name of its file: the values of its keys."""
        text = "-".join(f"{value}" for value in self.keys.values())
        return "".join(sign if sign.isalnum() or sign in "-+." else "_" for sign in text)


class Results:
    """What finished cells found, in the order of the plan."""

    def __init__(self, pairs: Iterable[tuple[Cell, Found]] = ()) -> None:
        self.pairs = list(pairs)

    def add(self, cell: Cell, found: Found) -> None:
        """Take what a cell found."""
        self.pairs.append((cell, found))

    def where(self, **keys: Any) -> list[Found]:
        """Return what the cells with these keys found."""
        return [
            found
            for cell, found in self.pairs
            if all(cell.keys.get(key) == value for key, value in keys.items())
        ]

    def one(self, **keys: Any) -> Found:
        """Return what the only cell with these keys found.

        Raises
        ------
        KeyError
            When there are none, or several.
        """
        found = self.where(**keys)
        if len(found) != 1:
            raise KeyError(f"{len(found)} cells have {keys}")
        return found[0]

    def values(self, name: str, **keys: Any) -> list[float]:
        """Return a number of each of the cells with these keys."""
        return [float(found[name]) for found in self.where(**keys)]

    def has(self, **keys: Any) -> bool:
        """Whether a cell has these keys."""
        return bool(self.where(**keys))

    def seeds(self) -> list[int]:
        """Return the seeds of all cells, sorted."""
        return sorted({cell.keys["seed"] for cell, _ in self.pairs if "seed" in cell.keys})
