"""`pulsetrain schedule`: clock cycles, throughput and idle time, without training."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from models.schedule import CAUSES
from models.table import MOST
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
from sim.account import account_lines
from sim.directory import default_directory, start_run
from sim.ledger import Ledger
from sim.log import OpLog
from sim.outcome import schedule_summary, write_clock
from sim.period import PeriodicMachine
from sim.report import clock_text, time_text, write_report
from sim.stretch import left_out
from sim.system import System, make_system

DEFAULT_SAMPLES = 1000
Samples = Annotated[
    int | None,
    typer.Option(min=1, max=MOST, help="Samples to pass; by default run.samples, or 1000."),
]


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
    directory = chosen(out, found, default_directory(found, f"{design_name(design)}-schedule"))
    start_run(directory, force, found)
    system = make_system(found)
    head, ledger = _clock(system, total)
    summary = schedule_summary(found, system, ledger, total)
    write_clock(directory, found, summary, head)
    write_report(directory / "report.html", [directory])
    _show(summary, ledger, system, directory)


def _clock(system: System, total: int) -> tuple[OpLog, Ledger]:
    """Run the clock; return the first ops and the ledger."""
    machine = PeriodicMachine(system.rule, system.durations, total)
    head: OpLog | None = None
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("samples", total=total)
        for log in machine.ops():
            head = log if head is None else head
            bar.update(task, completed=int(log.sample[-1]))
    assert head is not None
    return head, machine.ledger


def _table(ledger: Ledger) -> Table:
    """Return where each stage's cycles went, in percent, and how stale its weights were."""
    shown = [place for place in range(len(CAUSES)) if any(s.stalled[place] for s in ledger.stages)]
    waits = (f"waits: {CAUSES[place]}" for place in shown)
    table = Table("stage", "busy", *waits, "nothing left", "staleness: min, mean, max")
    for column in table.columns:
        column.justify = "right"
    for number, stage in enumerate(ledger.stages, 1):
        cycles = (stage.busy, *(stage.stalled[place] for place in shown), stage.idle)
        stale = f"{stage.staleness.least}, {stage.staleness.mean:.3f}, {stage.staleness.most}"
        shares = (f"{100 * count / ledger.cycles:.2f} %" for count in cycles)
        table.add_row(str(number), *shares, stale)
    return table


def _show(summary: dict[str, Any], ledger: Ledger, system: System, directory: Path) -> None:
    console.print(_table(ledger))
    clock, cycles = summary["clock_hz"], ledger.cycles
    assert isinstance(clock, float)
    say(
        f"{summary['schedule']}: {cycles:,} cycles = {time_text(cycles / clock)} at "
        f"{clock_text(clock)} for {summary['samples']:,} samples, "
        f"{summary['cycles_per_sample']:.2f} cycles a sample, density {100 * ledger.density:.1f} %"
    )
    for sentence in left_out(system):
        say(sentence)
    sequential = summary.get("sequential_cycles")
    if isinstance(sequential, int):
        say(f"sequential: {sequential:,} cycles, {sequential / cycles:.4f} times this schedule's")
    for line in account_lines(summary):
        say(line)
    say(f"wrote {directory}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(schedule)
