"""`pulsetrain init`: a commented design to start from."""

from pathlib import Path
from typing import Annotated

import typer

from models.error import DesignError
from models.file import write_text
from models.template import template_toml
from scripts.command import say

NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="File to write.")]
Replace = Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")]


def init(file: NewFile = Path("design.toml"), force: Replace = False) -> None:
    """Write a design to start from: the default, with a comment for every key there is.

    Example: pulsetrain init mine.toml
    """
    if file.is_dir():
        raise DesignError(f"{file}: is a directory; name a file")
    if file.exists() and not force:
        raise DesignError(f"{file}: exists already; give --force to overwrite it")
    write_text(file, template_toml())
    say(f"wrote {file}; try: pulsetrain check {file}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(init)
