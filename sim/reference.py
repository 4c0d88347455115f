"""The model's record of a run: clock and numbers together, op by op."""

import numpy as np

from models import executor
from models.data import Dataset, load_data, run_length
from models.design import Design
from models.memory import Memory
from models.network import make_network
from models.record import Record, in_order
from models.schedule import Op
from sim.coupled import Measured
from sim.evaluation import images_of
from sim.ledger import Ledger
from sim.log import OpLog
from sim.system import make_system


class Reference:
    """One run of a design with one tile a stage.

    Parameters
    ----------
    design
        What is run.
    total
        Samples, the first of the run; by default all of it.
    every
        Updates between two looks at the weights.
    data
        What it trains on; by default the design's.

    Raises
    ------
    DesignError
        When the data are missing or do not fit the network.
    """

    def __init__(
        self,
        design: Design,
        total: int | None = None,
        every: int = 1,
        data: Dataset | None = None,
    ) -> None:
        self.design, self.every = design, every
        self.data = load_data(design.data) if data is None else data
        #: Samples of the design's run, which decide when the rate decays.
        self.planned = run_length(design.run, self.data)
        self.total = total = min(total or self.planned, self.planned)
        self.network = make_network(design, self.data, self.planned)
        self.system = make_system(design)
        self.images = images_of(design, self.data, 0, total)
        train, rule = self.data.train, self.system.rule
        self.labels = train.labels[self.images]
        self.memory = Memory(self.network, train, rule.S, rule.Q, total)
        #: Where the cycles of the run went, once it has been run.
        self.ledger: Ledger | None = None
        self._outputs: list[np.ndarray] = []
        self._weights: list[list[np.ndarray]] = [[] for _ in range(design.stages)]

    @property
    def inputs(self) -> np.ndarray:
        """Elements of all samples as integers, shape (samples, inputs)."""
        return self.network.inputs(self.data.train.pixels[self.images]).astype(np.int32)

    def run(self) -> Record:
        """Return the record."""
        measured = Measured(self.system, self.memory, pulsed=True)
        machine = self.system.machine(
            self.total, update_length=measured.update, on_start=self._execute
        )
        ops = OpLog.join(machine.ops())
        self.ledger = machine.ledger
        return Record(
            in_order(np.stack(ops.columns(), axis=1)),
            np.array(self._outputs, np.int64),
            [
                np.array(own, np.float32).reshape(-1, *layer.crossbar.recorded.shape)
                for own, layer in zip(self._weights, self.memory.layers, strict=True)
            ],
            self.every,
            machine.cycles,
        )

    def infer(self) -> np.ndarray:
        """Return the outputs of all samples on the weights and biases as they are, without updates.

        Shape (samples, outputs), integers.
        """
        for sample in range(self.total):
            for stage in range(self.design.stages):
                self._execute(stage, Op.FORWARD, sample)
        return np.array(self._outputs, np.int64)

    def _execute(self, stage: int, op: int, sample: int) -> None:
        one = (np.array([stage]), np.array([op]), np.array([sample]))
        executor.run(self.memory, *one, self.images)
        state = self.memory.state
        if op == Op.FORWARD and stage == self.design.stages - 1:
            self._outputs.append(state.logits[sample % len(state.logits)].astype(np.int64))
        if op == Op.UPDATE and (sample + 1) % self.every == 0:
            self._weights[stage].append(self.memory.layers[stage].crossbar.recorded.copy())
