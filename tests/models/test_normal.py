"""Normalisation of a vector's pre-activations: both accounts, its gradient, what it changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import executor
from models.converter import make_numerics
from models.design import make_design
from models.normal import LEAST, denormalised, normalised
from models.replay import Replay
from tests.models.gradient import finite_differences
from tests.models.packed import case, sequential
from tests.models.properties import PROPERTY

REAL = make_numerics(make_design({"run": {"profile": "behavioural"}}))
WHOLE = make_numerics(make_design())


@PROPERTY
@given(st.integers(2, 40), st.floats(0.01, 100), st.integers(0, 1 << 30))
def test_a_vector_comes_out_at_mean_0_and_deviation_1(size, width, seed):
    z = width * np.random.default_rng(seed).normal(3.0, 1.0, (3, size))
    y, spread = normalised(z, REAL)
    assert np.abs(y.mean(axis=1)).max() < 1e-9
    deviation = np.sqrt(z.var(axis=1) + LEAST)
    assert spread[:, 0] == pytest.approx(deviation, rel=1e-9)
    assert y.std(axis=1) * spread[:, 0] == pytest.approx(z.std(axis=1), rel=1e-9)


@PROPERTY
@given(st.integers(2, 12), st.integers(0, 1 << 30))
def test_errors_are_the_derivative_of_what_was_done(size, seed):
    rng, h = np.random.default_rng(seed), 1e-6
    z, dy = rng.normal(0.0, 2.0, (1, size)), rng.normal(0.0, 1.0, (1, size))
    y, spread = normalised(z, REAL)
    found = denormalised(dy, y, spread, REAL)
    for j in range(size):
        step = h * (np.arange(size) == j)
        ends = [(normalised(z + sign * step, REAL)[0] * dy).sum() for sign in (1, -1)]
        assert found[0, j] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-5)


def test_integers_are_the_rounded_real_ones():
    z = np.random.default_rng(1).integers(-3000, 3000, (4, 9)).astype(float)
    y, spread = normalised(z, WHOLE)
    real, _ = normalised(z / WHOLE.unit, REAL)
    assert (y == np.rint(y)).all()
    assert np.abs(y - real * WHOLE.unit).max() <= 0.5 + 1e-6
    dy = np.random.default_rng(2).integers(-900, 900, (4, 9)).astype(float)
    dz = denormalised(dy, y, spread, WHOLE)
    assert (dz == np.rint(dz)).all()


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])
def test_training_descends_the_finite_difference_gradient(compiled):
    layers = [
        {"inputs": 7, "outputs": 6, "activation": "tanh", "normalise": True},
        {"inputs": 6, "outputs": 5, "activation": "sigmoid", "normalise": True},
        {"inputs": 5, "outputs": 4},
    ]
    rule = {"name": "digital-sgd", "lr": 0.5, "lr_decay": 1.0}
    one = case({"layer": layers, "algorithm": rule}, samples=1)
    memory, ops = one.memory(), sequential(1, 3)
    before = [(la.crossbar.weights.astype(np.float64), la.bias.copy()) for la in memory.layers]
    if compiled:
        executor.run(memory, *ops, one.order)
    else:
        Replay(memory).run(*ops, one.order)
    gradients = finite_differences(one, int(one.order[0]))
    for layer, (w, b), (dw, db) in zip(memory.layers, before, gradients, strict=True):
        moved = (layer.crossbar.weights - w) * layer.scale**2 / -0.5
        assert np.abs(dw).max() > 1e-4
        assert moved == pytest.approx(dw, abs=3e-7 * layer.scale**2)
        assert (layer.bias - b) / -0.5 == pytest.approx(db, abs=1e-6)
