"""Presets: files of values, each with its source and whether that source was checked."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from models.error import DesignError

Kind = Literal["device", "timing"]


@dataclass(frozen=True)
class Entry:
    """One value of a preset."""

    value: object
    source: str
    verified: bool


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


def unverified(kind: Kind, name: str | None, values: Mapping[str, object]) -> dict[str, Entry]:
    """Return the entries of a preset that were not checked and that `values` still has as it has.

    Without a preset there are none: what a user gives is the user's own.
    """
    entries = {} if name is None else read_preset(kind, name)
    return {
        key: entry
        for key, entry in entries.items()
        if not entry.verified and values.get(key) == entry.value
    }
