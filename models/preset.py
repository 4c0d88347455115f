"""Presets: files of values, each with its source and whether that source was checked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from models.error import DesignError

Kind = Literal["device", "timing", "energy", "area"]
#: How a value came here, and whether that verifies it; arithmetic is as good as its numbers.
LABELS: dict[str, bool | None] = {
    "source": True,  # read in the paper or program that is named
    "abstract": True,  # read in the abstract of the paper that is named
    "note": False,  # from another text's account of the paper
    "arithmetic": None,  # computed from numbers of the source
    "recalled": False,  # from memory
    "choice": False,  # of this project
}


@dataclass(frozen=True)
class Entry:
    """One value of a preset."""

    value: object
    source: str
    verified: bool
    label: str = ""
    """One of `LABELS`, or none."""


def preset_names(kind: Kind) -> list[str]:
    """Return the names of all presets of a kind, sorted."""
    folder = files("models") / "preset" / kind
    return sorted(
        f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")
    )


def read_preset(kind: Kind, name: str) -> dict[str, Entry]:
    """Return the entries of a preset by key.

    Raises
    ------
    DesignError
        When there is no such preset.
    """
    if name not in preset_names(kind):
        raise DesignError(
            f"{kind}.preset: there is no {kind} preset {name!r}; known are "
            f"{', '.join(preset_names(kind))}"
        )
    text = (files("models") / "preset" / kind / f"{name}.toml").read_text()
    return {key: Entry(**fields) for key, fields in tomllib.loads(text).items()}


def preset_table(kind: Kind) -> str:
    """Return all values of all presets of a kind as a table in Markdown."""
    rows = [
        (name, key, f"{entry.value}", "yes" if entry.verified else "no", entry.label)
        for name in preset_names(kind)
        for key, entry in read_preset(kind, name).items()
    ]
    head = (("preset", "key", "value", "verified", "how"), ("---",) * 5)
    return "".join(f"| {' | '.join(row)} |\n" for row in (*head, *rows))


def _plain(value: object) -> object:
    """Return a value as a file has it: a tuple is a list there."""
    return list(value) if isinstance(value, tuple) else value


def unverified(kind: Kind, name: str | None, values: Mapping[str, object]) -> dict[str, Entry]:
    """Return the entries of a preset that were not checked and that `values` still has as it has.

    Without a preset there are none: what a user gives is the user's own.
    """
    entries = {} if name is None else read_preset(kind, name)
    return {
        key: entry
        for key, entry in entries.items()
        if not entry.verified and _plain(values.get(key)) == entry.value
    }
