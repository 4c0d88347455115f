"""Overrides from the command line: `key=value` laid over the tables of a design file."""

import tomllib
from typing import Any

from models.error import DesignError

Tables = dict[str, Any]

#: Keys of `[schedule]` that describe the machine, not the order: they stay when the name changes.
_LINKS = (
    "link_cycles",
    "link_interval",
    "credit_return_cycles",
    "loss_cycles",
    "arrival_cycles",
    "first_stage_backward",
)
#: Keys of `[algorithm]` that every learning rule has.
_RATES = ("lr", "lr_decay", "lr_decay_after")
#: Tables that a preset fills.
_PRESET = ("device", "timing", "energy", "area")
_DEEPEST = 4


def _split(assignment: str) -> tuple[str, Any]:
    key, sign, text = assignment.partition("=")
    key = key.strip()
    if not sign or not key or not all(key.split(".")):
        raise DesignError(f"--set {assignment}: give key=value, as in tile.update.bl=4")
    if key.count(".") > _DEEPEST:
        raise DesignError(f"--set {assignment}: there is no such key")
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return key, text


def _table(tables: Tables, key: str) -> Tables:
    found = tables.get(key, {})
    if not isinstance(found, dict):
        raise DesignError(f"{key}: input should be a table")
    return found


def _shorten(tables: Tables, key: str, value: Any) -> bool:
    """Apply a shorthand; return whether `key` is one."""
    if key == "data":
        tables[key] = {**_table(tables, key), "name": value}
    elif key == "algorithm":
        kept = {name: v for name, v in _table(tables, key).items() if name in _RATES}
        tables[key] = {"name": value, **kept}
    elif key == "schedule":
        kept = {name: v for name, v in _table(tables, key).items() if name in _LINKS}
        tables[key] = {"name": value, **kept}
    elif key.removesuffix(".preset") in _PRESET:
        tables[key.removesuffix(".preset")] = {"preset": value}
    elif key == "profile":
        tables["run"] = {**_table(tables, "run"), "profile": value}
        _table(tables, "tile").pop("noise_management", None)
    else:
        return False
    return True


def _lay(tables: Tables, assignment: str) -> None:
    key, value = _split(assignment)
    *path, leaf = key.split(".")
    here: Any = tables
    for part in path:
        if isinstance(here, list):
            if not part.isdecimal() or int(part) >= len(here):
                raise DesignError(f"--set {assignment}: there is no layer {part}")
            here = here[int(part)]
        else:
            here = here.setdefault(part, {})
        if not isinstance(here, (dict, list)):
            raise DesignError(f"--set {assignment}: {part} is not a table")
    if isinstance(here, list):
        raise DesignError(f"--set {assignment}: name a key of one layer, as in layer.0.omega")
    here[leaf] = value


def apply_overrides(tables: Tables, assignments: tuple[str, ...]) -> None:
    """Lay `key=value` assignments over `tables`, in place.

    The shorthands come first, whatever their place: `schedule=X` names a schedule and drops the
    keys of its order, but keeps links and arrivals; `algorithm=X` names a rule and keeps the rates
    alone; `data=X` changes the name; `device=X`, `timing=X`, `energy=X` and `area=X` take a preset
    and drop what the file gave beside it; `profile=X` sets `run.profile` and lets it choose the
    noise management. Then dotted keys.

    Raises
    ------
    DesignError
        When an assignment is not of that form, or names no table.
    """
    for assignment in [text for text in assignments if not _shorten(tables, *_split(text))]:
        _lay(tables, assignment)
