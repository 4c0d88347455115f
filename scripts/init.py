"""`pulsetrain init`: a commented design to start from."""

from pathlib import Path
from typing import Annotated

import typer

from models.file import write_text
from models.template import template_toml
from scripts.command import Force, free_file, say

NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")]


def init(file: NewFile = Path("design.toml"), force: Force = False) -> None:
    """Write a design to start from: the default, with a comment for every key there is.

    Example: pulsetrain init mine.toml
    """
    free_file(file, force)
    write_text(file, template_toml())
    say(f"wrote {file}; try: pulsetrain check {file}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(init)
