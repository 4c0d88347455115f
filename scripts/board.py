"""`pulsetrain board`: the machine of a design on a board trains, over a serial port."""

import csv
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.progress import Progress
from rich.table import Table

from models.checkpoint import layer_values, read_checkpoint
from models.csr import COUNTERS
from models.design import Design, design_sha256
from models.error import DesignError
from models.file import write_text
from models.layer.linear import Linear
from rtl.plan import make_plan
from rtl.remote.client import Client
from rtl.remote.machine import Machine
from rtl.remote.pump import Run
from rtl.remote.reach import check_arrays
from rtl.remote.wire import SerialWire
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
from scripts.interrupt import StoppedError
from sim.directory import default_directory, open_directory, write_json
from sim.reference import Reference

Port = Annotated[
    str | None, typer.Option(help="Serial port of the board, as in /dev/ttyUSB0 or COM3.")
]
Baud = Annotated[int, typer.Option(min=1, help="Bits a second that the board is built for.")]
Samples = Annotated[
    int | None, typer.Option(min=1, help="The first samples of the design's run; by default all.")
]
Infer = Annotated[bool, typer.Option("--infer", help="Change no weight: predictions alone.")]
Keep = Annotated[
    bool, typer.Option("--keep", help="Go on with the weights and biases that the board has.")
]
Start = Annotated[
    Path | None,
    typer.Option(metavar="RUN", help="Begin with the weights and biases of a finished run."),
]
Compare = Annotated[
    bool,
    typer.Option(
        "--compare", help="Compare outputs and cycles with the model's, as emulated arrays allow."
    ),
]


def board(
    design: DesignFile = None,
    port: Port = None,
    baud: Baud = 115200,
    seed: Seed = None,
    out: Out = None,
    overrides: Overrides = None,
    samples: Samples = None,
    infer: Infer = False,
    start: Start = None,
    keep: Keep = False,
    compare: Compare = False,
    force: Force = False,
) -> None:
    """Train on a board that holds the design: weights and samples go there, predictions come back.

    Writes board.json with all counters, predictions.csv, and weights.npz: the weights as the
    board's converters show them at the end, array by array where a learning rule has several, and
    the biases.

    Example: pulsetrain board --port /dev/ttyUSB0 --samples 1000
    """
    found = load(design, overrides, seed)
    if port is None:
        raise DesignError("--port: name the serial port of the board, as in --port /dev/ttyUSB0")
    if keep and (compare or start is not None):
        raise DesignError(
            "--keep: neither the model nor --start has the board's weights; leave one of them out"
        )
    if keep and not infer and any(one.writes == "counts" for one in found.arrangement.transfers):
        raise DesignError(
            f"--keep: what {found.algorithm.name} has collected in its digital buffer is lost "
            "before a run; add --infer, or begin anew"
        )
    check_arrays(found)
    reference = _reference(found, start, samples)
    plan = make_plan(found, reference.planned)
    machine = Machine(Client(SerialWire(port, baud)), found, plan)
    machine.identify()
    directory = chosen(out, found, default_directory(found, f"{design_name(design)}-board"))
    open_directory(directory, force)
    _load(machine, reference, keep)
    machine.write("control", 2 * infer)
    run, seconds = _run(machine, reference)
    content = _content(machine, reference, run, seconds)
    difference = _difference(reference, run, content, infer) if compare else None
    if compare:
        content["equal"] = difference is None
    _write(directory, machine, reference, run, content)
    _show(content)
    say(f"wrote {directory}")
    if difference is not None:
        say(difference)
        raise typer.Exit(1)


def _reference(design: Design, start: Path | None, samples: int | None) -> Reference:
    """Return the model's run, which begins with the weights of `start` where one is given."""
    if start is None:
        return Reference(design, samples)
    network = design.network.model_copy(update={"start": str(start)})
    try:
        reference = Reference(design.model_copy(update={"network": network}), samples)
    except DesignError as error:
        raise DesignError(str(error).replace("network.start", "--start", 1)) from None
    if design.arrangement.arrays > 1:
        _check_whole(reference.network.layers, start)
    return reference


def _check_whole(layers: Sequence[Linear], start: Path) -> None:
    """Refuse weights, sums of several arrays, that the first array of a run cannot hold alone."""
    for stage, (layer, values) in enumerate(zip(layers, read_checkpoint(start), strict=True)):
        lost = np.abs(layer_values(layer).weight - values.weight).max(axis=0)
        if (lost > layer.scale * layer.gain * layer.crossbar.devices.grid).any():
            raise DesignError(
                f"--start: a weight of stage {stage} is the sum of several arrays, and beyond what "
                "the one that begins with it can hold"
            )


