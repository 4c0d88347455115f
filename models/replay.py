"""Plain NumPy twin of the compiled executor: the same ops on the same packed memory, one at a time.

Also the batched way through a synchronous schedule: all reads of a mini-batch as matrix products.
"""

import numpy as np
import numpy.typing as npt

from models.algorithm import analog_sgd, digital_sgd
from models.converter import Vectors
from models.layer.linear import through
from models.loss import error
from models.memory import Ints, Memory
from models.network import is_exact
from models.pulse import PulseTranslator
from models.schedule import Op


class Replay:
    """Executor of ops on a `Memory` through the layers' own methods."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.translators = [
            PulseTranslator(layer.crossbar.config) for layer in memory.network.layers
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

    def _encode(
        self, stage: int, op: Op, samples: Ints, vectors: Vectors
    ) -> tuple[Vectors, Vectors]:
        """Return codes and factors for one side of a stage's tile; keeps its running average."""
        average, side = self.memory.state.average, int(op == Op.BACKWARD)
        codes, factor, average[stage, side] = self.memory.network.encode(
            vectors, stage, op, samples, 0, float(average[stage, side])
        )
        return codes, factor

    def _put_x(self, stage: int, samples: Ints, vectors: Vectors, slopes: Vectors) -> None:
        state, depth = self.memory.state, int(self.memory.plan.x_depth[stage])
        codes, factor = self._encode(stage, Op.FORWARD, samples, vectors)
        for i, k in enumerate(samples.tolist()):
            slot = self.memory.x_slot(stage, k)
            state.x[slot], state.slope[slot] = codes[i], slopes[i]
            state.x_factor[stage, k % depth] = factor[i]

    def _put_d(self, stage: int, samples: Ints, vectors: Vectors) -> None:
        state, depth = self.memory.state, int(self.memory.plan.d_depth[stage])
        codes, factor = self._encode(stage, Op.BACKWARD, samples, vectors)
        for i, k in enumerate(samples.tolist()):
            state.d[self.memory.d_slot(stage, k)] = codes[i]
            state.d_factor[stage, k % depth] = factor[i]

    def _retried(self, stage: int, side: int, retries: Ints) -> None:
        """Count the repeated reads of a side; the last vector's tell its op's cycles."""
        self.memory.state.retries[stage, side] += retries.sum()
        self.memory.state.retried[stage, side] = retries[-1]

    def _get_x(self, stage: int, samples: Ints) -> tuple[Vectors, Vectors]:
        state, depth = self.memory.state, int(self.memory.plan.x_depth[stage])
        codes = np.stack([state.x[self.memory.x_slot(stage, k)] for k in samples.tolist()])
        return codes, state.x_factor[stage, samples % depth]

    def _get_d(self, stage: int, samples: Ints) -> tuple[Vectors, Vectors]:
        state, depth = self.memory.state, int(self.memory.plan.d_depth[stage])
        codes = np.stack([state.d[self.memory.d_slot(stage, k)] for k in samples.tolist()])
        return codes, state.d_factor[stage, samples % depth]

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

    def update(self, stage: int, sample: int) -> None:
        """Execute U of one sample at one stage."""
        memory, one = self.memory, np.array([sample])
        layer, rates, state = memory.layers[stage], memory.network.rates, memory.state
        (x, x_factor), (d, d_factor) = self._get_x(stage, one), self._get_d(stage, one)
        index = rates.index(sample)
        amplitude, bias_rate = float(rates.amplitude[stage, index]), float(rates.bias[index])
        if is_exact(memory.network):
            digital_sgd.update(layer, x[0], d[0], amplitude, bias_rate)
            return
        found = analog_sgd.update(
            layer,
            self.translators[stage],
            x[0],
            float(x_factor[0]),
            d[0],
            float(d_factor[0]),
            amplitude,
            bias_rate,
            sample,
            memory.network.design.device.dw_min,
            memory.tally(stage),
        )
        state.counters[stage] += found
        state.used[stage] = found[0]
