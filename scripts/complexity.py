"""`pulsetrain complexity`: samples and clock cycles that a network needs for an error."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.progress import Progress
from rich.table import Column, Table

from models.design import Design, design_sha256, read_design
from models.error import DesignError
from models.file import write_bytes, write_text
from models.table import MOST
from scripts.command import (
    DesignFile,
    Force,
    Out,
    Overrides,
    console,
    design_name,
    one_schedule,
    say,
)
from scripts.interrupt import Interrupts, StoppedError
from sim.complexity import (
    Curve,
    Measure,
    Trained,
    errors_within,
    exponent,
    make_curve,
    passage_lines,
    theory_factor,
)
from sim.complexity_table import NOTES, Exponents, Rows, measured, passage_rows, slope_rows
from sim.convergence import Trial, finished, read_rows, train
from sim.directory import write_json
from sim.finding import csv_text
from sim.gradient import has_gradient
from sim.system import make_system

Errors = Annotated[
    str | None,
    typer.Option(metavar="E,...", help="Errors to reach; by default six, chosen by the runs."),
]
Accuracies = Annotated[
    str | None, typer.Option(metavar="A,...", help="Test accuracies, 0 to 1, in place of losses.")
]
Gradient = Annotated[
    bool, typer.Option("--gradient", help="Errors are mean squared gradient norms, not losses.")
]
Schedules = Annotated[str, typer.Option(metavar="NAME,...", help="Schedules; as for compare.")]
Rates = Annotated[
    str | None, typer.Option(metavar="LR,...", help="Rates; for each error the fastest counts.")
]
Seeds = Annotated[int, typer.Option(min=1, max=1000, help="Seeds: run.seed and those after it.")]
Samples = Annotated[int, typer.Option(min=1, max=MOST, help="Samples of each training.")]
Window = Annotated[int, typer.Option(min=5, max=MOST, help="Samples that an error is a mean of.")]
#: Evaluations within a window.
_PARTS = 5
_NAMED = {"loss": "loss", "accuracy": "test error", "gradient": "mean squared gradient norm"}


def complexity(
    design: DesignFile = None,
    errors: Errors = None,
    accuracies: Accuracies = None,
    gradient: Gradient = False,
    schedules: Schedules = "sequential,fill-drain,async",
    rates: Rates = None,
    seeds: Seeds = 5,
    samples: Samples = 8000,
    window: Window = 500,
    out: Out = None,
    overrides: Overrides = None,
    force: Force = False,
) -> None:
    """Train under several schedules and seeds; count samples and cycles to each of some errors.

    Slopes on logarithmic axes stand beside the exponents of theory. The rate stays the same:
    algorithm.lr_decay is 1 unless --set gives another. Finished trainings are kept, also when it is
    stopped: the same command goes on from there.

    Example: pulsetrain complexity --errors 1,0.7,0.5,0.35 --seeds 6
    """
    if accuracies is not None and (errors is not None or gradient):
        raise DesignError("complexity: --accuracies take the place of --errors and --gradient")
    measure: Measure = "gradient" if gradient else "loss" if accuracies is None else "accuracy"
    wanted = _wanted(errors, accuracies)
    if window > samples:
        raise DesignError(f"--window: {window} samples are more than the {samples} of a training")
    fixed = (f"run.samples={samples}", f"run.evaluate_every={max(1, window // _PARTS)}")
    changes = ("algorithm.lr_decay=1", *(overrides or ()))
    trials = _trials(design, _names(schedules), _rates(rates), seeds, (changes, fixed))
    if gradient and not has_gradient(trials[0].design):
        raise DesignError("--gradient: worked out for linear layers without normalise alone")
    name = f"complexity-{design_name(design)}-{_digest(trials)}"
    directory = out or Path("runs") / name
    if directory.is_file():
        raise DesignError(f"{directory}: is a file, not a directory")
    _train(directory, trials, samples, force)
    curves: dict[tuple[str, int], list[Curve]] = {}
    for one in trials:
        curve = make_curve(read_rows(directory / one.folder), measure, window)
        curves.setdefault((one.schedule, one.seed), []).append(curve)
    trained = [Trained(*key, tuple(own)) for key, own in curves.items()]
    used = wanted or errors_within(trained)
    if not used:
        raise DesignError(
            f"complexity: the {_NAMED[measure]} of some runs did not fall; give --errors, more "
            "--samples, or a lower algorithm.lr"
        )
    _write(directory, trials, trained, used, measure)


def _digest(trials: list[Trial]) -> str:
    """Return what tells the first training's design from others, seed and schedule apart."""
    return design_sha256(trials[0].design)[:8]


