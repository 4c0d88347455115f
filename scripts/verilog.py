"""`pulsetrain verilog`: the machine's tiles as Verilog, with a manifest."""

from pathlib import Path

import typer

from rtl.verilog import check_design, write_verilog
from scripts.command import (
    DesignFile,
    Force,
    Out,
    Overrides,
    Seed,
    chosen,
    console,
    design_name,
    load,
    say,
)
from sim.directory import open_directory


def verilog(
    design: DesignFile = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    force: Force = False,
) -> None:
    """Write one Verilog module for each stage, and manifest.json.

    Example: pulsetrain verilog --set tile.update.bl=4 --out verilog
    """
    found = load(design, overrides, seed)
    check_design(found)
    directory = open_directory(chosen(out, found, Path("verilog") / design_name(design)), force)
    with console.status("elaborating"):
        files = write_verilog(found, directory)
    for file in files:
        say(f"wrote {file}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(verilog)
