"""What all commands share: options, one-sentence errors, the console."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from models.design import Design, read_design
from models.error import DesignError
from sim.window import Span

console = Console()
#: Prints one sentence, unwrapped.
say = typer.echo

DesignFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[DESIGN.toml]", help="Description of the machine.", show_default="digits"
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Override a key of the design; may be repeated."
    ),
]
Seed = Annotated[int | None, typer.Option(help="Root of every random number (run.seed).")]
Out = Annotated[Path | None, typer.Option(help="Directory to write.")]
Csv = Annotated[Path | None, typer.Option(help="File for all figures, as CSV.")]
Trace = Annotated[
    str | None,
    typer.Option(
        metavar="FIRST:LAST", help="Cycles that trace.json shows; by default the first 2,000 ops."
    ),
]
Ops = Annotated[
    bool, typer.Option("--ops", help="Write all ops too, as ops.parquet (needs pyarrow).")
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what exists.")]


def progress_columns() -> tuple[ProgressColumn, ...]:
    """Return what the bar of a training shows."""
    return (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )


def load(path: Path | None, overrides: list[str] | None, seed: int | None) -> Design:
    """Return the design of a command's arguments.

    Raises
    ------
    DesignError
        When the file or an override is wrong.
    """
    changes = [*(overrides or []), *([] if seed is None else [f"run.seed={seed}"])]
    return read_design(path, tuple(changes))


def chosen(out: Path | None, design: Design, default: Path) -> Path:
    """Return the directory to write: `--out`, or the design's `run.out`, or `default`."""
    return out or (Path(design.run.out) if design.run.out else default)


def one_schedule(path: Path | None, name: str, overrides: tuple[str, ...]) -> tuple[str, ...]:
    """Return the overrides that give a design the schedule NAME or NAME:N.

    Where it has that one already, its keys stay.

    Raises
    ------
    DesignError
        When the name is empty.
    """
    kind, sign, batch = name.partition(":")
    if not kind:
        raise DesignError("--schedules: give names, as in sequential,fill-drain:20,async")
    own = read_design(path, overrides).schedule.name
    changes = () if kind == own else (f"schedule={kind}",)
    return (*changes, f"schedule.N={batch}") if sign else changes


def cycles_of(option: str, text: str | None) -> Span | None:
    """Return the cycles of an option's FIRST:LAST, None where it is not given.

    Raises
    ------
    DesignError
        When it is something else.
    """
    if text is None:
        return None
    first, sign, last = text.partition(":")
    if not (sign and first.isdecimal() and last.isdecimal() and int(first) < int(last)):
        raise DesignError(f"{option} {text}: give FIRST:LAST, two cycles, as in 0:600")
    return Span(int(first), int(last))


def free_file(path: Path | None, force: bool) -> None:
    """Refuse a file to write that is a directory, or is there and would be lost.

    Raises
    ------
    DesignError
        With one sentence on what to do.
    """
    if path is None:
        return
    if path.is_dir():
        raise DesignError(f"{path}: is a directory; name a file")
    if path.exists() and not force:
        raise DesignError(f"{path}: exists already; give --force to overwrite it")


def design_name(path: Path | None) -> str:
    """Return the name of a design for its run directory."""
    return "digits" if path is None else path.stem
