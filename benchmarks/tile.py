"""The one place that knows how an array of this project is called."""

from typing import Any

import numpy as np

from models import executor
from models.data import Dataset, Images
from models.design import make_design
from models.memory import Memory
from models.network import make_network
from models.number import Integers
from models.schedule import Op


class Stage:
    """One stage of a machine, whose updates are executed as in training, words and all.

    Parameters
    ----------
    x, d
        Codes of inputs and errors; the errors' signs turn with every sample.
    amplitude
        Wanted coincidences for each unit of |x| |d|.
    family, bl
        Devices, and slots of the longest train.
    pulse_type
        Where the pulses come from.
    steps
        Whether coincidences of one update are taken one by one or at once.
    """

    def __init__(
        self,
        x: Integers,
        d: Integers,
        amplitude: float,
        family: str,
        bl: int,
        pulse_type: str,
        steps: str,
    ) -> None:
        rows, columns = len(x), len(d)
        tables: dict[str, Any] = {
            "run": {"profile": "behavioural"},
            "layer": [{"inputs": rows, "outputs": columns, "bias": False}],
            "tile": {
                "rows": rows,
                "columns": columns,
                "update": {"bl": bl, "pulse_type": pulse_type, "steps": steps},
            },
            "device": {"family": family},
        }
        blank = Images(np.zeros((1, rows), np.uint8), np.zeros(1, np.int64))
        network = make_network(make_design(tables), Dataset(blank, blank, 255), 1 << 40)
        self.memory = Memory(network, blank, (2,), (2,), 1)
        state, per_unit = self.memory.state, self.memory.plan.amplitude[0, 0]
        for k in (0, 1):
            state.x[self.memory.x_slot(0, k)] = x
            state.d[self.memory.d_slot(0, k)] = d if k else -d
        state.d_factor[...] = amplitude / per_unit
        self.done = 0

    def update(self, times: int) -> None:
        """Execute as many updates."""
        samples = np.arange(self.done, self.done + times)
        ops, nothing = np.full(times, int(Op.UPDATE)), np.zeros(times, np.int64)
        memory, self.done = self.memory, self.done + times
        executor.run(memory, nothing, ops, samples, nothing[:1])

    @property
    def coincidences(self) -> float:
        """Mean coincidences of a device in an update so far."""
        plan, counters = self.memory.plan, self.memory.state.counters
        return float(counters[0, 2] / (self.done * plan.rows[0] * plan.columns[0]))
