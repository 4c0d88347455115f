"""`pulsetrain schedule`: clock cycles, throughput and idle time, without training."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from models.schedule import CAUSES
from scripts.command import DesignFile, Force, Out, Overrides, Seed, console, design_name, load, say
from sim.directory import default_directory, open_directory
from sim.ledger import Ledger
from sim.log import OpLog
from sim.outcome import clock_summary, write_clock
from sim.period import PeriodicMachine
from sim.report import clock_text, time_text, write_report
from sim.system import System, make_system

DEFAULT_SAMPLES = 1000
Samples = Annotated[int | None, typer.Option(min=1, help="Samples to pass; run.samples, or 1000.")]


def schedule(
    design: DesignFile = None,
    samples: Samples = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    force: Force = False,
) -> None:
    """Count clock cycles, throughput, idle time and its causes; no training.

    Example: pulsetrain schedule --set schedule=1f1b --set schedule.N=8 --samples 64
    """
    found = load(design, overrides, seed)
    total = samples or found.run.samples or DEFAULT_SAMPLES
    directory = out or default_directory(found, f"{design_name(design)}-schedule")
    open_directory(directory, force)
    system = make_system(found)
    head, ledger = _clock(system, total)
    summary = clock_summary(found, system, ledger, total)
    summary["upper_bound"] = system.coupled
    write_clock(directory, found, summary, head)
    write_report(directory / "report.html", [directory])
    _show(summary, ledger, directory)


def _clock(system: System, total: int) -> tuple[OpLog, Ledger]:
    """Run the clock; return the first ops and the ledger."""
    machine = PeriodicMachine(system.rule, system.durations, total)
    log = machine.ops()
    head = next(log)
    for _ in log:
        pass
    return head, machine.ledger


def _show(summary: dict[str, object], ledger: Ledger, directory: Path) -> None:
    table = Table("cycles", *(f"stage {number + 1}" for number in range(len(ledger.stages))))
    for column in table.columns[1:]:
        column.justify = "right"
    rows = {"busy": [stage.busy for stage in ledger.stages]}
    for place, cause in enumerate(CAUSES):
        rows[f"waits: {cause}"] = [stage.stalled[place] for stage in ledger.stages]
    rows["nothing left"] = [stage.idle for stage in ledger.stages]
    for name, values in rows.items():
        if any(values):
            table.add_row(name, *(f"{value:,}" for value in values))
    console.print(table)
    clock, cycles = summary["clock_hz"], ledger.cycles
    assert isinstance(clock, float)
    bound = "at most " if summary["upper_bound"] else ""
    say(
        f"{summary['schedule']}: {bound}{cycles:,} cycles = {time_text(cycles / clock)} at "
        f"{clock_text(clock)} for {summary['samples']} samples, "
        f"{summary['cycles_per_sample']:.2f} cycles a sample, density {100 * ledger.density:.1f} %"
    )
    if summary["upper_bound"]:
        say("tile.update.slots = 'used': updates counted as their longest, for want of data")
    sequential = summary.get("sequential_cycles")
    if isinstance(sequential, int):
        say(f"sequential: {sequential:,} cycles, {sequential / cycles:.4f} times this schedule's")
    for number, stage in enumerate(ledger.stages, 1):
        s = stage.staleness
        say(f"staleness at stage {number}: {s.least} to {s.most}, mean {s.mean:.3f} updates")
    say(f"wrote {directory}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(schedule)
