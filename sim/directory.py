"""A run's directory: created once, every file written whole or not at all."""

import json
import os
from pathlib import Path
from typing import Any

from models.design import Design, design_sha256
from models.error import DesignError


def default_directory(design: Design, name: str) -> Path:
    """Return `runs/<name>-<sha8>-s<seed>`."""
    return Path("runs") / f"{name}-{design_sha256(design)[:8]}-s{design.run.seed}"


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name and rename it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text)
    os.replace(partial, path)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all."""
    write_text(path, json.dumps(content, indent=2) + "\n")


def open_directory(path: Path, force: bool) -> Path:
    """Create a run directory, or take an existing one with `force`; its old results are removed.

    Raises
    ------
    DesignError
        When it exists (without `force`), is a file, or cannot be made.
    """
    if path.is_file():
        raise DesignError(f"{path}: is a file, not a run directory")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise DesignError(f"{path}: exists already; give --force to overwrite it, or another --out")
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name in RESULTS:
            (path / name).unlink(missing_ok=True)
    except OSError as error:
        raise DesignError(f"{path}: cannot be written: {error.strerror}") from None
    return path


#: Files of a run, in the order they are written.
RESULTS = ("design.toml", "metrics.csv", "summary.json", "trace.json", "report.html")
