"""Trainings of one network under several schedules and seeds; those that are finished are kept."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.design import Design, design_sha256
from models.error import DesignError
from models.file import write_text
from sim.directory import start_run
from sim.gradient import has_gradient, squared_gradient
from sim.metric import Metrics
from sim.outcome import training_summary, write_clock, write_metrics
from sim.training import Training

#: Squared norm of the gradient at each evaluation, with the weights as they are by then.
GRADIENTS = "gradients.csv"


@dataclass(frozen=True)
class Trial:
    """One training: a schedule's name for people, a seed, and the design it stands for.

    `rate` is `algorithm.lr` as given where there are several, else None.
    """

    schedule: str
    seed: int
    design: Design
    rate: str | None = None

    @property
    def folder(self) -> str:
        """Name of its directory."""
        rate = "" if self.rate is None else f"-lr{self.rate}"
        return f"{self.schedule.replace(':', '-')}{rate}-s{self.seed}"


def finished(directory: Path, trial: Trial, force: bool = False) -> bool:
    """Whether a directory holds this trial, finished.

    Raises
    ------
    DesignError
        When it holds another one, and `force` does not say that it may be overwritten.
    """
    path = directory / "summary.json"
    if not path.is_file():
        return False
    try:
        found = json.loads(path.read_text()).get("design_sha256")
    except (OSError, ValueError, AttributeError):
        found = None
    if found == design_sha256(trial.design):
        return True
    if not force:
        raise DesignError(
            f"{directory}: holds a run of another design; give --force to overwrite it, or "
            "another --out"
        )
    return False


def train(directory: Path, trial: Trial, progress: Callable[[int], None]) -> None:
    """Run a trial and write its directory; `progress` is told the samples that have been learned.

    `summary.json` is written last: without it the trial is not finished.
    """
    norms: list[float] = []

    def tell(samples: int, metrics: Metrics | None) -> None:
        if metrics is not None and has_gradient(trial.design):
            data = training.data
            norms.append(squared_gradient(training.memory, data.train, data.peak, data.zero))
        progress(samples)

    start_run(directory, True, trial.design)
    training = Training(trial.design, tell)
    training.run()
    write_metrics(directory, training.metrics)
    write_text(directory / GRADIENTS, "\n".join(["squared_gradient", *map(repr, norms), ""]))
    summary = training_summary(training)
    write_clock(directory, trial.design, training.system, summary, training.window)


def read_rows(directory: Path) -> list[dict[str, float]]:
    """Return the evaluations of a finished run, with `squared_gradient` where it was worked out.

    Raises
    ------
    DesignError
        When they are damaged.
    """
    try:
        with (directory / "metrics.csv").open() as file:
            rows = [
                {key: float(cell) for key, cell in row.items() if cell}
                for row in csv.DictReader(file)
            ]
        norms = [float(line) for line in (directory / GRADIENTS).read_text().split()[1:]]
        for row, norm in zip(rows, norms, strict=False):
            row["squared_gradient"] = norm
        return rows
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DesignError(f"{directory}: a file of this run is damaged: {error}") from None
