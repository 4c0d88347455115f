"""Dropout: exact quotients, its rate, the same mask for an error; bits of both executors."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from models import executor
from models.converter import Numerics, Scaling
from models.design import make_design
from models.dropout import WHOLE, dropped, make_dropping
from models.error import DesignError
from models.replay import Replay
from tests.models.packed import SHARED, case, shuffled

REAL = Numerics(False, Scaling.EXACT, 10, 1.0, np.inf, 1.0)
INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)
LAYERS = [
    {
        "kind": "conv",
        "channels": 1,
        "height": 4,
        "width": 4,
        "filters": 4,
        "kernel": 2,
        "pool": 2,
        "dropout": 0.25,
    },
    {"inputs": 4, "outputs": 9, "dropout": 0.5},
    {"kind": "lstm", "features": 3, "hidden": 5, "steps": 3, "dropout": 0.3},
    {"inputs": 5, "outputs": 3},
]


def dropping(share: float, seed: int = 0):
    layers = make_design(
        {"layer": [{**LAYERS[1], "inputs": 64, "dropout": share}, {"inputs": 9, "outputs": 10}]}
    ).layer
    return make_dropping(layers, seed)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_outputs_are_kept_at_their_rate(share):
    """200,000 draws: the share lies within 5 deviations of keep / 2^16."""
    own, values = dropping(share), np.ones((400, 500))
    kept = (dropped(own, 0, np.arange(400), values, REAL) != 0).mean()
    p = own.keep[0] / WHOLE
    assert abs(p - (1 - share)) <= 0.5 / WHOLE
    assert abs(kept - p) < 5 * sqrt(p * (1 - p) / 200_000)


def test_what_is_kept_is_an_exact_quotient_rounded_half_to_even():
    own = dropping(0.3)
    values = np.random.default_rng(0).integers(-32767, 32768, (3, 200)).astype(float)
    found = dropped(own, 0, np.arange(3), values, INTEGER)
    for value, out in zip(values.ravel(), found.ravel(), strict=True):
        exact = round(Fraction(int(value)) * WHOLE / int(own.keep[0]))
        assert out in (0, min(max(exact, -32767), 32767))
    assert (found != 0).mean() > 0.5


def test_draws_belong_to_seed_stage_sample_and_unit():
    values = np.ones((2, 300))
    found = dropped(dropping(0.5), 0, np.array([4, 5]), values, REAL)
    assert (found[0] != found[1]).any()
    again = dropped(dropping(0.5), 0, np.array([5]), values[:1], REAL)
    assert (again[0] == found[1]).all()
    other = dropped(dropping(0.5, seed=1), 0, np.array([4]), values[:1], REAL)
    assert (other[0] != found[0]).any()


def test_without_dropout_nothing_changes():
    values = np.array([[3.0, -4.0]])
    assert dropped(dropping(0.0), 0, np.array([0]), values, INTEGER) is values


@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
def test_both_executors_drop_the_same(loss):
    raw = {
        "layer": LAYERS,
        "network": {"loss": loss, "label_smoothing": 0.2},
        "algorithm": {"lr": 0.3},
    }
    one = case(raw, samples=12)
    compiled, plain = one.memory(), one.memory()
    ops = shuffled(one, 3)
    executor.run(compiled, *ops, one.order)
    Replay(plain).run(*ops, one.order)
    for name in (*SHARED, "value", "cells"):
        assert np.array_equal(getattr(compiled.state, name), getattr(plain.state, name)), name


def test_an_output_that_is_dropped_has_no_error():
    one = case(
        {"layer": [{"inputs": 6, "outputs": 40, "dropout": 0.5}, {"inputs": 40, "outputs": 3}]}
    )
    memory, replay, k = one.memory(), None, np.array([0])
    replay = Replay(memory)
    for m in range(2):
        replay.forward(m, k, one.order[:1])
    replay.backward(1, k)
    value, error = memory.state.value[memory.value_slot(1, 0)], memory.state.d[memory.d_slot(0, 0)]
    gone = dropped(memory.plan.dropping, 0, k, np.ones((1, 40)), REAL)[0] == 0
    assert 5 < gone.sum() < 35
    assert (value[gone] == 0).all()
    assert (error[gone] == 0).all()
    assert (error[~gone] != 0).any()


def test_the_last_layer_has_no_dropout():
    with pytest.raises(DesignError) as caught:
        make_design({"layer": [{"inputs": 64, "outputs": 10, "dropout": 0.1}]})
    assert str(caught.value) == "layer.0.dropout: the last layer's outputs are the answer"
