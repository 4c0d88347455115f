"""The LSTM unit: finite differences, truncation, and rounding of every product."""

import numpy as np
import pytest

from models.converter import Numerics, Scaling
from models.layer.lstm import Recurrence, start_bias
from models.layer.passed import Passed
from models.layer.section import LstmLayer

EXACT = Numerics(False, Scaling.EXACT, 10, 1.0, np.inf, 1.0)
INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)
STEPS, FEATURES, HIDDEN = 5, 3, 4


def unit(truncate: int | None = None, numerics: Numerics = EXACT) -> Recurrence:
    keys = {"kind": "lstm", "features": FEATURES, "hidden": HIDDEN, "steps": STEPS}
    return Recurrence(LstmLayer.model_validate({**keys, "truncate": truncate}), numerics)


def weights(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(FEATURES + HIDDEN, 4 * HIDDEN))


def inputs(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2, STEPS * FEATURES))


def run(one: Recurrence, x: np.ndarray, matrices: list[np.ndarray]) -> Passed:
    """F with one matrix for each time step."""
    return one.forward(x, lambda vectors, places: vectors @ matrices[places[0]])


@pytest.mark.parametrize("truncate", [None, 1, 3])
def test_errors_are_the_gradient_through_the_last_steps(truncate):
    """Weights of earlier steps stand still: what comes before is a constant of the truncation."""
    one, matrix, x = unit(truncate), weights(), inputs()
    first, seen, errors = STEPS - one.errors, {}, {}
    out = np.random.default_rng(2).normal(size=(2, HIDDEN))

    def read(vectors: np.ndarray, places: np.ndarray) -> np.ndarray:
        seen[int(places[0])] = vectors[:, 0]
        return vectors @ matrix

    def back(vectors: np.ndarray, places: np.ndarray) -> np.ndarray:
        errors[first + int(places[0])] = vectors[:, 0]
        return vectors @ matrix.T

    cells = one.forward(x, read).cells
    gradient = one.backward(out, cells, back)
    found = sum(seen[t].T @ errors[t] for t in errors)
    assert sorted(errors) == list(range(first, STEPS))

    def loss(change: np.ndarray, x: np.ndarray = x) -> float:
        matrices = [matrix + change * (t >= first) for t in range(STEPS)]
        return float((run(one, x, matrices).value * out).sum())

    h = 1e-6
    for place in np.ndindex(matrix.shape):
        change = np.zeros_like(matrix)
        change[place] = h
        assert (loss(change) - loss(-change)) / (2 * h) == pytest.approx(found[place], abs=1e-8)
    none = np.zeros_like(matrix)
    for place in np.ndindex(x.shape):
        change = np.zeros_like(x)
        change[place] = h
        slope = (loss(none, x + change) - loss(none, x - change)) / (2 * h)
        late = place[1] >= first * FEATURES
        assert gradient[place] == pytest.approx(slope if late else 0.0, abs=1e-8)


def test_the_integer_unit_follows_the_real_one_within_its_tables():
    """Tables step by 1/64 (sigmoid) and 1/128 (tanh); a step adds at most a few of these."""
    real, integer = unit(), unit(numerics=INTEGER)
    matrix, x = 0.3 * weights(), inputs()
    wanted = run(real, x, [matrix] * STEPS).value
    found = run(integer, np.rint(1024 * x), [matrix] * STEPS)
    assert (found.value == np.rint(found.value)).all()
    assert found.value / 1024 == pytest.approx(wanted, abs=0.02)


def test_every_product_is_rounded_to_the_grid_and_saturated():
    """Half of a unit to the even number, on the way forth (i g) and back (dc f)."""
    one = unit(numerics=INTEGER)
    z = np.zeros((1, 4 * HIDDEN))  # gates at 1/2, g = 0
    _, step = one._step(z, np.array([[1.0, 3.0, 5.0, -1.0]]))
    assert step.gates[0].reshape(4, HIDDEN)[:, 0].tolist() == [512.0, 512.0, 0.0, 512.0]
    assert step.cell.tolist() == [[0.0, 2.0, 2.0, 0.0]]
    z[0, :] = 1.0e6  # sigmoid 1024, tanh 1023
    _, step = one._step(z, np.full((1, HIDDEN), 32766.0))
    assert step.gates[0].reshape(4, HIDDEN)[:, 0].tolist() == [1024.0, 1024.0, 1023.0, 1024.0]
    assert step.cell.tolist() == [[32767.0] * HIDDEN]


def test_the_forget_gate_starts_with_its_bias_alone():
    found = start_bias(unit(numerics=INTEGER).layer, INTEGER)
    assert found.reshape(4, HIDDEN).tolist() == [
        [0.0] * 4,
        [1024.0 * 4096.0] * 4,
        [0.0] * 4,
        [0.0] * 4,
    ]
