"""`pulsetrain reproduce`: a published experiment, our numbers beside the paper's."""

import gzip
import hashlib
import json
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from models.error import DesignError
from models.file import write_bytes, write_text
from models.version import __version__
from scripts.command import Force, Out, console, say
from scripts.interrupt import Interrupts, StoppedError
from scripts.reproduce.cell import Cell, Results
from scripts.reproduce.reproduction import Report, Reproduction, Scale
from scripts.reproduce.run import check, run_cells
from scripts.reproduce.store import Store

Name = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="Which experiment.", show_default="a list")
]
Listed = Annotated[bool, typer.Option("--list", help="Show all with source and time.")]
Quick = Annotated[bool, typer.Option("--quick", help="The trend, in under three minutes.")]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="FOLDER", help="Images in MNIST's format: four IDX files, gz or not."
    ),
]
_LABELS = ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte")


def reproduce(
    name: Name = None,
    listed: Listed = False,
    quick: Quick = False,
    data: DataFolder = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Run a published experiment: our numbers beside the paper's, with the spread over seeds.

    Finished cells are kept, also when it is stopped: the same command goes on from there. --force
    begins anew.

    Example: pulsetrain reproduce pipeline --quick
    """
    from scripts.reproduce.catalogue import find  # late: it loads the compiler and matplotlib

    if listed or name is None:
        _list()
        return
    chosen = find(name)
    scale = Scale("quick" if quick else "full", _folder(chosen, data))
    folder = out or Path("runs") / f"reproduce-{name}{'-quick' if quick else ''}"
    if folder.is_file():
        raise DesignError(f"{folder}: is a file, not a directory")
    cells = check(chosen.plan(scale))
    context = {"level": scale.level, "data": data_digest(scale.data)}
    store = Store(folder, context)
    if force:
        store.clear()
    begin = time.perf_counter()
    results = _run(chosen, cells, store, folder)
    report = chosen.report(results, scale)
    said = _command(name, quick, scale.data, out)
    _write(folder, chosen, (report, results), {"command": said, **context})
    say((folder / "table.txt").read_text().rstrip())
    say(
        f"wrote {folder} in {time.perf_counter() - begin:.0f} s: table.txt, figure.png, result.json"
    )


def _list() -> None:
    from scripts.reproduce.catalogue import CATALOGUE

    for one in CATALOGUE.values():
        times = [expected(one.plan(Scale(level))) for level in ("quick", "full")]
        note = {"no": "", "optional": ", --data FOLDER", "required": ", needs --data"}[one.data]
        say(f"{one.name}: {one.title}")
        say(f"    {one.source}")
        say(f"    about {duration(times[0])} with --quick, {duration(times[1])} in full{note}")


def duration(seconds: float) -> str:
    """Return a duration for people."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def expected(cells: list[Cell]) -> float:
    """Return the expected seconds of cells."""
    return sum(cell.seconds for cell in cells)


def _folder(chosen: Reproduction, data: Path | None) -> Path | None:
    """Return the folder of images.

    Raises
    ------
    DesignError
        When it is missing, or of no use.
    """
    if data is None and chosen.data == "required":
        raise DesignError(
            f"reproduce {chosen.name}: give --data FOLDER with MNIST's four IDX files"
        )
    if data is not None and chosen.data == "no":
        raise DesignError(f"--data: {chosen.name} uses no images of a folder")
    if data is not None and not data.is_dir():
        raise DesignError(f"--data {data}: there is no such folder")
    return data


def data_digest(folder: Path | None) -> str:
    """Return what tells a folder of images from others: a digest of its training labels."""
    if folder is None:
        return "embedded"
    for name in _LABELS:
        for path in (folder / name, folder / f"{name}.gz"):
            if path.is_file():
                raw = path.read_bytes()
                content = gzip.decompress(raw) if path.suffix == ".gz" else raw
                return f"labels {hashlib.sha256(content).hexdigest()[:12]}"
    raise DesignError(f"--data {folder}: holds no {_LABELS[0]}")


def _command(name: str, quick: bool, data: Path | None, out: Path | None) -> str:
    words = ["pulsetrain", "reproduce", name, *(["--quick"] if quick else [])]
    words += [] if data is None else ["--data", data.name]
    words += [] if out is None or out.is_absolute() else ["--out", str(out)]
    return shlex.join(words)


def _run(chosen: Reproduction, cells: list[Cell], store: Store, folder: Path) -> Results:
    """Run what is not finished; an interrupt ends the program with one sentence."""
    left = [cell for cell in cells if store.read(cell) is None]
    if len(left) < len(cells):
        say(f"{folder}: {len(cells) - len(left)} of {len(cells)} cells are finished already")
    if left:
        say(f"{chosen.name}: {len(left)} cells, about {duration(expected(left))} on one core")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar, Interrupts() as interrupts:
        task = bar.add_task("loading kernels (compiled once)", total=expected(left) or 1.0)

        def watch(cell: Cell, number: int, seconds: float) -> None:
            text = f"{number + 1} of {len(cells)}: {cell.id}"
            bar.update(task, completed=seconds, description=text)
            interrupts.check()

        try:
            return run_cells(cells, store, watch)
        except KeyboardInterrupt:
            done = len(store.known(cells).pairs)
    raise StoppedError(
        f"{folder}: stopped with {done} of {len(cells)} cells finished; "
        "the same command goes on from there"
    )


def _write(
    folder: Path, chosen: Reproduction, found: tuple[Report, Results], context: dict[str, Any]
) -> None:
    """Write text, figure and result into a run's folder."""
    from scripts.reproduce.text import report_text
    from sim.chart import new_figure, png

    report, results = found
    folder.mkdir(parents=True, exist_ok=True)
    seconds = sum(one["wall_seconds"] for _, one in results.pairs)
    seeds = results.seeds()
    date = datetime.now(UTC).date().isoformat()
    head = [
        f"$ {context['command']}",
        f"{chosen.title}: {chosen.source}",
        (
            f"pulsetrain {__version__}, {date}, {context['level']}, data {context['data']}, "
            f"seeds {seeds or 'none'}, {duration(seconds)} of work"
        ),
    ]
    write_text(folder / "table.txt", "\n".join([*head, "", report_text(report)]) + "\n")
    figure = new_figure(*chosen.size)
    chosen.draw(results, figure)
    write_bytes(folder / "figure.png", png(figure))
    content = {
        "name": chosen.name,
        "source": chosen.source,
        **context,
        "version": __version__,
        "date": date,
        "seeds": seeds,
        "seconds": round(seconds, 1),
        "claims": [claim._asdict() for claim in report.claims],
        "differs": report.differs,
    }
    text = json.dumps(content, indent=2, allow_nan=False).removesuffix("\n}")
    cells = [json.dumps({"keys": cell.keys, "found": one}) for cell, one in results.pairs]
    joined = ",\n    ".join(cells)
    write_text(folder / "result.json", f'{text},\n  "cells": [\n    {joined}\n  ]\n}}\n')


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(reproduce)