def _load(machine: Machine, reference: Reference, keep: bool) -> None:
    """Begin a run anew, with weights and biases of the network, or with those that are there."""
    stages = range(len(machine.plan.stages))
    layers = reference.network.layers
    biases = [[int(value) for value in layer.bias] for layer in layers]
    if keep:
        machine.rest()
        biases = [machine.read_biases(stage) for stage in stages]
    machine.reset()
    machine.write("errors", machine.read("errors"))
    with console.status("writing the weights"):
        for stage in stages:
            if not keep:
                machine.write_weights(stage, layers[stage].crossbar.arrays)
            machine.write_biases(stage, biases[stage])


def _run(machine: Machine, reference: Reference) -> tuple[Run, float]:
    """Stream all samples; return what came, and the seconds that it took."""
    begin = time.perf_counter()
    with Progress(*progress_columns(), console=console, transient=True) as progress:
        task = progress.add_task("samples", total=reference.total)

        done = 0

        def tell(samples: int) -> None:
            nonlocal done
            done = samples
            progress.update(task, completed=samples)

        try:
            run = machine.run(reference.inputs, reference.labels.tolist(), tell)
        except KeyboardInterrupt:
            machine.halt()
            raise StoppedError(
                f"board: stopped after {done} of {reference.total} samples; it stands still"
            ) from None
    return run, time.perf_counter() - begin


def _content(machine: Machine, reference: Reference, run: Run, seconds: float) -> dict[str, Any]:
    """Return what board.json holds."""
    stages = range(len(machine.plan.stages))
    right = int(np.count_nonzero(np.array(run.classes) == reference.labels))
    return {
        "design_sha256": design_sha256(machine.design),
        "samples": reference.total,
        "right": right,
        "cycles": machine.count("cycle"),
        "clocks": machine.count("clock"),
        "seconds": seconds,
        "repeated_requests": machine.client.repeated,
        "errors": machine.read("errors"),
        "stages": [
            {name: machine.count(f"stage{stage}_{name}") for name in COUNTERS} for stage in stages
        ],
    }


def _difference(reference: Reference, run: Run, content: dict[str, Any], infer: bool) -> str | None:
    """Return where the board and the model differ first, in a sentence; cycles are for training."""
    with console.status("running the model"):
        wanted = None if infer else reference.run()
        outputs = reference.infer() if wanted is None else wanted.outputs
    for sample, (found, model) in enumerate(zip(run.outputs, outputs.tolist(), strict=True)):
        if found != model:
            return f"sample {sample}: the board's outputs are {found}, the model's {model}"
    if wanted is not None and content["cycles"] != wanted.cycles:
        return f"cycles: the board's are {content['cycles']}, the model's {wanted.cycles}"
    return None


def _write(
    directory: Path, machine: Machine, reference: Reference, run: Run, content: dict[str, Any]
) -> None:
    write_json(directory / "board.json", content)
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(("sample", "image", "label", "prediction"))
    rows = zip(reference.images.tolist(), reference.labels.tolist(), run.classes, strict=True)
    lines.writerows((sample, *row) for sample, row in enumerate(rows))
    write_text(directory / "predictions.csv", text.getvalue())
    machine.write("control", 0)
    network = machine.design.network
    unit = 2.0 ** -(network.fraction_bits + network.bias_fraction_bits)
    with console.status("reading the weights"):
        stages = range(len(machine.plan.stages))
        weights: dict[str, Any] = {f"stage{stage}": machine.read_weights(stage) for stage in stages}
        for stage in stages:
            weights[f"bias{stage}"] = unit * np.array(machine.read_biases(stage))
    np.savez(directory / "weights.npz", **weights)


def _show(content: dict[str, Any]) -> None:
    """Print the run in short."""
    table = Table(title="on the board", show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    share = 100 * content["right"] / content["samples"]
    table.add_row("samples", f"{content['samples']:,}")
    table.add_row("predicted right on the way", f"{share:.2f} %")
    table.add_row("architectural cycles", f"{content['cycles']:,}")
    table.add_row("clocks", f"{content['clocks']:,}")
    table.add_row("seconds with the link", f"{content['seconds']:.2f}")
    table.add_row("requests sent again", f"{content['repeated_requests']:,}")
    for stage, counts in enumerate(content["stages"]):
        table.add_row(f"coincidences, stage {stage}", f"{counts['coincidences']:,}")
    console.print(table)


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(board)