def _wanted(errors: str | None, accuracies: str | None) -> tuple[float, ...]:
    """Return the errors to reach, largest first; none where they are chosen by the runs."""
    key, text = ("--errors", errors) if accuracies is None else ("--accuracies", accuracies)
    if text is None:
        return ()
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise DesignError(f"{key} {text}: give numbers, as in 1,0.5") from None
    found = values if accuracies is None else [round(1.0 - value, 12) for value in values]
    if not all(0.0 < error < float("inf") for error in found):
        limit = "above 0" if accuracies is None else "below 1"
        raise DesignError(f"{key} {text}: every number must be {limit}")
    return tuple(sorted(set(found), reverse=True))


def _names(schedules: str) -> list[str]:
    names = [part.strip() for part in schedules.split(",")]
    for name in names:
        if names.count(name) > 1:
            raise DesignError(f"--schedules: {name} is there twice")
    return names


def _rates(text: str | None) -> list[str | None]:
    """Return the rates as they were given; None stands for the design's own."""
    if text is None:
        return [None]
    rates: list[str | None] = [part.strip() for part in text.split(",")]
    if len(set(rates)) < len(rates):
        raise DesignError(f"--rates {text}: one is there twice")
    return rates


def _trials(
    path: Path | None,
    names: list[str],
    rates: list[str | None],
    seeds: int,
    keys: tuple[tuple[str, ...], tuple[str, ...]],
) -> list[Trial]:
    """Return the trainings, seed after seed, so that a stopped study has whole seeds.

    `keys`: overrides by the user, and those that the study makes.
    """
    overrides, fixed = keys
    first = read_design(path, overrides).run.seed
    trials = []
    for seed in range(first, first + seeds):
        for name in names:
            order = one_schedule(path, name, overrides)
            for rate in rates:
                own = () if rate is None else (f"algorithm.lr={rate}",)
                every = (*order, *overrides, *own, *fixed, f"run.seed={seed}")
                trials.append(Trial(name, seed, read_design(path, every), rate))
    return trials


def _train(directory: Path, trials: list[Trial], samples: int, force: bool) -> None:
    left = [one for one in trials if not finished(directory / one.folder, one, force)]
    done = len(trials) - len(left)
    if done:
        say(f"{directory}: {done} of {len(trials)} trainings are there already")
    with Progress(console=console, transient=True) as bar, Interrupts() as interrupts:
        task = bar.add_task("loading kernels (compiled once)", total=len(left) * samples)
        for number, one in enumerate(left):
            label = f"{one.schedule}, seed {one.seed}"

            def progress(learned: int, before: int = number, text: str = label) -> None:
                bar.update(task, completed=before * samples + learned, description=text)
                interrupts.check()

            try:
                train(directory / one.folder, one, progress)
            except KeyboardInterrupt:
                raise StoppedError(
                    f"{directory}: stopped with {done + number} of {len(trials)} trainings "
                    "finished; the same command goes on from there"
                ) from None


def _write(
    directory: Path,
    trials: list[Trial],
    trained: list[Trained],
    errors: tuple[float, ...],
    measure: Measure,
) -> None:
    from sim.complexity_chart import complexity_png  # late: other commands draw no pictures

    rules = {one.schedule: make_system(one.design).rule for one in trials}
    found: Exponents = {}
    for name in rules:
        own = [one for one in trained if one.schedule == name]
        found[name] = (exponent(own, errors, clock=False), exponent(own, errors, clock=True))
    for clock, what in ((False, "samples"), (True, "cycles")):
        say(f"{what} to reach it, mean of the seeds")
        console.print(_plain(passage_rows(trained, errors, measure, clock)))
    factors = {name: theory_factor(rule) for name, rule in rules.items()}
    console.print(_plain(slope_rows(trained, errors, found, factors)))
    for line in (*NOTES, measured(measure, trials[0].rate is not None)):
        say(line)
    write_text(directory / "complexity.csv", csv_text(passage_lines(trained, errors, measure)))
    write_bytes(directory / "complexity.png", complexity_png(trained, errors, found, measure))
    write_json(directory / "complexity.json", _summary(trials[0].design, errors, measure, found))
    say(f"wrote {directory / 'complexity.csv'}, .png and .json; the runs lie beside them")


def _plain(rows: Rows) -> Table:
    columns = [Column(head, justify="right", overflow="fold") for head in rows[0]]
    table = Table(*columns, box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for row in rows[1:]:
        table.add_row(*row)
    return table


def _summary(
    design: Design, errors: tuple[float, ...], measure: Measure, found: Exponents
) -> dict[str, Any]:
    return {
        "measure": measure,
        "errors": list(errors),
        "samples": design.run.samples,
        "exponents": {
            name: {
                key: None if one is None else asdict(one)
                for key, one in zip(("samples", "cycles"), pair, strict=True)
            }
            for name, pair in found.items()
        },
    }


def add(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(complexity)
