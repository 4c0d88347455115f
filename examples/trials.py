"""Trainings of a design under several seeds."""

from collections.abc import Iterable
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

from models.design import read_design
from sim.training import Training


class Trials(NamedTuple):
    """Test accuracies in percent after the last epoch, one a seed."""

    accuracies: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return mean(self.accuracies)

    def __str__(self) -> str:
        spread = stdev(self.accuracies) if len(self.accuracies) > 1 else 0.0
        return f"{self.mean:5.1f} +-{spread:5.1f}  {min(self.accuracies):5.1f}"


#: Over the columns of a `Trials` in a table: mean, standard deviation over the seeds, least.
HEAD = f"{'mean':>5} +-{'sd':>5}  {'min':>5}"


def train(path: Path, overrides: Iterable[str], seeds: Iterable[int]) -> Trials:
    """Return the trainings of a design file with overrides, once for each seed."""
    found = []
    for seed in seeds:
        training = Training(read_design(path, (*overrides, f"run.seed={seed}")))
        training.run()
        found.append(100.0 * training.metrics[-1].accuracy)
    return Trials(tuple(found))
