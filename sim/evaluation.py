"""Evaluations of a training: every stage with its weights after exactly as many updates."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.converter import Vectors
from models.data import Dataset, sample_order
from models.design import Design
from models.error import DivergedError
from models.loss import mean_loss
from models.memory import Memory
from models.network import Held
from models.packed import NEVER, Ints
from models.plateau import stopped
from sim.averaging import Average
from sim.metric import Metrics, Progress


def images_of(design: Design, data: Dataset, first: int, stop: int) -> Ints:
    """Return the images of the samples `first` to `stop` - 1: epoch after epoch, shuffled."""
    count, seed = len(data.train), design.run.seed
    epochs = range(first // count, (stop - 1) // count + 1)
    order = np.concatenate([sample_order(seed, epoch, count) for epoch in epochs])
    return order[first - epochs[0] * count : stop - epochs[0] * count]


@dataclass
class _Point:
    """What an evaluation waits for: weights, bias, gain of every stage, and the cycle of the last.

    `averages`: running averages of the inputs of each stage, as they stood with them.
    """

    held: dict[int, Held] = field(default_factory=dict)
    averages: dict[int, Vectors] = field(default_factory=dict)
    cycles: int = 0


class Evaluations:
    """The evaluations of one run, and what follows from them.

    Parameters
    ----------
    design, memory, data
        What is trained.
    interval, total
        Samples between two evaluations, and in all.
    progress
        Called with each evaluation.
    """

    def __init__(
        self,
        design: Design,
        memory: Memory,
        data: Dataset,
        interval: int,
        total: int,
        progress: Progress,
    ) -> None:
        self.design, self.memory, self.data = design, memory, data
        self.interval, self.total, self.progress = interval, total, progress
        #: Samples by which the first stage may be ahead of the last.
        self.ahead = int(memory.plan.passing.x_samples[0]) + 1
        self.metrics: list[Metrics] = []
        self._points: dict[int, _Point] = {}
        self._evaluated = 0
        first = design.run.average_after
        self._average = None if first is None else Average(first * total)

    def due(self, updates: Any) -> Any:
        """Whether an evaluation waits for each number of updates (one, or an array)."""
        return (updates % self.interval == 0) | (updates == self.total)

    def keep(self, stage: int, updates: int, cycles: int) -> None:
        """Keep a stage's weights after `updates` updates; evaluate when every stage's are there."""
        point = self._points.setdefault(updates, _Point())
        layer = self.memory.layers[stage]
        point.held[stage] = (
            layer.grid.weights().copy(),
            layer.bias.copy(),
            layer.gain.copy(),
        )
        part = self.memory.plan.placing.rows_of(stage)
        point.averages[stage] = self.memory.state.x_average[part].copy()
        point.cycles = max(point.cycles, cycles)
        if len(point.held) == self.design.stages:
            self._evaluate(updates, self._points.pop(updates))

    def _evaluate(self, updates: int, point: _Point) -> None:
        stages = range(self.design.stages)
        weights = tuple(point.held[stage] for stage in stages)
        averages = tuple(point.averages[stage] for stage in stages)
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged network is told below
            loss, accuracy = self.memory.network.evaluate(
                self.data.test, updates, weights, averages
            )
            train_loss = self._train_loss(updates)
            averaged = self._averaged(updates, weights, averages)
        metrics = Metrics(
            epoch=updates / len(self.data.train),
            samples=updates,
            cycles=point.cycles,
            loss=loss,
            accuracy=accuracy,
            train_loss=train_loss,
            averaged_accuracy=averaged,
        )
        if not np.isfinite([metrics.loss, metrics.train_loss]).all():
            raise DivergedError(
                f"algorithm.lr: training diverged within {updates} samples at a rate of "
                f"{self.design.algorithm.lr:g}; lower it",
                accuracy,
            )
        self._evaluated = updates
        self.metrics.append(metrics)
        self._warm()
        self.progress(updates, metrics)

    def _warm(self) -> None:
        """End a phase of the warm start, if the loss stopped falling.

        It ends with the next evaluation, or where no stage has gone already, whatever the schedule.
        """
        switches = self.memory.state.switches
        done = int((switches < NEVER).sum())
        losses = [metrics.train_loss for metrics in self.metrics]
        if done < len(switches) and stopped(losses, done):
            ahead = max(self.interval, self.ahead)
            switches[done] = self._evaluated + ahead

    def _train_loss(self, updates: int) -> float:
        """Return the mean loss of the samples learned since the last evaluation, as they passed."""
        memory, samples = self.memory, np.arange(self._evaluated, updates)
        z = memory.state.logits[samples % len(memory.state.logits)]
        value, _ = memory.layers[-1].activate(z)
        labels = self.data.train.labels[images_of(self.design, self.data, self._evaluated, updates)]
        loss, numerics = self.design.network, memory.network.numerics
        return mean_loss(z, value, labels, loss.loss, numerics, loss.label_smoothing)

    def _averaged(
        self, updates: int, weights: tuple[Held, ...], averages: tuple[Vectors, ...]
    ) -> float | None:
        """Return the accuracy of the mean of the weights since `run.average_after`, if any."""
        if self._average is None or not self._average.add(updates, weights):
            return None
        network = self.memory.network
        exponents = [
            max(tile.devices.exponent for tile in layer.grid.flat) for layer in network.layers
        ]
        held = self._average.held(exponents)
        return network.evaluate(self.data.test, updates, held, averages)[1]
