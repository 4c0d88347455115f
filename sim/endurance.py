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
    """Return the counts of all tiles, none unless they were asked for."""
    found = (memory.tally(tile) for tile in range(len(memory.banks)))
    return [tally for tally in found if tally is not None]


def kinds(memory: Memory) -> tuple[str, ...]:
    """Return what is counted: with drawn coincidences there are no pulses of lines."""
    drawn = memory.network.design.tile.update.pulse_type == "binomial"
    return ("device",) if drawn else ("row", "column", "device")


def pulse_summary(memory: Memory, samples: int) -> dict[str, Any]:
    """Return `pulses` of `summary.json`: what was sent, met and used; slots are by stage.

    What a `pulse_type` does not have is left out; mean and largest counts of lines and devices,
    by tile, are there if they were asked for.
    """
    slots, sent, met = memory.state.counters.T
    kind = memory.network.design.tile.update.pulse_type
    found: dict[str, Any] = {}
    if kind not in ("binomial", "ideal"):
        found["sent"] = int(sent.sum())
    if kind != "ideal":
        found["coincidences"] = int(met.sum())
    found["slots_per_update"] = [count / samples for count in slots.tolist()]
    for part in kinds(memory):
        counts = [getattr(tally, f"{part}s") for tally in tallies(memory)]
        if counts:
            found[f"per_{part}"] = {
                "mean": [float(count.mean()) for count in counts],
                "max": [int(count.max()) for count in counts],
            }
    return found


def write_pulses(directory: Path, memory: Memory) -> None:
    """Write `pulses.npz`, if counts were asked for: arrays `rows0`, `columns0`, `devices0`, ...

    The number is the tile's; `devices` has shape (rows, columns), all are int64.
    """
    arrays = {
        f"{kind}s{tile}": getattr(tally, f"{kind}s")
        for tile, tally in enumerate(tallies(memory))
        for kind in kinds(memory)
    }
    if arrays:
        content = BytesIO()
        np.savez_compressed(content, **arrays)
        write_bytes(directory / PULSES, content.getvalue())
