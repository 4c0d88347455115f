"""`pulsetrain report`: tables and one HTML page from finished runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from models.error import DesignError
from models.file import write_bytes, write_text
from scripts.command import Force, console, free_file, say
from sim.report import COLUMNS, FinishedRun, read_run, report_html, run_row

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories.")]
Page = Annotated[Path, typer.Option(help="File to write.")]
Plot = Annotated[Path | None, typer.Option(help="File for accuracy against cycles, as PNG.")]


#: Columns that fit a terminal; the page has them all.
_SHORT = (0, 1, 2, 4, 6, 7)


def report(
    runs: Runs, out: Page = Path("report.html"), plot: Plot = None, force: Force = False
) -> None:
    """Compare finished runs: a table here, plots and timelines in one HTML page.

    Example: pulsetrain report runs/digits-* --out comparison.html --plot accuracy.png
    """
    free_file(plot, force)
    found = [read_run(directory) for directory in runs]
    if out.is_dir():
        raise DesignError(f"{out}: is a directory; name a file")
    if out.exists() and not force:
        raise DesignError(f"{out}: exists already; give --force to overwrite it, or another --out")
    page = report_html(found)
    picture = None if plot is None else _picture(found)
    table = Table(*(Column(COLUMNS[place], overflow="fold") for place in _SHORT))
    for run in found:
        row = run_row(run)
        table.add_row(*(row[place] for place in _SHORT))
    write_text(out, page)
    console.print(table)
    say(f"wrote {out}")
    if plot is not None and picture is not None:
        say(f"wrote {write_bytes(plot, picture)}")


def _picture(found: list[FinishedRun]) -> bytes:
    from sim.accuracy import accuracy_png  # late: other commands draw no pictures

    return accuracy_png(found)


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(report)
