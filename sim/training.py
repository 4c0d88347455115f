"""Training in exactly the order, and with exactly the staleness, that the clock produced."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np

from models import executor
from models.converter import Vectors
from models.data import Dataset, load_data, sample_order
from models.design import Design
from models.error import DesignError
from models.loss import mean_loss
from models.memory import Memory
from models.network import Held, make_network
from models.packed import NEVER, Ints
from models.plateau import stopped
from models.replay import Replay
from models.schedule import Op
from models.timing import stage_backward_cycles, stage_forward_cycles, stage_update_cycles
from sim.ledger import Ledger
from sim.log import OpLog
from sim.machine import Machine
from sim.metric import Metrics, Progress, silent
from sim.period import PeriodicMachine
from sim.system import System, make_system

#: Ops between two looks at the clock's log.
CHUNK = 1 << 15


@dataclass
class _Point:
    """What an evaluation waits for: weights, bias, gain of every stage, and the cycle of the last.

    `averages`: running averages of the inputs of each stage, as they stood with them.
    """

    held: dict[int, Held] = field(default_factory=dict)
    averages: dict[int, Vectors] = field(default_factory=dict)
    cycles: int = 0


class Training:
    """One run: the machine's clock and the network's numbers, side by side.

    Parameters
    ----------
    design
        What is run.
    progress
        Called with the number of samples that the last stage has learned, and with each evaluation.

    Raises
    ------
    DesignError
        When the data are missing or do not fit the network.
    """

    def __init__(self, design: Design, progress: Progress | None = None) -> None:
        self.design = design
        self.progress: Progress = progress or silent
        self.data: Dataset = load_data(design.data)
        images = len(self.data.train)
        self.total = design.run.samples or ceil(design.run.epochs * images)
        self.interval = min(design.run.evaluate_every or images, self.total)
        self.system: System = make_system(design)
        rule = self.system.rule
        network = make_network(design, self.data, self.total)
        window = self.interval + rule.S[0] + 1
        self.memory = Memory(network, self.data.train, rule.S, rule.Q, window)
        self.metrics: list[Metrics] = []
        self.head: OpLog | None = None
        self.ledger: Ledger | None = None
        self.wall_seconds = 0.0
        self._points: dict[int, _Point] = {}
        self._evaluated = 0

    def _images(self, first: int, stop: int) -> Ints:
        """Return the images of the samples `first` to `stop` - 1: epoch after epoch, shuffled."""
        count, seed = len(self.data.train), self.design.run.seed
        epochs = range(first // count, (stop - 1) // count + 1)
        order = np.concatenate([sample_order(seed, epoch, count) for epoch in epochs])
        return order[first - epochs[0] * count : stop - epochs[0] * count]

    def _order(self, samples: Ints) -> Ints:
        """Return the images of all samples in a range, each at its sample modulo their number."""
        first, stop = int(samples.min()), int(samples.max()) + 1
        return np.roll(self._images(first, stop), first % (stop - first))

    def run(self) -> None:
        """Run to the end; `metrics`, `ledger`, `head` and `wall_seconds` hold what came out."""
        begin = time.perf_counter()
        if self.system.coupled:
            log = self._coupled()
        elif self.design.run.batched:
            log = self._batched()
        else:
            log = self._replayed()
        for chunk in log:
            if self.head is None:
                self.head = chunk
            learned = chunk.sample[(chunk.op == Op.UPDATE) & (chunk.stage == 0)]
            if len(learned):
                self.progress(int(learned[-1]) + 1, None)
        self.wall_seconds = time.perf_counter() - begin

    def _clock(self) -> Iterator[OpLog]:
        """Yield the clock's log; afterwards the ledger is there."""
        machine = PeriodicMachine(self.system.rule, self.system.durations, self.total)
        yield from machine.ops(CHUNK)
        self.ledger = machine.ledger

    def _execute(self, log: OpLog) -> None:
        if len(log):
            memory, order = self.memory, self._order(log.sample)
            executor.run(memory, log.stage, log.op, log.sample, order)

    def _due(self, updates: Any) -> Any:
        """Whether an evaluation waits for each number of updates (one, or an array)."""
        return (updates % self.interval == 0) | (updates == self.total)

    def _replayed(self) -> Iterator[OpLog]:
        """Replay the clock's log compiled, stopping wherever a stage's weights are to be kept."""
        for log in self._clock():
            first = 0
            due = (log.op == Op.UPDATE) & self._due(log.sample + 1)
            for row in np.flatnonzero(due).tolist():
                self._execute(log[first : row + 1])
                self._keep(int(log.stage[row]), int(log.sample[row]) + 1, int(log.end[row]))
                first = row + 1
            self._execute(log[first:])
            yield log

    def _coupled(self) -> Iterator[OpLog]:
        """Run clock and numbers together: cycles follow from slots, repeated reads, refreshes."""
        grids, memory, durations = self.system.grids, self.memory, self.system.durations
        pulsed = not self.design.arrangement.collects
        tiles_of = memory.plan.placing.tiles_of
        reads, errors = memory.plan.passing.reads, memory.plan.passing.errors

        def execute(stage: int, op: int, sample: int) -> None:
            one = (np.array([stage]), np.array([op]), np.array([sample]))
            executor.run(memory, *one, self._order(one[2]))

        def refreshed(stage: int, vector: int) -> list[tuple[int, int]] | None:
            every = self.system.refresh_every
            if every is None or (vector + 1) % every:
                return None
            tiles, place = tiles_of(stage), vector % int(errors[stage])
            return [(rows, slots) for rows, slots, _ in memory.state.renewed[place, tiles].tolist()]

        def update(stage: int, sample: int) -> int:
            count = int(errors[stage])
            first = int(memory.plan.passing.used_at[stage])
            cycles = durations.transfer_cycles(stage, sample, sample + 1) + sum(
                stage_update_cycles(
                    grids[stage], used, refreshed(stage, sample * count + p), pulsed
                )
                for p, used in enumerate(memory.state.used[first : first + count].tolist())
            )
            if self._due(sample + 1):
                self._keep(stage, sample + 1, int(machine.environment.now) + cycles)
            return cycles

        def forward(stage: int, sample: int) -> int:
            del sample
            retried = memory.state.retried[: int(reads[stage]), tiles_of(stage), 0]
            return sum(stage_forward_cycles(grids[stage], one) for one in retried.tolist())

        def backward(stage: int, sample: int) -> int:
            del sample
            retried = memory.state.retried[: int(errors[stage]), tiles_of(stage), 1]
            return sum(stage_backward_cycles(grids[stage], one) for one in retried.tolist())

        machine = Machine(
            self.system.rule,
            self.system.durations,
            self.total,
            None,
            update,
            read_length={Op.FORWARD: forward, Op.BACKWARD: backward},
            on_start=execute,
        )
        yield from machine.ops(CHUNK)
        self.ledger = machine.ledger

    def _batched(self) -> Iterator[OpLog]:
        """Read each mini-batch at once as matrix products; update sample by sample."""
        replay, stages = Replay(self.memory), self.design.stages
        ends: dict[tuple[int, int], int] = {}
        logged, done = np.zeros(stages, np.int64), 0
        for log in self._clock():
            update = log.op == Op.UPDATE
            np.maximum.at(logged, log.stage[update], log.sample[update] + 1)
            for row in np.flatnonzero(update & self._due(log.sample + 1)).tolist():
                ends[int(log.stage[row]), int(log.sample[row])] = int(log.end[row])
            while done < self.total:
                stop = self.system.rule.batch_end(done, self.total)
                if logged.min() < stop:
                    break
                self._read_batch(replay, np.arange(done, stop))
                for stage in range(stages):
                    self._update_batch(stage, done, stop, ends)
                done = stop
            yield log

    def _read_batch(self, replay: Replay, samples: Ints) -> None:
        stages = self.design.stages
        for stage in range(stages):
            replay.forward(stage, samples, self._images(int(samples[0]), int(samples[-1]) + 1))
        for stage in reversed(range(stages)):
            replay.backward(stage, samples)

    def _update_batch(
        self, stage: int, first: int, stop: int, ends: dict[tuple[int, int], int]
    ) -> None:
        samples = np.arange(first, stop)
        for part in np.split(samples, np.flatnonzero(self._due(samples + 1)) + 1):
            if len(part):
                stages, ops = np.full(len(part), stage), np.full(len(part), int(Op.UPDATE))
                order = self._order(part)
                executor.run(self.memory, stages, ops, part, order)
                last = int(part[-1])
                if self._due(last + 1):
                    self._keep(stage, last + 1, ends[stage, last])

    def _keep(self, stage: int, updates: int, cycles: int) -> None:
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
        metrics = Metrics(
            epoch=updates / len(self.data.train),
            samples=updates,
            cycles=point.cycles,
            loss=loss,
            accuracy=accuracy,
            train_loss=train_loss,
        )
        if not np.isfinite([metrics.loss, metrics.train_loss]).all():
            raise DesignError(
                f"algorithm.lr: training diverged within {updates} samples at a rate of "
                f"{self.design.algorithm.lr:g}; lower it"
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
            ahead = max(self.interval, self.system.rule.S[0] + 1)
            switches[done] = self._evaluated + ahead

    def _train_loss(self, updates: int) -> float:
        """Return the mean loss of the samples learned since the last evaluation, as they passed."""
        memory, samples = self.memory, np.arange(self._evaluated, updates)
        z = memory.state.logits[samples % len(memory.state.logits)]
        value, _ = memory.layers[-1].activate(z)
        labels = self.data.train.labels[self._images(self._evaluated, updates)]
        kind = self.design.network.loss
        return mean_loss(z, value, labels, kind, memory.network.numerics)
