"""`pulsetrain compare`: machines and schedules side by side, without training."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Column, Table

from models.design import Design, read_design
from models.error import DesignError
from models.file import write_bytes, write_text
from models.table import MOST
from scripts.command import Csv, Force, Overrides, console, free_file, one_schedule, say
from sim.account import account_lines
from sim.comparison import stage_rows, table_rows
from sim.finding import Finding, csv_text, find, lines_of
from sim.stretch import left_out

Designs = Annotated[
    list[Path] | None,
    typer.Argument(metavar="DESIGN.toml", help="Descriptions; the digits' by default."),
]
Schedules = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,...",
        help="Each design under each of these; NAME:N gives the mini-batch, as in 1f1b:20.",
    ),
]
Samples = Annotated[int, typer.Option(min=1, max=MOST, help="Samples to pass.")]
Plot = Annotated[Path | None, typer.Option(help="File for a chart, as PNG.")]


def compare(
    designs: Designs = None,
    schedules: Schedules = None,
    samples: Samples = 1000,
    overrides: Overrides = None,
    csv: Csv = None,
    plot: Plot = None,
    force: Force = False,
) -> None:
    """Put machines or schedules side by side: cycles, throughput, stalls, staleness, stashes.

    Examples: pulsetrain compare a.toml b.toml --plot both.png

    pulsetrain compare examples/deep.toml --schedules sequential,fill-drain:20,async
    """
    for file in (csv, plot):
        free_file(file, force)
    chosen = _designs(designs or [], schedules, tuple(overrides or ()))
    with console.status("counting cycles"):
        found = [find(name, design, samples) for name, design in chosen.items()]
    console.print(_table(found, f"{samples:,} samples", table_rows(found)))
    console.print(_table(found, "stage by stage", stage_rows(found)))
    for one in found:
        for sentence in left_out(one.system):
            say(f"{one.name}: {sentence}")
        for line in account_lines(one.summary):
            say(f"{one.name}: {line.strip()}")
        if not one.stretch.exact:
            few = one.stretch.samples
            say(f"{one.name}: no period in {few:,} samples; all figures are extrapolated from them")
    if csv is not None:
        say(f"wrote {write_text(csv, csv_text(lines_of(found)))}")
    if plot is not None:
        from sim.comparison_chart import comparison_png  # late: other commands draw no pictures

        say(f"wrote {write_bytes(plot, comparison_png(found))}")


def _designs(
    paths: list[Path], schedules: str | None, overrides: tuple[str, ...]
) -> dict[str, Design]:
    """Return the designs to compare by name."""
    names: list[str | None] = [None]
    if schedules is not None:
        names = [part.strip() for part in schedules.split(",")]
    files: list[Path | None] = [*paths] or [None]
    stems = [path.stem for path in paths]
    found: dict[str, Design] = {}
    for path in files:
        base = "digits" if path is None else path.stem
        if path is not None and stems.count(base) > 1:
            base = str(path)
        for name in names:
            label = base if name is None else f"{base} {name}" if len(paths) > 1 else name
            if label in found:
                raise DesignError(f"compare: {label} is there twice")
            order = () if name is None else one_schedule(path, name, overrides)
            found[label] = read_design(path, (*order, *overrides))
    if len(found) < 2:
        raise DesignError("compare: give at least two designs, or --schedules NAME,NAME")
    return found


def _table(found: list[Finding], head: str, rows: list[list[str]]) -> Table:
    columns = [Column(one.name, justify="right", overflow="fold") for one in found]
    look: dict[str, Any] = {"box": SIMPLE_HEAD, "padding": (0, 1, 0, 0), "pad_edge": False}
    table = Table(Column(head, overflow="fold"), *columns, **look)
    for row in rows:
        table.add_row(*row)
    return table


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(compare)
