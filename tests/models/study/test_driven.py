"""A layer driven by itself does what the same layer does in a network."""

import numpy as np
import pytest

from models.design import make_design
from models.error import DesignError
from models.replay import Replay
from models.study.driven import Driven
from models.transfer.due import due
from tests.models.packed import SHARED

LAYER = {"inputs": 6, "outputs": 4}


def design(profile="hardware", **tables):
    raw = {"run": {"profile": profile}, "layer": [LAYER], "schedule": {"name": "sequential"}}
    return make_design(raw | tables)


def vectors(updates, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-2.0, 2.0, (updates, 6)), rng.normal(0.0, 0.3, (updates, 4))


@pytest.mark.parametrize("profile", ["hardware", "behavioural"])
@pytest.mark.parametrize("rule", ["analog-sgd", "tiki-taka", "agad", "mixed-precision"])
def test_updates_are_those_of_the_plain_twin_bit_for_bit(profile, rule):
    one = design(profile, algorithm={"name": rule, "lr": 0.1}, tile={"rows": 4})
    driven, twin, (x, d) = Driven(one), Driven(one), vectors(60)
    driven.update(x, d)
    replay, memory = Replay(twin.memory), twin.memory
    for k in range(60):
        replay._put_x(0, np.array([k]), twin.digital(x[k : k + 1]))
        replay._put_d(0, np.array([k]), twin.digital(d[k : k + 1]))
        replay.update(0, k)
        for number in due([own.every for own in one.arrangement.transfers], 1, k):
            replay.transfer(0, number)
    for name in (*SHARED, "digital", "chopper", "transferred"):
        found, wanted = getattr(driven.memory.state, name), getattr(memory.state, name)
        assert np.array_equal(found, wanted), name
    assert not np.array_equal(driven.weights, Driven(one).weights)


def test_updates_may_come_in_pieces():
    whole, pieces, (x, d) = Driven(design()), Driven(design()), vectors(30)
    whole.update(x, d)
    for first in (0, 7, 8, 20):
        last = {0: 7, 7: 8, 8: 20, 20: 30}[first]
        pieces.update(x[first:last], d[first:last])
    assert np.array_equal(whole.weights, pieces.weights)
    assert whole.done == pieces.done == 30


def test_a_digital_layer_takes_the_exact_product():
    one = design(algorithm={"name": "digital-sgd", "lr": 0.1})
    driven, (x, d) = Driven(one), vectors(1)
    before = driven.weights
    driven.update(x, d)
    wanted = before - 0.1 * np.outer(d[0], x[0])
    assert np.allclose(driven.weights, wanted, rtol=0.0, atol=1e-6)
    assert np.array_equal(driven.array(0), driven.weights)


def test_several_layers_are_refused():
    with pytest.raises(DesignError, match=r"^layer: one layer is driven by itself, not 3$"):
        Driven(make_design({}))


def test_arrays_of_several_tiles_are_no_matrix():
    driven = Driven(design(tile={"rows": 4}, algorithm={"name": "tiki-taka"}))
    with pytest.raises(DesignError, match=r"^tile: the arrays of 2 tiles are no single matrix$"):
        driven.array(0)


@pytest.mark.parametrize(
    ("x", "d", "message"),
    [
        (np.zeros((2, 5)), np.zeros((2, 4)), r"x: an update a row makes \(2, 6\), not \(2, 5\)"),
        (np.zeros((2, 6)), np.zeros((3, 4)), r"d: an update a row makes \(2, 4\), not \(3, 4\)"),
        (np.zeros(6), np.zeros((6, 4)), r"x: an update a row makes \(6, 6\), not \(6,\)"),
    ],
)
def test_vectors_of_another_shape_are_refused(x, d, message):
    with pytest.raises(ValueError, match=message):
        Driven(design()).update(x, d)
