"""`pulsetrain registers`: the accelerator with AXI4-Lite registers, and their table."""

import json
from pathlib import Path
from typing import Annotated

import typer

from models.data import load_data, run_length
from models.design import design_sha256
from models.file import write_text
from rtl.plan import make_plan
from rtl.register_text import register_files
from rtl.registered import RegisteredAccelerator
from rtl.verilog import MANIFEST, component_ports, verilog_text
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

MODULE = "registered"
Table = Annotated[bool, typer.Option("--table", help="Write the table alone, no Verilog.")]


def registers(
    design: DesignFile = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    table: Table = False,
    force: Force = False,
) -> None:
    """Write the accelerator with control and status registers on AXI4-Lite, and their table.

    The table is registers.md, registers.h for C and registers.py; the Verilog registered.v, its
    ports manifest.json.

    Example: pulsetrain registers --table --out registers
    """
    found = load(design, overrides, seed)
    plan = make_plan(found, run_length(found.run, load_data(found.data)))
    usual = Path("registers") / design_name(design)
    directory = open_directory(chosen(out, found, usual), force)
    sha256 = design_sha256(found)
    texts = register_files(len(plan.stages), sha256)
    if not table:
        with console.status("elaborating"):
            machine = RegisteredAccelerator(plan, sha256)
            entry = {"module": MODULE, "file": f"{MODULE}.v"}
            ports = list(component_ports(machine))
            manifest = {
                "format": 2,
                "design_sha256": sha256,
                "modules": [{**entry, "ports": ports}],
            }
            texts[f"{MODULE}.v"] = verilog_text(machine, MODULE)
            texts[MANIFEST] = json.dumps(manifest, indent=2) + "\n"
    for name, text in texts.items():
        say(f"wrote {write_text(directory / name, text)}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(registers)
