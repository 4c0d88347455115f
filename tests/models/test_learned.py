"""Learned output scales: their descent against finite differences, their floor, their effect."""

import numpy as np
import pytest

from models import executor
from models.replay import Replay
from tests.models.packed import case, sequential

LAYERS = [
    {"inputs": 7, "outputs": 6, "activation": "tanh"},
    {"inputs": 6, "outputs": 5, "activation": "sigmoid"},
    {"inputs": 5, "outputs": 4},
]


def learning(kind, lr=0.5, algorithm="digital-sgd", **keys):
    layers = [layer | {"learn_scale": kind, **keys} for layer in LAYERS]
    profile = {"profile": "behavioural"}
    rule = {"name": algorithm, "lr": lr, "lr_decay": 1.0}
    return case({"run": profile, "layer": layers, "algorithm": rule}, samples=6)


def loss_with(one, image, gains):
    network = one.network()
    images = type(one.data.train)(
        one.data.train.pixels[image : image + 1], one.data.train.labels[image : image + 1]
    )
    held = [(la.crossbar.weights, la.bias, g) for la, g in zip(network.layers, gains, strict=True)]
    return network.evaluate(images, 0, tuple(held))[0]


def gain_gradients(one, image):
    """Gradient of the loss with respect to every column's gain, by finite differences."""
    gains, h = [np.ones(layer["outputs"]) for layer in LAYERS], 1e-5
    found = [np.zeros_like(gain) for gain in gains]
    for gain, gradient in zip(gains, found, strict=True):
        for j in range(len(gain)):
            ends = []
            for moved in (1 + h, 1 - h):
                gain[j] = moved
                ends.append(loss_with(one, image, gains))
            gain[j] = 1.0
            gradient[j] = (ends[0] - ends[1]) / (2 * h)
    return found


@pytest.mark.parametrize("kind", ["layer", "column"])
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])
def test_a_learned_scale_descends_its_finite_difference_gradient(kind, compiled):
    """s rho descends dL/d(s rho) = dL/drho / s at rate lr, so rho moves by -lr / s^2 dL/drho."""
    one = learning(kind)
    memory, ops = one.memory(), sequential(1, 3)
    if compiled:
        executor.run(memory, *ops, one.order)
    else:
        Replay(memory).run(*ops, one.order)
    for layer, gradient in zip(memory.layers, gain_gradients(one, int(one.order[0])), strict=True):
        wanted = gradient if kind == "column" else np.full(len(gradient), gradient.sum())
        assert np.abs(wanted).max() > 1e-3
        assert (layer.gain - 1) * layer.scale**2 / -0.5 == pytest.approx(wanted, abs=1e-7)


@pytest.mark.parametrize("algorithm", ["analog-sgd", "tiki-taka"])
def test_a_learned_scale_stays_above_its_floor(algorithm):
    one = learning("column", lr=50.0, algorithm=algorithm, scale_floor=0.9)
    memory = one.memory()
    executor.run(memory, *sequential(6, 3), one.order)
    gains = np.concatenate([layer.gain for layer in memory.layers])
    assert gains.min() == 0.9
    assert gains.max() > 1.0


def test_a_fixed_scale_stays_one_and_keeps_no_sums():
    one = learning("none")
    memory = one.memory()
    executor.run(memory, *sequential(6, 3), one.order)
    assert (memory.state.gain == 1.0).all()
    assert memory.state.sums.size == 0
