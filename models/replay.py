"""Plain NumPy twin of the compiled executor: the same ops on the same packed memory, one at a time.

Also the batched way through a synchronous schedule: all reads of a mini-batch as matrix products.
"""

import numpy as np
import numpy.typing as npt

from models.converter import Vectors
from models.layer import exact, learning
from models.layer.linear import through
from models.loss import error
from models.memory import Memory
from models.network import is_exact
from models.packed import Ints
from models.pulse import PulseTranslator
from models.schedule import Op


class Replay:
    """Executor of ops on a `Memory` through the layers' own methods."""

    def __init__(self, memory: Memory) -> None:
        self.memory, self.placing = memory, memory.plan.placing
        self.translators = [
            tuple(PulseTranslator(tile.config) for tile in layer.grid.flat)
            for layer in memory.network.layers
        ]

    def run(self, stages: Ints, ops: Ints, samples: Ints, order: Ints) -> None:
        """Execute ops in the given order; see `models.executor.run`."""
        for m, op, k in zip(stages.tolist(), ops.tolist(), samples.tolist(), strict=True):
            one = np.array([k])
            if op == Op.FORWARD:
                self.forward(m, one, order[one % len(order)])
            elif op == Op.BACKWARD:
                self.backward(m, one)
            else:
                self.update(m, k)

    def _put_x(self, stage: int, samples: Ints, vectors: Vectors, slopes: Vectors) -> None:
        memory = self.memory
        state, part = memory.state, self.placing.rows_of(stage)
        depth = int(memory.plan.x_depth[stage])
        codes, factor, state.x_average[part] = memory.network.encode(
            vectors, stage, Op.FORWARD, samples, 0, state.x_average[part]
        )
        for i, k in enumerate(samples.tolist()):
            slot = memory.x_slot(stage, k)
            state.x[slot], state.slope[slot] = codes[i], slopes[i]
            state.x_factor[part, k % depth] = factor[i]

    def _put_d(self, stage: int, samples: Ints, vectors: Vectors) -> None:
        memory = self.memory
        state, part = memory.state, self.placing.columns_of(stage)
        depth = int(memory.plan.d_depth[stage])
        codes, factor, state.d_average[part] = memory.network.encode(
            vectors, stage, Op.BACKWARD, samples, 0, state.d_average[part]
        )
        for i, k in enumerate(samples.tolist()):
            state.d[memory.d_slot(stage, k)] = codes[i]
            state.d_factor[part, k % depth] = factor[i]

    def _retried(self, stage: int, side: int, retries: Ints) -> None:
        """Count each tile's repeated reads; the last vector's tell its op's cycles."""
        tiles = self.placing.tiles_of(stage)
        self.memory.state.retries[tiles, side] += retries.sum(axis=0)
        self.memory.state.retried[tiles, side] = retries[-1]

    def _get_x(self, stage: int, samples: Ints) -> tuple[Vectors, Vectors]:
        memory, depth = self.memory, int(self.memory.plan.x_depth[stage])
        codes = np.stack([memory.state.x[memory.x_slot(stage, k)] for k in samples.tolist()])
        return codes, memory.state.x_factor[self.placing.rows_of(stage)][:, samples % depth].T

    def _get_d(self, stage: int, samples: Ints) -> tuple[Vectors, Vectors]:
        memory, depth = self.memory, int(self.memory.plan.d_depth[stage])
        codes = np.stack([memory.state.d[memory.d_slot(stage, k)] for k in samples.tolist()])
        return codes, memory.state.d_factor[self.placing.columns_of(stage)][:, samples % depth].T

    def forward(self, stage: int, samples: Ints, images: npt.NDArray[np.int64]) -> None:
        """Execute F of several samples, whose images are given, at one stage."""
        memory, plan = self.memory, self.memory.plan
        layer = memory.layers[stage]
        if stage == 0:
            vectors = memory.network.inputs(plan.pixels[images])
            self._put_x(0, samples, vectors, np.zeros_like(vectors))
        codes, factor = self._get_x(stage, samples)
        z, retries = layer.pre_activation(codes, factor, samples, Op.FORWARD)
        self._retried(stage, 0, retries)
        value, slope = layer.activate(z)
        if stage < len(memory.layers) - 1:
            self._put_x(stage + 1, samples, value, slope)
            return
        memory.state.logits[samples % len(memory.state.logits)] = z
        loss, numerics = memory.network.design.network.loss, memory.network.numerics
        self._put_d(stage, samples, error(z, value, slope, plan.labels[images], loss, numerics))

    def backward(self, stage: int, samples: Ints) -> None:
        """Execute B of several samples at one stage; the first stage's result is nobody's input."""
        memory = self.memory
        if stage == 0 and not memory.plan.reading.bound_backward:  # its retries alone are asked for
            return
        codes, factor = self._get_d(stage, samples)
        upper, retries = memory.layers[stage].input_error(codes, factor, samples)
        self._retried(stage, 1, retries)
        if stage == 0:
            return
        slope = np.stack([memory.state.slope[memory.x_slot(stage, k)] for k in samples.tolist()])
        self._put_d(stage - 1, samples, through(upper, slope, memory.network.numerics))

    def _around(self, stage: int, rate: int) -> learning.Around:
        """Return what else an update of a stage touches."""
        memory, part = self.memory, self.placing.tiles_of(stage)
        transfers = [memory.transfers(tile) for tile in range(part.start, part.stop)]
        return learning.Around(
            tallies=memory.tallies(stage),
            refreshed=memory.state.refreshed[part],
            transfers=[own for own in transfers if own is not None],
            transferred=memory.state.transferred[stage],
            rate=rate,
        )

    def update(self, stage: int, sample: int) -> None:
        """Execute U of one sample at one stage."""
        memory, one = self.memory, np.array([sample])
        layer, rates, state = memory.layers[stage], memory.network.rates, memory.state
        (x, x_factor), (d, d_factor) = self._get_x(stage, one), self._get_d(stage, one)
        index = rates.index(sample)
        amplitude, bias_rate = float(rates.amplitude[stage, index]), float(rates.bias[index])
        if is_exact(memory.network):
            exact.update(layer, x[0], d[0], amplitude, bias_rate)
            return
        found = learning.update(
            layer,
            self.translators[stage],
            x[0],
            x_factor[0],
            d[0],
            d_factor[0],
            amplitude,
            bias_rate,
            sample,
            memory.network.design.device.dw_min,
            self._around(stage, index),
        )
        state.counters[stage] += found
        state.used[stage] = found[0]
