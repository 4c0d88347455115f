"""What an evaluation finds, and who is told."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Metrics:
    """One evaluation: every stage with its weights after exactly `samples` updates."""

    epoch: float
    samples: int
    cycles: int
    loss: float
    accuracy: float
    train_loss: float
    averaged_accuracy: float | None = None
    """Of the mean of the weights since `run.average_after`."""


Progress = Callable[[int, Metrics | None], None]


def silent(samples: int, metrics: Metrics | None) -> None:
    """Tell nobody."""
    del samples, metrics
