"""Trainings as cells: a design under one seed, and its accuracies."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from models.design import Design, read_design
from scripts.reproduce.cell import Cell, Found, Results, Tell
from sim.metric import Metrics
from sim.training import Training

#: Where designs lie: beside this file in an installed package, else in the project's examples.
FOLDERS = (Path(__file__).with_name("design"), Path(__file__).parents[2] / "examples")


def design_path(name: str) -> Path:
    """Return the file of an example's design.

    Raises
    ------
    FileNotFoundError
        When there is none of that name.
    """
    for folder in FOLDERS:
        path = folder / f"{name}.toml"
        if path.is_file():
            return path
    raise FileNotFoundError(f"{name}.toml is in none of {[str(one) for one in FOLDERS]}")


def idx_keys(folder: Path | None) -> tuple[str, ...]:
    """Return the overrides that make a design learn the images of a folder; none without one."""
    return () if folder is None else ("data.name=idx", f"data.path={str(folder)!r}")


def train(design: Design, tell: Tell) -> Found:
    """Train a design; return its evaluations, accuracies in percent, and its clock cycles."""
    learned, total = 0, 1

    def progress(samples: int, metrics: Metrics | None) -> None:
        nonlocal learned
        del metrics
        if samples > learned:
            learned = samples
            tell(samples / total)

    training = Training(design, progress)
    total = training.total  # alone: a training that its own progress held would outlive its use
    training.run()
    ledger, rows = training.ledger, training.metrics
    assert ledger is not None
    return {
        "accuracy": 100.0 * rows[-1].accuracy,
        "accuracies": [100.0 * row.accuracy for row in rows],
        "losses": [row.train_loss for row in rows],
        "samples": [row.samples for row in rows],
        "cycles": [row.cycles for row in rows],
        "density": ledger.density,
        "staleness": [stage.staleness.mean for stage in ledger.stages],
    }


def trial(
    path: Path | None,
    overrides: Iterable[str],
    keys: dict[str, Any],
    seconds: float,
) -> Cell:
    """Return the training of a design under `keys["seed"]` as a cell."""
    changes = (*overrides, f"run.seed={keys['seed']}")

    def work(results: Results, tell: Tell) -> Found:
        del results
        return train(read_design(path, changes), tell)

    return Cell(keys, seconds, work)


def omegas(value: float, layers: int = 3) -> tuple[str, ...]:
    """Return the overrides that give every layer an omega."""
    return tuple(f"layer.{stage}.omega={value}" for stage in range(layers))


def algorithm(name: str, keys: dict[str, float | str] | None = None) -> tuple[str, ...]:
    """Return the overrides of a learning rule and its keys."""
    own = {} if keys is None else keys
    return (f"algorithm.name={name}", *(f"algorithm.{key}={value}" for key, value in own.items()))


def reached(accuracies: Sequence[float], target: float) -> int | None:
    """Return the number, from 1 on, of the first evaluation at a target; None if it never is."""
    return next((n for n, one in enumerate(accuracies, 1) if one >= target), None)
