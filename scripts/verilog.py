"""`pulsetrain verilog`: the accelerator, or its tiles alone, as Verilog with a manifest."""

from pathlib import Path
from typing import Annotated

import typer

from models.design import Design
from models.error import DesignError
from rtl.cosim.emulated import write_emulated
from rtl.cosim.stimulus import EXPECTED, STIMULUS, Stimulus
from rtl.emulation import check_emulated
from rtl.plan import make_plan
from rtl.verilog import check_design, write_tiles
from rtl.writing import write_accelerator
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
from sim.reference import Reference

Tiles = Annotated[
    bool, typer.Option("--tiles", help="Write the tile controllers alone, a module each.")
]
Emulator = Annotated[
    bool, typer.Option("--emulator", help="With an emulated array at every port, for an FPGA.")
]
Samples = Annotated[
    int, typer.Option(min=1, help="Samples that the test bench trains on.", show_default=True)
]


def write_folder(reference: Reference, folder: Path, emulator: bool = False) -> list[Path]:
    """Write the accelerator with its test bench, what it is fed with, and what it should do."""
    stimulus = Stimulus(reference.inputs, reference.labels, reference.every)
    if emulator:
        files = write_emulated(reference.design, folder, reference.planned, stimulus)
        return [*files, reference.run().write(folder / EXPECTED)]
    return [
        *write_accelerator(reference.design, folder, reference.planned),
        stimulus.write(folder / STIMULUS),
        reference.run().write(folder / EXPECTED),
    ]


def verilog(
    design: DesignFile = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    tiles: Tiles = False,
    emulator: Emulator = False,
    samples: Samples = 10,
    force: Force = False,
) -> None:
    """Write the accelerator as one Verilog file, manifest.json, and a test bench.

    The bench trains through the Verilog with NumPy crossbars at its ports: run pytest in the
    directory. With --emulator the arrays are in the Verilog, and the bench is Verilog too.

    Example: pulsetrain verilog --set tile.update.bl=4 --out verilog
    """
    found = load(design, overrides, seed)
    if tiles and emulator:
        raise DesignError("--emulator: the tiles alone have no arrays; leave out --tiles")
    check(found, tiles, emulator)
    directory = open_directory(chosen(out, found, Path("verilog") / design_name(design)), force)
    with console.status("elaborating"):
        if tiles:
            files = write_tiles(found, directory)
        else:
            files = write_folder(Reference(found, samples, every=1), directory, emulator)
    for file in files:
        say(f"wrote {file}")


def check(design: Design, tiles: bool = False, emulator: bool = False) -> None:
    """Refuse what cannot be written before anything is.

    Raises
    ------
    DesignError
        With one sentence that names the key.
    """
    check_design(design)
    if emulator:
        check_emulated(design)
    if tiles:
        return
    try:
        make_plan(design, samples=1)
    except DesignError as error:
        raise DesignError(f"{error} (verilog --tiles writes the tile controllers alone)") from None


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(verilog)
