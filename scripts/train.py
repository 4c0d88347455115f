"""`pulsetrain train`: accuracy against clock cycles."""

import time
from pathlib import Path
from typing import Any

import typer
from rich.progress import Progress
from rich.table import Table

from models.checkpoint import write_checkpoint
from models.error import DesignError
from scripts.command import (
    DesignFile,
    Force,
    Ops,
    Out,
    Overrides,
    Seed,
    Trace,
    chosen,
    console,
    cycles_of,
    design_name,
    load,
    progress_columns,
    say,
)
from scripts.interrupt import Interrupts, StoppedError
from sim.account import account_lines
from sim.directory import TABLE, default_directory, start_run
from sim.endurance import write_pulses
from sim.metric import Metrics
from sim.op_table import OpTable
from sim.outcome import training_summary, write_clock, write_metrics
from sim.report import clock_text, time_text, write_report
from sim.training import Training
from sim.window import Window, empty_window


def train(
    design: DesignFile = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    trace: Trace = None,
    ops: Ops = False,
    force: Force = False,
) -> None:
    """Train a network on a pipelined analog machine and count its clock cycles.

    Without a file: handwritten digits, three layers, an asynchronous pipeline.

    Example: pulsetrain train --set schedule=fill-drain --set tile.update.bl=4 --seed 1
    """
    begin = time.perf_counter()
    found = load(design, overrides, seed)
    directory = chosen(out, found, default_directory(found, design_name(design)))
    training = Training(found, span=cycles_of("--trace", trace))
    start_run(directory, force, found)
    if ops:
        with OpTable(directory / TABLE, training.system, training.total) as table:
            training.taken = table.feed
            run_training(training, directory)
    else:
        run_training(training, directory)
    summary = write_results(training, directory)
    _show(training, summary, directory, time.perf_counter() - begin)


def write_results(training: Training, directory: Path) -> dict[str, Any]:
    """Write what a run leaves beside its metrics; return its summary."""
    summary = training_summary(training)
    write_pulses(directory, training.memory)
    write_clock(directory, training.design, training.system, summary, _window(training))
    write_checkpoint(directory, training.memory.layers, training.memory.state._asdict())
    write_report(directory / "report.html", [directory])
    return summary


def _window(training: Training) -> Window:
    """Return the window of the trace; an empty one, with a sentence, where there is none."""
    try:
        return training.window
    except DesignError as error:
        say(f"--trace: {error}; trace.json is empty")
        return empty_window(training.span.first)


def run_training(training: Training, directory: Path) -> None:
    """Train, with its progress shown and its metrics written as they come.

    Raises
    ------
    StoppedError
        When it is.
    """
    columns = progress_columns()
    with Progress(*columns, console=console, transient=True) as bar, Interrupts() as interrupts:
        task = bar.add_task("loading kernels (compiled once)", total=training.total)

        def progress(samples: int, metrics: Metrics | None) -> None:
            bar.update(task, completed=samples, description="training")
            if metrics is not None:
                write_metrics(directory, training.metrics)
            interrupts.check()

        training.progress = progress
        try:
            training.run()
        except KeyboardInterrupt:
            held = ", which metrics.csv holds" if training.metrics else ""
            raise StoppedError(
                f"{directory}: stopped after {len(training.metrics)} evaluations{held}; "
                "start again with --force"
            ) from None


def _show(training: Training, summary: dict[str, object], directory: Path, wall: float) -> None:
    table = Table("epoch", "samples", "cycles", "train loss", "test loss", "test accuracy")
    for column in table.columns:
        column.justify = "right"
    for row in training.metrics:
        table.add_row(
            f"{row.epoch:g}",
            f"{row.samples:,}",
            f"{row.cycles:,}",
            f"{row.train_loss:.4f}",
            f"{row.loss:.4f}",
            f"{100 * row.accuracy:.2f} %",
        )
    console.print(table)
    ledger, design = training.ledger, training.design
    assert ledger is not None
    cycles, clock = ledger.cycles, design.timing.clock_hz
    say(
        f"test accuracy {100 * training.metrics[-1].accuracy:.2f} % on "
        f"{'digital weights' if design.algorithm.name == 'digital-sgd' else 'analog devices'}, "
        f"schedule {design.schedule.name}"
    )
    averaged = training.metrics[-1].averaged_accuracy
    if averaged is not None:
        share = 100 * (design.run.average_after or 0.0)
        say(f"test accuracy {100 * averaged:.2f} % of the weights' mean from {share:g} % on")
    say(
        f"{cycles:,} cycles = {time_text(cycles / clock)} at {clock_text(clock)}, "
        f"{cycles / training.total:.2f} cycles a sample, density {100 * ledger.density:.1f} %"
    )
    sequential = summary.get("sequential_cycles")
    if isinstance(sequential, int):
        say(f"sequential: {sequential:,} cycles, {sequential / cycles:.4f} times this schedule's")
    stale = ", ".join(f"{stage.staleness.mean:.2f}" for stage in ledger.stages)
    say(f"mean staleness by stage: {stale} updates")
    for line in account_lines(summary):
        say(line)
    say(f"wrote {directory} in {wall:.1f} s; open {directory / 'report.html'}")


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(train)
