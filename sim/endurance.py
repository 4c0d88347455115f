"""What a run asked of its devices: pulses of every line, coincidences of every device."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from models.file import write_bytes
from models.memory import Memory
from models.tally import Tally
from sim.directory import PULSES


def tallies(memory: Memory) -> list[Tally]:
    """Return the counts of all stages, none unless they were asked for."""
    found = (memory.tally(stage) for stage in range(len(memory.layers)))
    return [tally for tally in found if tally is not None]


def endurance(memory: Memory) -> dict[str, Any]:
    """Return mean and largest count by stage: the keys of `pulses` in `summary.json`."""
    found: dict[str, Any] = {}
    for kind in ("row", "column", "device"):
        counts = [getattr(tally, f"{kind}s") for tally in tallies(memory)]
        if counts:
            found[f"per_{kind}"] = {
                "mean": [float(part.mean()) for part in counts],
                "max": [int(part.max()) for part in counts],
            }
    return found


def write_pulses(directory: Path, memory: Memory) -> None:
    """Write `pulses.npz`, if counts were asked for: arrays `rows0`, `columns0`, `devices0`, ...

    The number is the stage's; `devices` has shape (rows, columns), all are int64.
    """
    arrays = {
        f"{kind}{stage}": getattr(tally, kind)
        for stage, tally in enumerate(tallies(memory))
        for kind in ("rows", "columns", "devices")
    }
    if arrays:
        content = BytesIO()
        np.savez_compressed(content, **arrays)
        write_bytes(directory / PULSES, content.getvalue())
