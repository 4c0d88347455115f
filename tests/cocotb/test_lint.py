"""The emitted Verilog under Verilator's lint."""

import os
import subprocess
from pathlib import Path

import pytest

from models.design import make_design
from rtl.verilog import write_verilog
from tests.cocotb.wheel import ROOT

#: What generated text is full of and no fault: unused aliases, initial values, implicit widths.
NOISE = (
    "UNUSEDSIGNAL",
    "PROCASSINIT",
    "CASEINCOMPLETE",
    "CASEOVERLAP",
    "WIDTHEXPAND",
    "WIDTHTRUNC",
    "DECLFILENAME",
)


@pytest.mark.cocotb
@pytest.mark.parametrize(
    ("phases", "slots", "sharing"), [(1, "built", "side"), (4, "used", "line")]
)
def test_the_verilog_has_no_latch_no_loop_and_one_driver_a_signal(
    phases: int, slots: str, sharing: str, tmp_path: Path
) -> None:
    update = {"phases": phases, "slots": slots, "lfsr_sharing": sharing}
    design = make_design({"layer": [{"inputs": 8, "outputs": 6}], "tile": {"update": update}})
    source = write_verilog(design, tmp_path)[0]
    done = subprocess.run(
        [
            ROOT / "bin" / "verilator_bin",
            "--lint-only",
            "-Wall",
            *(f"-Wno-{name}" for name in NOISE),
            source,
        ],
        env=os.environ | {"VERILATOR_ROOT": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
