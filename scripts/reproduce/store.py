"""Finished cells on disk: one JSON file each, written whole or not at all."""

import json
from pathlib import Path
from typing import Any

from models.file import write_text
from models.version import __version__
from scripts.reproduce.cell import Cell, Found, Results

FOLDER = "cells"


class Store:
    """The finished cells of a run.

    Parameters
    ----------
    folder
        Of the run.
    context
        What holds for all cells, beside the version: level and data; a file of another is void.
    """

    def __init__(self, folder: Path, context: dict[str, Any]) -> None:
        self.folder = folder / FOLDER
        self.context = {"version": __version__, **context}

    def _path(self, cell: Cell) -> Path:
        return self.folder / f"{cell.id}.json"

    def read(self, cell: Cell) -> Found | None:
        """Return what a finished cell found; None where it is not there, damaged or another."""
        try:
            kept = json.loads(self._path(cell).read_text())
            found: Found = kept.pop("found")
        except (OSError, ValueError, KeyError, AttributeError):
            return None
        return found if kept == self._said(cell) else None

    def _said(self, cell: Cell) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(json.dumps({"keys": cell.keys, **self.context}))
        return said

    def write(self, cell: Cell, found: Found) -> None:
        """Keep what a cell found."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {**self._said(cell), "found": found}
        write_text(self._path(cell), json.dumps(content, indent=1, allow_nan=False) + "\n")

    def clear(self) -> None:
        """Forget all cells."""
        for path in self.folder.glob("*.json"):
            path.unlink()

    def known(self, cells: list[Cell]) -> Results:
        """Return what those of the cells found that are finished."""
        pairs = ((cell, self.read(cell)) for cell in cells)
        return Results((cell, found) for cell, found in pairs if found is not None)
