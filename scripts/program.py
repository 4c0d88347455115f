"""The program: its verbs, one a file."""

from typing import Annotated

import typer

from models.version import __version__
from scripts import (
    board,
    check,
    compare,
    complexity,
    cosim,
    device,
    init,
    registers,
    report,
    schedule,
    synth,
    train,
    verilog,
)
from scripts.reproduce import command as reproduce

app = typer.Typer(
    help="Describe, simulate and verify accelerators that train inside analog crossbars.",
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"pulsetrain {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Describe, simulate and verify accelerators that train inside analog crossbars."""


verbs = (
    *(init, check, train, schedule, compare, complexity, verilog, cosim, synth, registers, board),
    *(device, report),
)
for verb in (*verbs, reproduce):
    verb.add(app)
