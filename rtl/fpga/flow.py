"""Synthesis, placement and routing, bitstream: the tools, each in a process of its own."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from amaranth.back import rtlil
from amaranth.lib.wiring import Component

from models.error import DesignError
from models.file import write_text
from rtl.fpga.target import Target

NETLIST, REPORT, LOG = "netlist.json", "nextpnr.json", "tools.log"
#: The placer of ECP5 builds: of a tile's controller it needs two thirds of the default's wire.
PLACER = "static"
_YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for line in sys.argv[1:]:
    libyosys.run_pass(line, design)
"""
_TOOL = """
import sys
from {package} import run_{tool}
sys.exit(run_{tool}(sys.argv[1:]))
"""


def check_tools(target: Target) -> None:
    """Refuse to begin without a board's tools.

    Raises
    ------
    DesignError
        With one sentence on what is missing.
    """
    if find_spec(target.package.replace("-", "_")) is None:
        raise DesignError(
            f'synth: {target.package} is not installed; pip install "pulsetrain[synth]" brings it'
        )


def _run(program: str, arguments: list[str], folder: Path, what: str) -> int:
    """Run a tool; what it says is added to the log. Return its exit code."""
    with (folder / LOG).open("a") as log:
        command = [sys.executable, "-c", program, *arguments]
        code = subprocess.run(command, cwd=folder, stdout=log, stderr=log).returncode
    if code:
        lines = (folder / LOG).read_text(errors="replace").strip().splitlines()
        wrong = [line for line in lines if "ERROR" in line] or lines
        raise DesignError(f"{folder / LOG}: {what}: {wrong[-1] if wrong else 'it ended'}")
    return code


def _nextpnr(target: Target, tool: str) -> str:
    return _TOOL.format(package=target.package.replace("-", "_"), tool=tool)


def synthesise(component: Component, target: Target, folder: Path) -> None:
    """Write a component as a netlist of the board's cells, module `top`, into `folder`.

    Amaranth gives each element of a vector at a port a name of its own, which the mapping to lookup
    tables takes for the port's bits; so those names are hidden.

    Raises
    ------
    DesignError
        When Yosys fails.
    """
    (folder / LOG).unlink(missing_ok=True)
    write_text(folder / "top.il", rtlil.convert(component, name="top", emit_src=False))
    further = " -dsp" if target.family == "ice40" else ""
    passes = [
        "read_rtlil top.il",
        "rename -hide w:*[*]",
        f"synth_{target.family} -top top{further} -json {NETLIST}",
    ]
    _run(_YOSYS, passes, folder, "synthesis failed")


def route(target: Target, folder: Path, megahertz: float, seed: int, pins: bool) -> dict[str, Any]:
    """Place and route the netlist in `folder`; return nextpnr's report.

    Parameters
    ----------
    pins
        Whether the netlist is a board's top; otherwise its ports are left open, paths from and to
        them are not looked at, and there is no bitstream.

    Raises
    ------
    DesignError
        When it does not fit, or the tool fails otherwise.
    """
    ecp5 = target.family == "ecp5"
    arguments = [*target.options, "--json", NETLIST, "--report", REPORT, "--seed", str(seed)]
    arguments += ["--freq", f"{megahertz:g}", "--timing-allow-fail"]
    if ecp5:
        arguments += ["--placer", PLACER]
    if pins:
        constraints = "pins.lpf" if ecp5 else "pins.pcf"
        write_text(folder / constraints, target.constraints())
        arguments += ["--lpf" if ecp5 else "--pcf", constraints]
        arguments += ["--textcfg" if ecp5 else "--asc", "routed.txt"]
    elif ecp5:
        arguments.append("--out-of-context")
    else:
        arguments += ["--pcf-allow-unconstrained"]
    tool = _nextpnr(target, f"nextpnr_{target.family}")
    _run(tool, arguments, folder, "placement and routing failed")
    found: dict[str, Any] = json.loads((folder / REPORT).read_text())
    return found


def pack(target: Target, folder: Path) -> Path:
    """Write the bitstream of what was routed; return its file.

    Raises
    ------
    DesignError
        When the tool fails.
    """
    if target.family == "ecp5":
        file, tool, arguments = "top.bit", "ecppack", ["--compress", "routed.txt", "top.bit"]
    else:
        file, tool, arguments = "top.bin", "icepack", ["routed.txt", "top.bin"]
    _run(_nextpnr(target, tool), arguments, folder, "no bitstream")
    return folder / file
