"""The digital unit of an LSTM layer: cell and hidden state, and the way back through time.

With gates i, f, o = sigmoid and g = tanh of the pre-activations, c' = f c + i g, h' = o tanh(c')
(Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000). Every product is rounded
to the digital grid and saturated in the hardware profile, every sum saturated.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.activation import activate
from models.converter import Numerics, Vectors
from models.layer.passed import Passed, Read, product, saturated
from models.layer.section import LstmLayer

#: What is kept of each step, in units of the hidden size: values and slopes of the gates, the cell
#: state, its tanh and the slope of that.
KEPT = 11


class Step(NamedTuple):
    """What B looks up of a time step, shapes (n, 4 hidden) and (n, hidden)."""

    gates: Vectors
    slopes: Vectors
    cell: Vectors
    squashed: Vectors
    slope: Vectors


@dataclass(frozen=True)
class Recurrence:
    """Steps in, the last hidden state out; the state starts at 0 with each sample."""

    layer: LstmLayer
    numerics: Numerics

    @property
    def reads(self) -> int:
        """Vectors of F a sample."""
        return self.layer.reads

    @property
    def errors(self) -> int:
        """Vectors of B and U a sample: the last steps."""
        return self.layer.errors

    def _gates(self, z: Vectors) -> tuple[Vectors, Vectors]:
        """Return values and slopes of the gates i, f, g, o."""
        value, slope = activate(z, "sigmoid", self.numerics)
        own = slice(2 * self.layer.hidden, 3 * self.layer.hidden)
        g, slope_g = activate(z[:, own], "tanh", self.numerics)
        value, slope = value.copy(), slope.copy()
        value[:, own], slope[:, own] = g, slope_g
        return value, slope

    def _step(self, z: Vectors, cell: Vectors) -> tuple[Vectors, Step]:
        """Return the hidden state after a step, and what B looks up of it."""
        numerics = self.numerics
        gates, slopes = self._gates(z)
        i, f, g, o = np.split(gates, 4, axis=1)
        cell = saturated(product(f, cell, numerics) + product(i, g, numerics), numerics)
        squashed, slope = activate(cell, "tanh", numerics)
        return product(o, squashed, numerics), Step(gates, slopes, cell, squashed, slope)

    def forward(self, values: Vectors, read: Read) -> Passed:
        """Execute F of inputs, shape (n, steps * features): one read a step."""
        count, hidden = len(values), self.layer.hidden
        steps = values.reshape(count, self.layer.steps, -1)
        h, cell, kept = np.zeros((count, hidden)), np.zeros((count, hidden)), []
        for t in range(self.layer.steps):
            vector = np.concatenate([steps[:, t], h], axis=1)
            h, step = self._step(read(vector[:, None, :], np.array([t]))[:, 0], cell)
            cell = step.cell
            kept.append(np.concatenate(step, axis=1))
        return Passed(h, h, np.full_like(h, self.numerics.unit), np.stack(kept, axis=1))

    def _kept(self, cells: Vectors, t: int) -> Step:
        if t < 0:
            return self._kept(np.zeros_like(cells), 0)
        hidden = self.layer.hidden
        return Step(*np.split(cells[:, t], np.array([4, 8, 9, 10]) * hidden, axis=1))

    def _step_back(
        self, dh: Vectors, dc: Vectors, now: Step, before: Vectors
    ) -> tuple[Vectors, Vectors]:
        """Return errors of the pre-activations and of the cell state before, `before`."""
        numerics = self.numerics
        i, f, g, o = np.split(now.gates, 4, axis=1)
        through = product(product(dh, o, numerics), now.slope, numerics)
        dc = saturated(dc + through, numerics)
        own = (
            product(dc, g, numerics),
            product(dc, before, numerics),
            product(dc, i, numerics),
            product(dh, now.squashed, numerics),
        )
        errors = product(np.concatenate(own, axis=1), now.slopes, numerics)
        return errors, product(dc, f, numerics)

    def backward(self, gradient: Vectors, cells: Vectors, read: Read) -> Vectors:
        """Execute B; return the gradient with respect to the inputs, shape (n, steps * features).

        `gradient` is that of the last hidden state; `read` is called for the last steps, backwards,
        with places among `errors`.
        """
        features, first = self.layer.features, self.reads - self.errors
        found = np.zeros((len(gradient), self.layer.steps, features))
        dh, dc = gradient, np.zeros_like(gradient)
        for t in reversed(range(first, self.reads)):
            before = self._kept(cells, t - 1).cell
            errors, dc = self._step_back(dh, dc, self._kept(cells, t), before)
            upper = read(errors[:, None, :], np.array([t - first]))[:, 0]
            found[:, t], dh = upper[:, :features], upper[:, features:]
        return found.reshape(len(gradient), -1)


def start_bias(layer: LstmLayer, numerics: Numerics) -> Vectors:
    """Return the bias at the start: `forget_bias` for the forget gate, otherwise 0."""
    found = np.zeros(layer.columns)
    start = layer.forget_bias * numerics.unit * numerics.bias_unit
    found[layer.hidden : 2 * layer.hidden] = np.rint(start) if numerics.integer else start
    limit = numerics.limit * numerics.bias_unit
    return np.clip(found, -limit, limit)
