"""Builds and runs a bench in Verilator without Python in the loop."""

import os
import subprocess
import time
from pathlib import Path

from models.design import Design
from models.error import DesignError
from models.record import Record
from rtl.cosim.emulated import read_record
from rtl.cosim.run import check_tools
from rtl.cosim.wheel import ROOT

_FLAGS = ("-Wno-fatal", "-Wno-lint", "-Wno-style", "--output-split", "0")
_FAST = ("-O3", "--x-assign", "fast", "--x-initial", "fast")


def _run(command: list[str], folder: Path, log: str, what: str) -> None:
    """Run a tool of a folder.

    Raises
    ------
    DesignError
        When it fails; the log holds what it said.
    """
    environment = os.environ | {"VERILATOR_ROOT": str(ROOT)}
    with (folder / log).open("a") as file:
        done = subprocess.run(command, cwd=folder, stdout=file, stderr=file, env=environment)
    if done.returncode:
        lines = (folder / log).read_text(errors="replace").strip().splitlines()[-5:]
        raise DesignError(f"{folder / log}: {what}: {' | '.join(lines)}")


def build_bench(folder: Path, optimised: bool = True) -> Path:
    """Build a simulator of what `write_emulated` has written; return the program.

    Raises
    ------
    DesignError
        When a tool is missing or fails.
    """
    check_tools()
    (folder / "build.log").unlink(missing_ok=True)
    verilate = [str(ROOT / "bin" / "verilator_bin"), "--cc", "--exe", "--top-module", "bench"]
    sources = ["bench.v", "emulated.v", "../main.cpp"]
    flags = [*_FLAGS, *(_FAST if optimised else ()), "--Mdir", "build"]
    levels = [f"OPT_{kind}={'-O2' if optimised else '-O0'}" for kind in ("FAST", "SLOW", "GLOBAL")]
    make = ["make", "-C", "build", "-f", "Vbench.mk", "CFG_CXXFLAGS_PCH_I=-include", *levels]
    what = "the simulator could not be built"
    _run([*verilate, *flags, *sources], folder, "build.log", what)
    _run(make, folder, "build.log", what)
    return folder / "build" / "Vbench"


def run_bench(program: Path, design: Design, folder: Path, every: int) -> Record:
    """Run the bench in `folder` to its end; return its record.

    Raises
    ------
    DesignError
        When it fails; `run.log` holds what it said.
    """
    (folder / "run.log").unlink(missing_ok=True)
    begin = time.perf_counter()
    _run([str(program.resolve())], folder, "run.log", "the simulation did not end")
    return read_record(design, folder, every, time.perf_counter() - begin)
