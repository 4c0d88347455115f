"""Plain NumPy twin of the compiled executor: the same ops on the same packed memory, one at a time.

Also the batched way through a synchronous schedule: all reads of a mini-batch as matrix products.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from models.converter import Vectors
from models.dropout import dropped
from models.layer import exact, learning
from models.layer.adapter import Down, Up
from models.layer.linear import Linear
from models.layer.lstm import Recurrence
from models.layer.passed import Read
from models.learned import descend, mean_gain, sums_slot
from models.loss import error
from models.memory import Memory
from models.network import is_exact
from models.normal import denormalised, kept_slot, normalised
from models.packed import Ints
from models.pulse import PulseTranslator
from models.schedule import Op
from models.transfer.plain import TileTransfers

Slot = Callable[[int, int], slice]


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
            elif op == Op.TRANSFER:
                self.transfer(m, k)
            elif op == Op.UPDATE:
                self.update(m, k)

    def _numbers(self, samples: Ints, count: int, places: Ints) -> Ints:
        """Return the numbers of vectors at some places of samples of `count` vectors each."""
        return (samples[:, None] * count + places[None, :]).ravel()

    def _put_x(self, stage: int, numbers: Ints, vectors: Vectors) -> tuple[Vectors, Vectors]:
        """Convert and stash input vectors; return codes and factors."""
        memory = self.memory
        state, part = memory.state, self.placing.rows_of(stage)
        depth = int(memory.plan.x_depth[stage])
        codes, factor, state.x_average[part] = memory.network.encode(
            vectors, stage, Op.FORWARD, numbers, 0, state.x_average[part]
        )
        for i, v in enumerate(numbers.tolist()):
            state.x[memory.x_slot(stage, v)] = codes[i]
            state.x_factor[part, v % depth] = factor[i]
        return codes, factor

    def _driven(self, stage: int, numbers: Ints, errors: Vectors) -> Vectors:
        """Return what drives the columns: errors back through what z passed."""
        plan, layer, normed = self.memory.plan, self.memory.layers[stage], self.memory.state.normed
        if layer.normal:
            reads, count = int(plan.passing.reads[stage]), int(plan.passing.errors[stage])
            vectors = (numbers // count + 1) * reads - count + numbers % count
            kept = np.stack([normed[kept_slot(plan, stage, v)] for v in vectors.tolist()])
            errors = denormalised(errors, kept[:, :-1], kept[:, -1:], layer.numerics)
        return errors * layer.gain if plan.learned.kind[stage] else errors

    def _put_d(self, stage: int, numbers: Ints, vectors: Vectors) -> None:
        memory = self.memory
        state, part = memory.state, self.placing.columns_of(stage)
        depth = int(memory.plan.d_depth[stage])
        codes, factor, state.d_average[part] = memory.network.encode(
            self._driven(stage, numbers, vectors),
            stage,
            Op.BACKWARD,
            numbers,
            0,
            state.d_average[part],
        )
        for i, u in enumerate(numbers.tolist()):
            state.d[memory.d_slot(stage, u)] = codes[i]
            state.d_factor[part, u % depth] = factor[i]

    def _retried(self, stage: int, side: int, places: Ints, retries: Ints) -> None:
        """Count each tile's repeated reads; those of the last sample's vectors tell its cycles."""
        tiles, state = self.placing.tiles_of(stage), self.memory.state
        state.retries[tiles, side] += retries.sum(axis=0)
        state.retried[places, tiles, side] = retries[-len(places) :]

    def _get_x(self, stage: int, numbers: Ints) -> tuple[Vectors, Vectors]:
        memory, depth = self.memory, int(self.memory.plan.x_depth[stage])
        codes = np.stack([memory.state.x[memory.x_slot(stage, v)] for v in numbers.tolist()])
        return codes, memory.state.x_factor[self.placing.rows_of(stage)][:, numbers % depth].T

    def _get_d(self, stage: int, numbers: Ints) -> tuple[Vectors, Vectors]:
        memory, depth = self.memory, int(self.memory.plan.d_depth[stage])
        codes = np.stack([memory.state.d[memory.d_slot(stage, u)] for u in numbers.tolist()])
        return codes, memory.state.d_factor[self.placing.columns_of(stage)][:, numbers % depth].T

    def _get(self, block: Vectors, slot: Slot, stage: int, samples: Ints) -> Vectors:
        return np.stack([block[slot(stage, k)] for k in samples.tolist()])

    def _put(self, block: Vectors, slot: Slot, stage: int, samples: Ints, rows: Vectors) -> None:
        for k, row in zip(samples.tolist(), rows, strict=True):
            block[slot(stage, k)] = row.ravel()

    def _finish(self, stage: int, numbers: Ints, sums: Vectors) -> Vectors:
        """Return z of vectors' sums; keep what a learned scale and a normalisation look up."""
        plan, state, layer = self.memory.plan, self.memory.state, self.memory.layers[stage]
        if plan.learned.kind[stage]:
            for v, row in zip(numbers.tolist(), sums, strict=True):
                state.sums[sums_slot(plan, stage, v)] = row
        if not layer.normal:
            return layer.finish(sums)
        z, spread = normalised(layer.biased_sum(sums), layer.numerics)
        for v, row in zip(numbers.tolist(), np.hstack([z, spread]), strict=True):
            state.normed[kept_slot(plan, stage, v)] = row
        return z

    def _learn_scale(self, stage: int, v: int, d: Vectors, factor: Vectors, index: int) -> None:
        """Update the learned scale of a stage by one vector; `d` are its error codes."""
        memory, layer, own = self.memory, self.memory.layers[stage], self.memory.plan.learned
        if not own.kind[stage]:
            return
        errors = np.array(d)
        for part, value in zip(layer.grid.config.column_parts, factor.tolist(), strict=True):
            errors[part] = d[part] * value
        sums = memory.state.sums[sums_slot(memory.plan, stage, v)]
        rate, floor = float(own.rate[stage, index]), float(own.floor[stage])
        descend(layer.gain, int(own.kind[stage]), errors / layer.gain, sums, rate, floor)

    def _layer(self, stage: int, samples: Ints) -> Linear:
        """Return a layer as samples pass through it: those of one view where there are several."""
        return self.memory.layers[stage].seen(int(samples[0]))

    def _reader(self, stage: int, samples: Ints) -> Read:
        """Return how F reads vectors of samples."""
        layer, reads = self._layer(stage, samples), self.memory.network.units[stage].reads

        def read(vectors: Vectors, places: Ints) -> Vectors:
            numbers = self._numbers(samples, reads, places)
            codes, factor = self._put_x(stage, numbers, vectors.reshape(len(numbers), -1))
            sums, retries = layer.sums(codes, factor, numbers, Op.FORWARD)
            z = self._finish(stage, numbers, sums)
            self._retried(stage, 0, places, retries)
            return z.reshape(len(samples), len(places), -1)

        return read

    def _read_errors(self, stage: int, samples: Ints, places: Ints) -> Vectors:
        """Return the gradients of stashed errors, shape (n, places, rows)."""
        errors = self.memory.network.units[stage].errors
        numbers = self._numbers(samples, errors, places)
        codes, factor = self._get_d(stage, numbers)
        layer = self._layer(stage, samples)
        upper, retries = layer.input_error(codes, factor, numbers)
        self._retried(stage, 1, places, retries)
        return upper.reshape(len(samples), len(places), -1)

    def forward(self, stage: int, samples: Ints, images: npt.NDArray[np.int64]) -> None:
        """Execute F of several samples, whose images are given, at one stage."""
        if isinstance(self.memory.network.units[stage], Recurrence) and len(samples) > 1:
            for k, image in zip(samples, images, strict=True):  # each vector follows the last
                self.forward(stage, k[None], image[None])
            return
        memory, plan = self.memory, self.memory.plan
        state, unit = memory.state, memory.network.units[stage]
        if stage == 0:
            pixels = memory.network.inputs(plan.pixels[images])
            self._put(state.value, memory.value_slot, 0, samples, pixels)
        values = self._get(state.value, memory.value_slot, stage, samples)
        z, value, slope, cells = unit.forward(values, self._reader(stage, samples))
        self._put(state.cells, memory.cell_slot, stage, samples, cells)
        if stage < len(memory.layers) - 1:
            value = dropped(plan.dropping, stage, samples, value, memory.network.numerics)
            self._put(state.value, memory.value_slot, stage + 1, samples, value)
            self._put(state.slope, memory.slope_slot, stage + 1, samples, slope)
            return
        state.logits[samples % len(state.logits)] = z
        loss, numerics = memory.network.design.network, memory.network.numerics
        labels, smoothing = plan.labels[images], loss.label_smoothing
        found = error(z, value, slope, labels, loss.loss, numerics, smoothing)
        if isinstance(unit, Up):
            self._put(state.gradient, memory.gradient_slot, stage, samples, found)
        self._put_d(stage, samples, found)

    def backward(self, stage: int, samples: Ints) -> None:
        """Execute B of several samples at one stage; the first stage's result is nobody's input."""
        memory, unit = self.memory, self.memory.network.units[stage]
        if isinstance(unit, Recurrence):
            for k in samples:
                self._hand_down(stage, k[None], self._back_in_time(stage, unit, k[None]))
            return
        if stage == 0 and not memory.plan.reading.bound_backward:  # its retries alone are asked for
            return
        upper = self._read_errors(stage, samples, np.arange(unit.errors))
        if isinstance(unit, Down | Up):
            passed = self._get(memory.state.gradient, memory.gradient_slot, stage, samples)
            self._hand_down(stage, samples, unit.join(upper, passed))
            return
        self._hand_down(stage, samples, unit.collect(upper))

    def _back_in_time(self, stage: int, unit: Recurrence, samples: Ints) -> Vectors:
        memory, state = self.memory, self.memory.state
        gradient = self._get(state.gradient, memory.gradient_slot, stage, samples)
        cells = self._get(state.cells, memory.cell_slot, stage, samples)

        def read(errors: Vectors, places: Ints) -> Vectors:
            numbers = self._numbers(samples, unit.errors, places)
            self._put_d(stage, numbers, errors.reshape(len(numbers), -1))
            return self._read_errors(stage, samples, places)

        cells = cells.reshape(len(samples), unit.reads, -1)
        return unit.backward(gradient[:, : unit.layer.hidden], cells, read)

    def _hand_down(self, stage: int, samples: Ints, gradient: Vectors) -> None:
        """Give the stage below the gradient of its outputs."""
        if stage == 0:
            return
        memory, state, below = self.memory, self.memory.state, stage - 1
        unit, numerics = memory.network.units[below], memory.network.numerics
        gradient = dropped(memory.plan.dropping, below, samples, gradient, numerics)
        if isinstance(unit, Recurrence):
            both = np.concatenate([gradient, np.zeros_like(gradient)], axis=1)
            self._put(state.gradient, memory.gradient_slot, below, samples, both)
            return
        slope = self._get(state.slope, memory.slope_slot, stage, samples)
        if isinstance(unit, Down | Up):
            errors, passed = unit.split(gradient, slope)
            self._put(state.gradient, memory.gradient_slot, below, samples, passed)
        else:
            errors = unit.take(gradient, slope)
        numbers = self._numbers(samples, unit.errors, np.arange(unit.errors))
        self._put_d(below, numbers, errors.reshape(len(numbers), -1))

    def _transfers(self, stage: int) -> list[TileTransfers]:
        part = self.placing.tiles_of(stage)
        found = map(self.memory.transfers, range(part.start, part.stop))
        return [own for own in found if own is not None]

    def transfer(self, stage: int, number: int) -> None:
        """Execute T at one stage, by its number (`models.transfer.due`)."""
        own = self.memory.plan.transferring
        sample = number // own.number // int(self.memory.plan.passing.errors[stage])
        rate, frozen = self.memory.network.rates.index(sample), self.memory.plan.adapting.frozen
        for tile in self._transfers(stage):
            if not frozen[tile.number]:
                self.memory.state.transferred[stage] += tile.run(number, sample, rate)

    def update(self, stage: int, sample: int) -> None:
        """Execute U of one sample at one stage: one update for each of its vectors."""
        plan, state = self.memory.plan, self.memory.state
        reads, errors = int(plan.passing.reads[stage]), int(plan.passing.errors[stage])
        tiles, first = self.placing.tiles_of(stage), int(plan.passing.used_at[stage])
        for p in range(errors):
            v, u = (sample + 1) * reads - errors + p, sample * errors + p
            found = self._update_vector(stage, v, u, self.memory.network.rates.index(sample))
            state.counters[stage] += found
            state.used[first + p] = found[0]
            state.renewed[p, tiles] = state.refreshed[tiles, 0]

    def _update_vector(self, stage: int, v: int, u: int, index: int) -> tuple[int, int, int]:
        """Execute the update of one vector, number `v` in F and `u` in B; return its counts."""
        memory = self.memory
        sample = np.array([u // int(memory.plan.passing.errors[stage])])
        layer, rates = self._layer(stage, sample), memory.network.rates
        (x, x_factor), (d, d_factor) = (
            self._get_x(stage, np.array([v])),
            self._get_d(stage, np.array([u])),
        )
        amplitude, bias_rate = float(rates.amplitude[stage, index]), float(rates.bias[index])
        if memory.plan.learned.kind[stage]:
            mean = mean_gain(layer.gain)
            amplitude = amplitude / (mean * mean)
        found, refreshed = (0, 0, 0), memory.state.refreshed[self.placing.tiles_of(stage)]
        around = learning.Around(memory.tallies(stage), refreshed, self._transfers(stage))
        if is_exact(memory.network):
            exact.update(layer, x[0], d[0], amplitude, bias_rate)
        else:
            lines = (x[0], x_factor[0], d[0], d_factor[0])
            step = memory.network.design.device.dw_min
            translators = self.translators[stage]
            found = learning.update(
                layer, translators, *lines, amplitude, bias_rate, u, step, around
            )
        self._learn_scale(stage, v, d[0], d_factor[0], index)
        return found
