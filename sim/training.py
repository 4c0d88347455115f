"""Training in exactly the order, and with exactly the staleness, that the clock produced."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from models import executor
from models.data import Dataset, load_data, run_length
from models.design import Design
from models.memory import Memory
from models.network import make_network
from models.packed import Ints
from models.replay import Replay
from models.schedule import Op
from models.transfer.due import with_due
from sim.coupled import Measured
from sim.evaluation import Evaluations, images_of
from sim.ledger import Ledger
from sim.log import OpLog
from sim.metric import Metrics, Progress, silent
from sim.recording import window_of
from sim.system import System, make_system
from sim.watch import Watch
from sim.window import Span, Window

#: Ops between two looks at the clock's log.
CHUNK = 1 << 15
#: Ops of a sample, and those that change weights.
SAMPLED = (Op.FORWARD, Op.BACKWARD, Op.UPDATE)
CHANGING = (Op.UPDATE, Op.TRANSFER)


class Training:
    """One run: the machine's clock and the network's numbers, side by side.

    Parameters
    ----------
    design
        What is run.
    progress
        Called with the number of samples that the last stage has learned, and with each evaluation.
    span
        Cycles of which the ops and stalls are kept; by default the first few.

    Raises
    ------
    DesignError
        When the data are missing or do not fit the network.
    """

    def __init__(
        self, design: Design, progress: Progress | None = None, span: Span | None = None
    ) -> None:
        self.design, self.span = design, span or Span()
        self.data: Dataset = load_data(design.data)
        images = len(self.data.train)
        self.total = run_length(design.run, self.data)
        self.interval = min(design.run.evaluate_every or images, self.total)
        self.system: System = make_system(design)
        rule = self.system.rule
        network = make_network(design, self.data, self.total)
        window = self.interval + rule.S[0] + 1
        self.memory = Memory(network, self.data.train, rule.S, rule.Q, window)
        self.evaluations = Evaluations(
            design, self.memory, self.data, self.interval, self.total, progress or silent
        )
        self.head: OpLog | None = None
        #: Called with the clock's log, chunk after chunk.
        self.taken: Callable[[OpLog], None] | None = None
        self._find_window: Callable[[], Window] | None = None
        self.ledger: Ledger | None = None
        self.wall_seconds = 0.0

    @property
    def progress(self) -> Progress:
        """What is called with the samples learned, and with each evaluation."""
        return self.evaluations.progress

    @progress.setter
    def progress(self, progress: Progress) -> None:
        self.evaluations.progress = progress

    @property
    def window(self) -> Window:
        """What ran in the cycles of `span`, when the run has ended.

        Raises
        ------
        DesignError
            When it has no such cycles, or too many ops in them.
        """
        assert self._find_window is not None
        return self._find_window()

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
            if self.taken is not None:
                self.taken(chunk)
            learned = chunk.sample[(chunk.op == Op.UPDATE) & (chunk.stage == 0)]
            if len(learned):
                self.progress(int(learned[-1]) + 1, None)
        self.wall_seconds = time.perf_counter() - begin

    def _clock(self) -> Iterator[OpLog]:
        """Yield the clock's log; afterwards the ledger is there."""
        machine = self.system.periodic(self.total, span=self.span)
        yield from machine.ops(CHUNK)
        self.ledger, self._find_window = machine.ledger, lambda: window_of(machine)

    def _seen(self, stage: int, op: int, sample: int) -> int | None:
        """Return the updates that a stage has seen, if an evaluation waits for it after this op.

        This is the last transfer that follows an update, or the update where none does.
        """
        durations = self.system.durations
        if op == Op.TRANSFER:
            number, sample = sample, sample // durations.transfer_growth(stage)
            last = self.evaluations.due(sample + 1) and durations.due(stage, sample)[-1] == number
        else:
            last = self.evaluations.due(sample + 1) and not durations.due(stage, sample)
        return sample + 1 if last else None

    def _kept(self, log: OpLog) -> list[tuple[int, int]]:
        """Return the rows after which a stage is evaluated, with the updates that it has seen."""
        update = (log.op == Op.UPDATE) & self.evaluations.due(log.sample + 1)
        rows = np.flatnonzero(update | (log.op == Op.TRANSFER)).tolist()
        places = ((int(log.stage[row]), int(log.op[row]), int(log.sample[row])) for row in rows)
        seen = [(row, self._seen(*place)) for row, place in zip(rows, places, strict=True)]
        return [(row, updates) for row, updates in seen if updates is not None]

    def _execute(self, log: OpLog) -> None:
        if len(log):
            samples = log.sample[np.isin(log.op, SAMPLED)]
            order = self._order(samples if len(samples) else np.zeros(1, np.int64))
            executor.run(self.memory, log.stage, log.op, log.sample, order)

    def _replayed(self) -> Iterator[OpLog]:
        """Replay the clock's log compiled, stopping wherever a stage's weights are to be kept."""
        for log in self._clock():
            first = 0
            for row, updates in self._kept(log):
                self._execute(log[first : row + 1])
                self.evaluations.keep(int(log.stage[row]), updates, int(log.end[row]))
                first = row + 1
            self._execute(log[first:])
            yield log

    def _coupled(self) -> Iterator[OpLog]:
        """Run clock and numbers together, where cycles follow from the numbers."""
        measured = Measured(self.system, self.memory, not self.design.arrangement.collects)
        nothing = np.zeros(1, np.int64)

        def execute(stage: int, op: int, sample: int) -> None:
            one = (np.array([stage]), np.array([op]), np.array([sample]))
            order = self._order(one[2]) if op in SAMPLED else nothing
            executor.run(self.memory, *one, order)

        watch = Watch(self.span)
        machine = self.system.machine(
            self.total,
            watch=watch,
            update_length=measured.update,
            read_length={Op.FORWARD: measured.forward, Op.BACKWARD: measured.backward},
            on_start=execute,
            on_ready=self._keep_started,
        )
        yield from machine.ops(CHUNK)
        self.ledger, self._find_window = machine.ledger, lambda: watch.window

    def _keep_started(self, stage: int, op: int, sample: int, end: int) -> None:
        """Keep a stage's weights if an evaluation waits for them after the op just computed."""
        updates = self._seen(stage, op, sample) if op in CHANGING else None
        if updates is not None:
            self.evaluations.keep(stage, updates, end)

    def _batched(self) -> Iterator[OpLog]:
        """Read each mini-batch at once as matrix products; update sample by sample."""
        replay, stages = Replay(self.memory), self.design.stages
        ends: dict[tuple[int, int], int] = {}
        logged, done = np.zeros(stages, np.int64), 0
        for log in self._clock():
            update = log.op == Op.UPDATE
            np.maximum.at(logged, log.stage[update], log.sample[update] + 1)
            for row, updates in self._kept(log):
                ends[int(log.stage[row]), updates] = int(log.end[row])
            while done < self.total:
                stop = self.system.rule.batch_end(done, self.total)
                if logged.min() < stop or not self._ended(ends, done, stop):
                    break
                self._read_batch(replay, np.arange(done, stop))
                for stage in range(stages):
                    self._update_batch(stage, done, stop, ends)
                done = stop
            yield log

    def _ended(self, ends: dict[tuple[int, int], int], first: int, stop: int) -> bool:
        """Whether it is known when the stages were ready for each evaluation of a mini-batch."""
        updates = np.arange(first, stop) + 1
        due = updates[self.evaluations.due(updates)].tolist()
        return all((m, n) in ends for m in range(self.design.stages) for n in due)

    def _read_batch(self, replay: Replay, samples: Ints) -> None:
        stages = self.design.stages
        for stage in range(stages):
            replay.forward(stage, samples, self._images(int(samples[0]), int(samples[-1]) + 1))
        for stage in reversed(range(stages)):
            replay.backward(stage, samples)

    def _update_batch(
        self, stage: int, first: int, stop: int, ends: dict[tuple[int, int], int]
    ) -> None:
        samples, every = np.arange(first, stop), self.memory.plan.transferring.every.tolist()
        vectors = self.memory.plan.passing.errors.tolist()
        for part in np.split(samples, np.flatnonzero(self.evaluations.due(samples + 1)) + 1):
            if len(part):
                rows = ((stage, int(Op.UPDATE), k) for k in part.tolist())
                executor.run(self.memory, *with_due(every, vectors, rows), self._order(part))
                seen = int(part[-1]) + 1
                if self.evaluations.due(seen):
                    self.evaluations.keep(stage, seen, ends[stage, seen])
