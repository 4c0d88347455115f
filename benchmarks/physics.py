"""Time this project's arrays beside aihwkit's.

    python -m benchmarks.physics [--peer PYTHON] [--data FOLDER] [--quick] [--out FOLDER]

Both sides are processes of their own with one thread each; they take turns, ours, aihwkit, ours,
aihwkit, case by case, so that a busy machine slows both alike. Seconds are those of the processor;
ratios are of minima.

Only ratios mean anything on another machine, and even they change with the processor: a coincidence
of aihwkit is a chain of C's rand() with its two locked instructions, a division for the place in a
table of normal numbers and scattered loads, which vector units do not speed up.
"""

import json
import platform
import shlex
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.case import Case, Side, cases
from benchmarks.channel import AbsentError, Channel, RefusedError, our_side, peer_side
from benchmarks.result import Result, groups, markdown, table

console = Console()

Sides = dict[Side, Channel]


def run_case(case: Case, sides: Sides, rounds: int, repeats: int) -> list[Result]:
    """Return a case's results: every entry is prepared, then all are timed in turns."""
    results = [Result(case, entry) for entry in case.entries if entry.side in sides]
    for name, result in enumerate(results):
        try:
            reply = sides[result.entry.side].ask(
                do="prepare", name=str(name), work=result.entry.work
            )
            result.facts = reply["facts"]
        except RefusedError as error:
            result.error = str(error)
    for _ in range(rounds):
        for name, result in enumerate(results):
            if result.error is None:
                try:
                    reply = sides[result.entry.side].ask(do="time", name=str(name), repeats=repeats)
                    result.seconds += reply["seconds"]
                    result.facts = reply["facts"]
                except RefusedError as error:
                    result.error = str(error)
    for side in sides.values():
        side.ask(do="drop")
    return results


def machine(sides: Sides) -> dict[str, Any]:
    """Return what ran: both sides' versions and threads, the system."""
    found: dict[str, Any] = {"system": platform.platform()}
    return found | {name: side.ask(do="about")["about"] for name, side in sides.items()}


def write(
    folder: Path, command: str, about: dict[str, Any], results: list[Result], draw: bool
) -> None:
    """Write results.json, results.md and, with matplotlib, two pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {"command": command, "machine": about, "results": [r.record() for r in results]}
    (folder / "results.json").write_text(json.dumps(record, indent=1) + "\n")
    parts = [f"## {group}\n\n{markdown(results, group)}\n" for group in groups(results)]
    (folder / "results.md").write_text("\n".join(parts))
    if draw:
        from benchmarks import plot

        plot.curves(results, folder / "curves.png")
        plot.dots(results, folder / "dots.png")


def main(
    peer: Annotated[str | None, typer.Option(help="interpreter that has aihwkit")] = None,
    data: Annotated[str | None, typer.Option(help="folder of the four MNIST files")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="small arrays, one round")] = False,
    out: Annotated[Path | None, typer.Option(help="folder for JSON, tables, pictures")] = None,
) -> None:
    """Time this project's arrays beside aihwkit's, one thread each."""
    command = shlex.join(["python", "-m", "benchmarks.physics", *sys.argv[1:]])
    rounds, repeats = (1, 3) if quick else (3, 25)
    if data is not None and not Path(data, "train-labels-idx1-ubyte.gz").is_file():
        console.print(f"training is left out: {data} holds no train-labels-idx1-ubyte.gz")
        data = None
    results: list[Result] = []
    with ExitStack() as stack:
        sides: Sides = {"ours": stack.enter_context(our_side())}
        try:
            if peer is None:
                raise AbsentError("aihwkit is left out: no --peer names its interpreter")
            sides["peer"] = stack.enter_context(peer_side(peer))
        except AbsentError as absent:
            console.print(str(absent))
        for group in dict.fromkeys(case.group for case in cases(quick, data)):
            for case in (c for c in cases(quick, data) if c.group == group):
                turns = min(rounds, 2) if group == "training" else rounds
                results += run_case(case, sides, turns, repeats)
            console.print(table(results, group))
            if out is not None:  # after each group: what is measured stays
                write(out, command, machine(sides), results, draw=True)
        console.print_json(data=machine(sides))
    if out is not None:
        console.print(f"wrote {out}")


if __name__ == "__main__":
    typer.run(main)
