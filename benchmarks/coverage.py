"""What the runs through the Verilog reach of it: python -m benchmarks.coverage [FOLDER].

Four accelerators that differ in all they can train a few dozen samples under Verilator's line,
branch, expression and toggle coverage. A point counts once for all places where a unit stands: it
is named by the unit, the text of its line and what is asked there. Uncovered lines are listed in
full, all else is counted by unit.
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from models.design import make_design
from rtl.cosim.run import build, simulate
from rtl.cosim.stimulus import STIMULUS, Stimulus
from rtl.writing import write_accelerator
from sim.reference import Reference

KINDS = ("line", "branch", "expr", "toggle")
SAMPLES = 60
HINDRANCE = 0.2
DESIGNS: dict[str, dict[str, Any]] = {
    "asynchronous": {
        "data": {"name": "spiral"},
        "layer": [
            {"inputs": 2, "outputs": 4, "activation": "tanh"},
            {"inputs": 4, "outputs": 3, "activation": "relu"},
            {"inputs": 3, "outputs": 3},
        ],
        "tile": {"update": {"bl": 8, "phases": 2, "slots": "used"}},
        "schedule": {"name": "async", "arrival_cycles": 30, "link_cycles": 3, "link_interval": 9},
        "algorithm": {"lr": 0.3, "lr_decay_after": 0.5},
    },
    "synchronous": {
        "data": {"name": "spiral"},
        "network": {"loss": "mse"},
        "layer": [
            {"inputs": 2, "outputs": 5, "activation": "sigmoid"},
            {"inputs": 5, "outputs": 3, "activation": "linear"},
        ],
        "tile": {"update": {"bl": 31, "lfsr_sharing": "line"}},
        "schedule": {"name": "fill-drain", "N": 3, "first_stage_backward": True},
        "algorithm": {"lr": 0.3},
    },
    "transferring": {
        "data": {"name": "spiral"},
        "layer": [{"inputs": 2, "outputs": 4, "activation": "relu"}, {"inputs": 4, "outputs": 3}],
        "timing": {"program_row_cycles": 3},
        "schedule": {"name": "zero-bubble"},
        "algorithm": {"name": "tiki-taka", "lr": 0.3, "transfer_lr": 1.0},
    },
    "counting": {
        "data": {"name": "spiral"},
        "layer": [{"inputs": 2, "outputs": 3}],
        "schedule": {"name": "sequential"},
        "algorithm": {"name": "tiki-taka-2", "lr": 0.3, "transfer_lr": 1.0, "transfer_bl": 3},
    },
}
#: Kind, unit, text of the line, and what is asked there.
Point = tuple[str, str, str, str]


def points(folder: Path) -> Iterator[tuple[Point, int]]:
    """Yield the points of a run and how often each was met."""
    lines = (folder / "accelerator.v").read_text().splitlines()
    for row in (folder / "coverage.dat").read_text(errors="replace").splitlines():
        if not row.startswith("C '"):
            continue
        body, _, count = row[3:].rpartition("' ")
        parts = (part.split("\x02", 1) for part in body.split("\x01") if "\x02" in part)
        field = dict(parts)
        unit = re.sub(r"\d+", "", field["h"].rpartition(".")[2])
        text = re.sub(r"\s+", " ", lines[int(field["l"]) - 1].strip())
        yield (field["t"], unit, text, re.sub(r"__\w\w", "", field["o"])), int(count)


def run(tables: dict[str, Any], folder: Path) -> None:
    """Train a design through its Verilog, with coverage counted, in `folder`."""
    design = make_design(tables | {"run": {"samples": SAMPLES}})
    reference = Reference(design, SAMPLES, SAMPLES)
    write_accelerator(design, folder, SAMPLES)
    fed = Stimulus(reference.inputs, reference.labels, SAMPLES)
    replace(fed, hindrance=HINDRANCE).write(folder / STIMULUS)
    flags = [f"--coverage-{kind}" for kind in ("line", "expr", "toggle")]
    simulate(folder, build(folder, optimised=False, flags=flags))


def report(met: Counter[Point]) -> None:
    """Print shares by kind, uncovered lines, and the units that leave most uncovered."""
    console = Console()
    table = Table("kind", "covered", "points", "%", "most uncovered in")
    missed: dict[str, Counter[str]] = defaultdict(Counter)
    total, covered = Counter[str](), Counter[str]()
    for (kind, unit, _, _), count in met.items():
        total[kind] += 1
        covered[kind] += count > 0
        missed[kind][unit] += count == 0
    for kind in KINDS:
        worst = ", ".join(f"{unit} {n}" for unit, n in missed[kind].most_common(5) if n)
        share = f"{100 * covered[kind] / total[kind]:.1f}"
        table.add_row(kind, f"{covered[kind]:,}", f"{total[kind]:,}", share, worst)
    console.print(table)
    rows = sorted({(p[1], p[2]) for p, n in met.items() if p[0] == "line" and n == 0})
    console.print(f"{len(rows)} uncovered lines")
    for unit, text in rows:
        console.print(f"  {unit}: {text}", markup=False, soft_wrap=True)


def main(folder: Path) -> None:
    """Run all designs in `folder` and report."""
    met: Counter[Point] = Counter()
    for name, tables in DESIGNS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        run(tables, folder / name)
        for point, count in points(folder / name):
            met[point] += count  # a point that is never met stands there with 0
    report(met)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with TemporaryDirectory() as temporary:
            main(Path(temporary))
