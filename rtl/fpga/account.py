"""What a build takes and how fast it is, from the reports of the tools."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rtl.fpga.flow import NETLIST
from rtl.fpga.target import Target

#: Numbers of cells by resource, by submodule.
Cells = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Hop:
    """A piece of a path: the submodule that it passes, and its delay in ns."""

    module: str
    nanoseconds: float


@dataclass(frozen=True)
class Account:
    """A build.

    Parameters
    ----------
    used, available
        Cells of each resource.
    modules
        Cells that each submodule has itself, by Yosys's names of cells.
    megahertz
        Highest frequency of the clock.
    source, sink, path
        Where the path that sets it begins and ends, and what it passes.
    """

    used: dict[str, int]
    available: dict[str, int]
    modules: Cells
    megahertz: float
    source: str
    sink: str
    path: list[Hop]


#: Names of Yosys's cells by resource; of lookup tables also what they are combined to.
_KINDS = {
    "LUT": r"LUT4|CCU2C|SB_LUT4|SB_CARRY",
    "FF": r"TRELLIS_FF|SB_DFF\w*",
    "RAM": r"DP16KD|SB_RAM\w*|SB_SPRAM\w*",
    "DSP": r"MULT18X18D|SB_MAC16",
}


def submodules(folder: Path) -> list[str]:
    """Return the paths of the submodules that a netlist was made of."""
    text = (folder / "top.il").read_text()
    return re.findall(r"^module \\top\.([\w.]+)", text, re.MULTILINE)


def part(cell: str, known: Sequence[str]) -> str:
    """Return the innermost of the `known` submodules that a cell of the flat netlist belongs to."""
    found = [name for name in known if cell.startswith(f"{name}.")]
    return max(found, key=len, default="top")


def _register(cell: str) -> str:
    """Return what a flip-flop is called in the source."""
    return re.split(r"_(?:TRELLIS_FF|SB_DFF)", cell)[0]


def module_cells(folder: Path, known: Sequence[str]) -> Cells:
    """Return the cells of each resource that each of the `known` submodules has itself.

    The rest are of `top`. Yosys names a lookup table after a signal that it drives or feeds: it may
    be the neighbour's.
    """
    cells = json.loads((folder / NETLIST).read_text())["modules"]["top"]["cells"]
    counts = Counter(
        (part(name, known), kind)
        for name, cell in cells.items()
        for kind, pattern in _KINDS.items()
        if re.fullmatch(pattern, cell["type"])
    )
    names = [name for name in (*known, "top") if any(counts[name, kind] for kind in _KINDS)]
    return {name: {kind: counts[name, kind] for kind in _KINDS} for name in names}


def outline(modules: Cells, rows: int) -> Cells:
    """Return the cells of parts of the tree of submodules: about as many as `rows`, no part twice.

    The largest part that has parts is taken apart until there are as many.
    """

    def within(path: str) -> Cells:
        return {name: own for name, own in modules.items() if f"{name}.".startswith(f"{path}.")}

    def total(path: str) -> dict[str, int]:
        return {kind: sum(own[kind] for own in within(path).values()) for kind in _KINDS}

    found = {path: total(path) for path in {name.split(".")[0] for name in modules}}
    while len(found) < rows:
        whole = [path for path in found if set(within(path)) - {path} and path in found]
        if not whole:
            break
        path = max(whole, key=lambda one: found[one]["LUT"])
        depth = path.count(".") + 2
        inner = {".".join(name.split(".")[:depth]) for name in set(within(path)) - {path}}
        del found[path]
        found |= {one: total(one) for one in inner}
        if path in modules:
            found[f"{path}, itself"] = modules[path]
    return dict(sorted(found.items(), key=lambda one: (-one[1]["LUT"], one[0])))


def make_account(target: Target, folder: Path, report: dict[str, Any]) -> Account:
    """Return the account of a build in `folder` with nextpnr's report."""
    known = submodules(folder)
    slowest = min(report["fmax"].values(), key=lambda clock: float(clock["achieved"]))
    inner = [one for one in report["critical_paths"] if one["from"] == one["to"]]
    longest = max(inner, key=lambda one: sum(step["delay"] for step in one["path"]))["path"]
    steps = [(part(step["from"]["cell"], known), float(step["delay"])) for step in longest]
    path = [
        Hop(name, round(sum(delay for _, delay in group), 2))
        for name, group in groupby(steps, lambda step: step[0])
    ]
    utilization = report["utilization"]
    modules = module_cells(folder, known)
    used = {kind: utilization[cell]["used"] for kind, cell in target.resources.items()}
    available = {kind: utilization[cell]["available"] for kind, cell in target.resources.items()}
    if "FF" not in used:  # a cell of the FPGA holds both
        used["FF"] = sum(module["FF"] for module in modules.values())
        available["FF"] = available["LUT"]
    return Account(
        used={kind: used[kind] for kind in _KINDS},
        available={kind: available[kind] for kind in _KINDS},
        modules=modules,
        megahertz=float(slowest["achieved"]),
        source=_register(longest[0]["from"]["cell"]),
        sink=_register(longest[-1]["to"]["cell"]),
        path=path,
    )
