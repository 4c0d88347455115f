"""Proofs by induction: Yosys' solver on a component that holds assertions."""

import subprocess
import sys
from enum import Enum
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib.wiring import Component

_YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for line in sys.argv[1:]:
    libyosys.run_pass(line, design)
"""


class Verdict(Enum):
    """What the solver found."""

    PROVEN = "Induction step proven: SUCCESS!"
    REFUTED = "model found for base case: FAIL!"
    OPEN = "Reached maximum number of time steps"


def prove(component: Component, folder: Path, steps: int) -> Verdict:
    """Prove all assertions of `component`, for any inputs, by induction over `steps` cycles.

    The first cycle is that after reset; inputs are free, reset too. A refutation is a run of at
    most `steps` cycles from there; with none, what holds in `steps` - 1 cycles, no two alike, must
    hold in the next.
    """
    (folder / "proof.il").write_text(rtlil.convert(component, name="proof", emit_src=False))
    passes = (
        "read_rtlil proof.il",
        "hierarchy -top proof",
        "proc",
        "flatten",
        "opt_clean",
        "async2sync",
        "chformal -lower",
        "opt -full",
        f"sat -tempinduct -prove-asserts -maxsteps {steps}",
    )
    done = subprocess.run(
        [sys.executable, "-c", _YOSYS, *passes], cwd=folder, capture_output=True, text=True
    )
    found = [verdict for verdict in Verdict if verdict.value in done.stdout]
    if done.returncode or len(found) != 1:
        raise RuntimeError(f"no verdict: {done.stdout[-800:]}{done.stderr[-800:]}")
    return found[0]
