"""Sides that are started like real ones and do next to nothing."""

import sys
from pathlib import Path

from benchmarks.channel import Channel

SIDE = """
import sys
from benchmarks import server
from benchmarks.clock import Job

def make(work):
    print("a library talks of", work["kind"])
    if work["kind"] == "backward":
        raise NotImplementedError("no way back")
    def call():
        with open({log!r}, "a") as log:
            print({name!r}, work["kind"], file=log)
        return {seconds!r}
    return Job(call, {{"coincidences": 2.5}}, long=True)

server.run(make, lambda: {{"name": {name!r}}})
"""


def side(folder: Path, name: str, seconds: float) -> Channel:
    """A side whose every call takes `seconds` and leaves a line in `log`."""
    script = folder / f"{name}.py"
    script.write_text(SIDE.format(log=str(folder / "log"), name=name, seconds=seconds))
    return Channel(name, [sys.executable, str(script)])
