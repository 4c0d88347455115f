"""What an emulated array takes of an FPGA, by its size: python -m benchmarks.emulator_cost OUT.png.

Yosys maps an array to an ECP5, one size after another around 16 rows, 8 columns and 8 slots: lookup
tables (two for a carry cell), flip-flops, block RAMs and multipliers; and that size with noise, and
with the two arrays of Tiki-Taka. Nothing is placed.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from rich.console import Console
from rich.table import Table

from models.design import make_design
from rtl.emulation import emulated_tiles
from rtl.emulator import Emulator
from rtl.fpga.flow import NETLIST, synthesise
from rtl.fpga.target import TARGETS

mpl.use("Agg")

#: What is varied, the others at their second value.
SIZES = {"rows": (8, 16, 32, 64), "columns": (4, 8, 16), "slots": (4, 8, 31)}
CELLS = {"LUT4": ("LUT", 1), "CCU2C": ("LUT", 2), "TRELLIS_RAMW": ("LUT", 2)}
CELLS |= {"TRELLIS_DPR16X4": ("LUT", 4), "TRELLIS_FF": ("FF", 1)}
CELLS |= {"DP16KD": ("RAM", 1), "MULT18X18D": ("DSP", 1)}
#: What is added to the usual size.
FURTHER: dict[str, dict[str, Any]] = {
    "noise": {"device": {"preset": "emulated", "dw_min_std": 0.3}},
    "Tiki-Taka": {"algorithm": {"name": "tiki-taka"}},
}
KINDS = ("LUT", "FF", "RAM", "DSP")


def cost(rows: int, columns: int, slots: int, **further: Any) -> dict[str, int]:
    """Return the cells of an array; `further` tables replace those of the design."""
    tables: dict[str, Any] = {
        "device": {"preset": "emulated"},
        "layer": [{"inputs": rows, "outputs": columns}],
        "tile": {"output_noise": 0.0, "update": {"bl": slots}},
    }
    (tile,) = emulated_tiles(make_design(tables | further))
    found = dict.fromkeys(KINDS, 0)
    with TemporaryDirectory() as folder:
        synthesise(Emulator(tile), TARGETS["ulx3s-85f"], Path(folder))
        cells = json.loads((Path(folder) / NETLIST).read_text())["modules"]["top"]["cells"]
    for cell in cells.values():
        if cell["type"] in CELLS:
            kind, count = CELLS[cell["type"]]
            found[kind] += count
    return found


def sizes() -> Iterator[tuple[str, dict[str, int]]]:
    """Yield what is varied, and every size of it."""
    usual = {name: values[1] for name, values in SIZES.items()}
    for name, values in SIZES.items():
        for value in values:
            yield name, usual | {name: value}


def draw(found: list[tuple[str, dict[str, int], dict[str, int]]], file: Path) -> None:
    """Draw lookup tables and flip-flops against each size."""
    figure, axes = plt.subplots(1, len(SIZES), figsize=(10, 3.2), sharey=True)
    for axis, name in zip(axes, SIZES, strict=True):
        own = [(size[name], cells) for what, size, cells in found if what == name]
        for kind, style in (("LUT", "o-"), ("FF", "s--")):
            axis.plot([at for at, _ in own], [cells[kind] for _, cells in own], style, label=kind)
        axis.set_xlabel(name)
        axis.grid(alpha=0.3)
    axes[0].set_ylim(0, 1.05 * max(cells["LUT"] for _, _, cells in found))
    axes[0].set_ylabel("cells")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(file, dpi=120)


def main() -> None:
    """Synthesise every size; print a table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="picture to write")
    given = parser.parse_args()
    known: dict[tuple[int, ...], dict[str, int]] = {}
    found = []
    table = Table(*SIZES, *KINDS)
    for name, size in sizes():
        key = tuple(size.values())
        if key not in known:
            known[key] = cost(**size)
            table.add_row(*map(str, key), *(f"{known[key][kind]:,}" for kind in KINDS))
        found.append((name, size, known[key]))
    usual = [values[1] for values in SIZES.values()]
    for name, tables in FURTHER.items():
        own = cost(*usual, **tables)
        *sizes_of, last = map(str, usual)
        table.add_row(*sizes_of, f"{last}, {name}", *(f"{own[kind]:,}" for kind in KINDS))
    Console().print(table)
    draw(found, given.out)


if __name__ == "__main__":
    main()
