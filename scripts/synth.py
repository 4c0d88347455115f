"""`pulsetrain synth`: a machine with emulated arrays on an FPGA, from design to bitstream."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from amaranth.lib.wiring import Component
from rich.table import Table

from models.design import Design, design_sha256, design_toml, read_design
from models.error import DesignError
from models.file import write_text
from rtl.board import Board as HostedMachine
from rtl.cosim.emulated import MODULE
from rtl.emulated import EmulatedAccelerator
from rtl.emulation import emulated_tiles
from rtl.emulator import Emulator
from rtl.fpga.account import Account, make_account, outline
from rtl.fpga.clock import divide
from rtl.fpga.flow import check_tools, pack, route, synthesise
from rtl.fpga.pace import simulated_clocks
from rtl.fpga.scan import ScannedTile
from rtl.fpga.target import TARGETS, Target
from rtl.fpga.top import Top
from rtl.plan import make_plan
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
from sim.directory import COSIM, open_directory, write_json
from sim.reference import Reference

SYNTH = "synth.json"
#: Fewest clocks of a bit on the wire, and how far a bit may be off.
LEAST_DIVISOR, TOLERANCE = 4, 0.02
#: Parts of the machine that the table shows, about.
ROWS = 14
#: Samples that are simulated to tell the clocks of one.
SAMPLES = 6

Board = Annotated[str, typer.Option(help=f"One of {', '.join(TARGETS)}.", metavar="NAME")]
Megahertz = Annotated[
    float | None, typer.Option("--mhz", help="Clock; by default the board's.", min=0.001, max=1000)
]
Alone = Annotated[
    bool,
    typer.Option(
        "--alone", help="The machine without a host's wire: no pins, no bitstream, all else."
    ),
]
Baud = Annotated[int, typer.Option(help="Bits a second of the serial line.", min=300)]
OneTile = Annotated[
    int | None,
    typer.Option("--tile", help="One stage's tile alone, between two wires.", min=0),
]
Placement = Annotated[int, typer.Option(help="Seed of the placement.", min=0)]
Cosim = Annotated[
    Path | None,
    typer.Option(help="Run of `cosim --emulator` that has counted the clocks of a sample."),
]


def synth(
    design: DesignFile = None,
    board: Board = "ulx3s-85f",
    mhz: Megahertz = None,
    alone: Alone = False,
    tile: OneTile = None,
    baud: Baud = 115200,
    cosim: Cosim = None,
    placement: Placement = 1,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    force: Force = False,
) -> None:
    """Build the machine with emulated arrays for an FPGA board: cells, clock, bitstream.

    Exits with 1 where the clock is not reached. Writes synth.json, the netlist, what the tools said
    (tools.log), and the bitstream.

    Example: pulsetrain synth --board ulx3s-85f --set device=emulated --set tile.output_noise=0.0
    """
    target = _target(board)
    check_tools(target)
    found = load(design, overrides, seed)
    reference = Reference(found, SAMPLES, SAMPLES)
    megahertz = target.megahertz if mhz is None else mhz
    divisor = _check_clock(target, megahertz, baud)
    plan, tiles = make_plan(found, reference.planned), emulated_tiles(found)
    if tile is not None and (alone or tile >= len(tiles)):
        raise DesignError(f"--tile: give a stage of 0 to {len(tiles) - 1}, without --alone")
    clocks = None if cosim is None else _counted(cosim, found)
    usual = Path("synth") / f"{design_name(design)}-{board}"
    directory = open_directory(chosen(out, found, usual), force)
    write_text(directory / "design.toml", design_toml(found))
    if clocks is None and tile is None:
        with console.status(f"simulating {SAMPLES} samples"):
            fed = reference.inputs, reference.labels
            clocks = simulated_clocks(found, reference.planned, *fed) / len(reference.labels)
    if tile is not None:
        component: Component = Top(target, megahertz, ScannedTile(tiles[tile]))
    elif alone:
        component = EmulatedAccelerator(plan, tiles)
    else:
        arrays = [Emulator(tile) for tile in tiles]
        inner = HostedMachine(plan, design_sha256(found), arrays, divisor)
        component = Top(target, megahertz, inner)
    account = _build(component, target, directory, megahertz, placement, pins=not alone)
    bitstream = None if alone else pack(target, directory)
    content = _content(found, target, megahertz, account, clocks, bitstream)
    write_json(directory / SYNTH, content)
    _show(target, content, account)
    say(f"wrote {directory}")
    if not content["timing_met"]:
        raise typer.Exit(1)


def _build(
    component: Component, target: Target, folder: Path, megahertz: float, seed: int, pins: bool
) -> Account:
    with console.status("synthesis"):
        synthesise(component, target, folder)
    with console.status("placement and routing"):
        report = route(target, folder, megahertz, seed, pins=pins)
    return make_account(target, folder, report)


def _target(name: str) -> Target:
    if name not in TARGETS:
        raise DesignError(f"--board: there is no board {name!r}; known are {', '.join(TARGETS)}")
    return TARGETS[name]


def _check_clock(target: Target, megahertz: float, baud: int) -> int:
    """Return the clocks of a bit on the serial line, if the board can make the clock and that."""
    divide(target, megahertz)
    divisor = round(megahertz * 1e6 / baud)
    if divisor < LEAST_DIVISOR or abs(megahertz * 1e6 / divisor / baud - 1) > TOLERANCE:
        raise DesignError(f"--baud: {megahertz:g} MHz make no {baud} baud within 2 %")
    return divisor


def _counted(run: Path, design: Design) -> float:
    """Return the clocks of a sample of a run of `cosim --emulator` with the same design."""
    if not (run / COSIM).is_file() or not (run / "verilog" / f"{MODULE}.v").is_file():
        raise DesignError(f"--cosim: {run} holds no run of `cosim --emulator`")
    other = read_design(run / "design.toml", ())
    if other.model_copy(update={"run": design.run}) != design:
        raise DesignError(f"--cosim: {run} is a run of another design")
    content = json.loads((run / COSIM).read_text())
    return float(content["clocks"] / content["samples"])


def _content(
    design: Design,
    target: Target,
    megahertz: float,
    account: Account,
    clocks: float | None,
    bitstream: Path | None,
) -> dict[str, Any]:
    rate = (
        {}
        if clocks is None
        else {
            "clocks_per_sample": round(clocks, 2),
            "samples_per_second": round(megahertz * 1e6 / clocks, 1),
        }
    )
    return {
        "format": 1,
        "design_sha256": design_sha256(design),
        "board": target.name,
        "device": target.device,
        "clock_mhz": megahertz,
        "highest_mhz": round(account.megahertz, 2),
        "timing_met": account.megahertz >= megahertz,
        "used": account.used,
        "available": account.available,
        "modules": account.modules,
        "critical_path": {
            "from": account.source,
            "to": account.sink,
            "hops": [asdict(hop) for hop in account.path],
        },
        **rate,
        **({} if bitstream is None else {"bitstream": bitstream.name}),
    }


def _show(target: Target, content: dict[str, Any], account: Account) -> None:
    """Print cells, path and speed."""
    kinds, parts = list(content["used"]), outline(account.modules, ROWS)
    cells = Table("cells", *kinds, title=f"{target.name}, {target.device}")
    rows = [(name, *(f"{own.get(kind, 0):,}" for kind in kinds)) for name, own in parts.items()]
    used, available = content["used"], content["available"]
    cells.columns[0].overflow = "fold"
    for column in cells.columns[1:]:
        column.justify = "right"
    for row in rows:
        cells.add_row(*row)
    cells.add_section()
    cells.add_row("placed", *(f"{used[kind]:,}" for kind in kinds))
    cells.add_row("available", *(f"{available[kind]:,}" for kind in kinds))
    shares = (used[kind] / available[kind] if available[kind] else 0.0 for kind in kinds)
    cells.add_row("share", *(f"{100 * share:.1f} %" for share in shares))
    console.print(cells)
    path = Table("ns", "critical path passes")
    path.columns[0].justify = "right"
    for hop in account.path:
        path.add_row(f"{hop.nanoseconds:.2f}", hop.module)
    console.print(path)
    say(f"from {account.source} to {account.sink}")
    asked, highest = content["clock_mhz"], content["highest_mhz"]
    verdict = "timing met" if content["timing_met"] else "timing fails"
    say(f"{verdict}: up to {highest:.1f} MHz, {asked:g} MHz asked for")
    if content["timing_met"] and "clocks_per_sample" in content:
        say(
            f"{content['clocks_per_sample']:,.1f} clocks a sample: "
            f"{content['samples_per_second']:,.0f} samples/s at {asked:g} MHz"
        )


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(synth)
