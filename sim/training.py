"""Training in exactly the order, and with exactly the staleness, that the clock produced."""

import time
from collections.abc import Iterator
from math import ceil

import numpy as np

from models import executor
from models.data import Dataset, load_data
from models.design import Design
from models.memory import Memory
from models.network import make_network
from models.packed import Ints
from models.replay import Replay
from models.schedule import Op
from models.timing import stage_backward_cycles, stage_forward_cycles, stage_update_cycles
from sim.evaluation import Evaluations, images_of
from sim.ledger import Ledger
from sim.log import OpLog
from sim.machine import Machine
from sim.metric import Metrics, Progress, silent
from sim.period import PeriodicMachine
from sim.system import System, make_system

#: Ops between two looks at the clock's log.
CHUNK = 1 << 15


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
        self.evaluations = Evaluations(
            design, self.memory, self.data, self.interval, self.total, self._tell
        )
        self.head: OpLog | None = None
        self.ledger: Ledger | None = None
        self.wall_seconds = 0.0

    def _tell(self, samples: int, metrics: Metrics | None) -> None:
        self.progress(samples, metrics)

    @property
    def metrics(self) -> list[Metrics]:
        """The evaluations so far."""
        return self.evaluations.metrics

    def _images(self, first: int, stop: int) -> Ints:
        """Return the images of the samples `first` to `stop` - 1."""
        return images_of(self.design, self.data, first, stop)

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

    def _replayed(self) -> Iterator[OpLog]:
        """Replay the clock's log compiled, stopping wherever a stage's weights are to be kept."""
        for log in self._clock():
            first = 0
            due = (log.op == Op.UPDATE) & self.evaluations.due(log.sample + 1)
            for row in np.flatnonzero(due).tolist():
                self._execute(log[first : row + 1])
                self.evaluations.keep(
                    int(log.stage[row]), int(log.sample[row]) + 1, int(log.end[row])
                )
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
            if self.evaluations.due(sample + 1):
                self.evaluations.keep(stage, sample + 1, int(machine.environment.now) + cycles)
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
            for row in np.flatnonzero(update & self.evaluations.due(log.sample + 1)).tolist():
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
        for part in np.split(samples, np.flatnonzero(self.evaluations.due(samples + 1)) + 1):
            if len(part):
                stages, ops = np.full(len(part), stage), np.full(len(part), int(Op.UPDATE))
                order = self._order(part)
                executor.run(self.memory, stages, ops, part, order)
                last = int(part[-1])
                if self.evaluations.due(last + 1):
                    self.evaluations.keep(stage, last + 1, ends[stage, last])
