"""A run's directory: created once, every file written whole or not at all."""

import json
from pathlib import Path
from typing import Any

from models.checkpoint import FILE, FOLDER
from models.design import Design, design_sha256, design_toml
from models.error import DesignError
from models.file import write_text


def default_directory(design: Design, name: str) -> Path:
    """Return `runs/<name>-<sha8>-s<seed>`."""
    return Path("runs") / f"{name}-{design_sha256(design)[:8]}-s{design.run.seed}"


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all; a number that is none is refused."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def open_directory(path: Path, force: bool) -> Path:
    """Create a directory to write into, or take an existing one with `force`.

    Nothing of an existing one is removed here; each file is replaced when its new text is whole.

    Raises
    ------
    DesignError
        When it exists (without `force`), is a file, or cannot be made.
    """
    if path.is_file():
        raise DesignError(f"{path}: is a file, not a directory")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise DesignError(f"{path}: exists already; give --force to overwrite it, or another --out")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DesignError(f"{path}: cannot be made: {error.strerror}") from None
    return path


def start_run(path: Path, force: bool, design: Design) -> Path:
    """Open a run's directory and write its design; results of an older run are removed.

    Raises
    ------
    DesignError
        See `open_directory`.
    """
    open_directory(path, force)
    write_text(path / "design.toml", design_toml(design))
    for name in (*RESULTS, PULSES, TABLE, COSIM):
        (path / name).unlink(missing_ok=True)
    return path


#: Counts of lines and devices, where they were asked for.
PULSES = "pulses.npz"
#: All ops, where they were asked for.
TABLE = "ops.parquet"
#: The comparison with a run through the Verilog.
COSIM = "cosim.json"
#: Weights, biases and all memory at the end.
CHECKPOINT = f"{FOLDER}/{FILE}"
#: Results of a run beside its `design.toml`, in the order they are written.
RESULTS = ("metrics.csv", "trace.json", "summary.json", CHECKPOINT, "report.html")
