"""A network drawn from its seed, and its evaluation."""

from dataclasses import replace

import numpy as np
import pytest

from models import network as module
from models.converter import Numerics, Scaling
from models.design import read_design
from models.error import DesignError
from models.network import Network, check_data, input_levels, is_exact, make_network
from tests.models.packed import case, images

DIGITAL = {
    "layer": [
        {"inputs": 7, "outputs": 6, "activation": "relu"},
        {"inputs": 6, "outputs": 5, "bias": False},
        {"inputs": 5, "outputs": 4},
    ],
    "algorithm": {"name": "digital-sgd"},
}
HARDWARE = {"layer": DIGITAL["layer"]}


def held(network: Network) -> tuple:
    return tuple((layer.crossbar.weights, layer.bias) for layer in network.layers)


def test_layers_have_the_design_s_sizes_and_no_bias_at_first():
    network = case(HARDWARE).network()
    shapes = [layer.crossbar.weights.shape for layer in network.layers]
    assert shapes == [(7, 6), (6, 5), (5, 4)]
    assert [layer.biased for layer in network.layers] == [True, False, True]
    assert [layer.activation for layer in network.layers] == ["relu", "tanh", "linear"]
    assert not any(layer.bias.any() for layer in network.layers)
    assert network.dac_bits == 7


def test_a_seed_draws_one_network_and_another_seed_another():
    weights = [
        b"".join(layer.crossbar.weights.tobytes() for layer in case(raw).network().layers)
        for raw in (HARDWARE, HARDWARE, {**HARDWARE, "run": {"seed": 1}})
    ]
    assert weights[0] == weights[1] != weights[2]


def test_the_evaluation_of_an_exact_network_is_a_plain_forward_pass():
    one = case(DIGITAL)
    network = one.network()
    assert is_exact(network)
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=layer.crossbar.weights.shape) for layer in network.layers]
    biases = [rng.normal(size=len(layer.bias)) for layer in network.layers]
    value = one.data.test.pixels / 16
    for layer, w, b, f in zip(
        network.layers,
        weights,
        biases,
        (lambda z: np.maximum(z, 0), np.tanh, lambda z: z),
        strict=True,
    ):
        value = f(layer.scale * value @ w + b)
    share = np.exp(value) / np.exp(value).sum(axis=1, keepdims=True)
    labels = one.data.test.labels
    loss = -np.log(share[np.arange(len(labels)), labels]).mean()
    found = network.evaluate(one.data.test, 5, tuple(zip(weights, biases, strict=True)))
    assert found[0] == pytest.approx(loss, rel=1e-12)
    assert found[1] == (value.argmax(axis=1) == labels).mean()


@pytest.mark.parametrize("raw", [HARDWARE, DIGITAL])
def test_the_size_of_a_batch_changes_no_evaluation(monkeypatch, raw):
    one = case(raw)
    network = one.network()
    whole = network.evaluate(one.data.test, 5, held(network))
    monkeypatch.setattr(module, "EVALUATION_BATCH", 5)
    parts = network.evaluate(one.data.test, 5, held(network))
    assert parts[1] == whole[1]
    assert parts[0] == pytest.approx(whole[0], rel=1e-12)


def test_an_evaluation_s_noise_belongs_to_its_number_of_updates():
    one = case({**HARDWARE, "tile": {"output_noise": 0.1}})
    network = one.network()
    losses = [network.evaluate(one.data.test, k, held(network))[0] for k in (5, 5, 6)]
    assert losses[0] == losses[1] != losses[2]


def test_an_evaluation_leaves_the_network_as_it_was():
    one = case(HARDWARE)
    network = one.network()
    kept = [w.copy() for w, _ in held(network)]
    other = tuple((np.zeros_like(w), b + 1) for w, b in held(network))
    loss, _ = network.evaluate(one.data.test, 0, other)
    assert loss != network.evaluate(one.data.test, 0, held(network))[0]
    assert all((w == k).all() for (w, _), k in zip(held(network), kept, strict=True))


@pytest.mark.parametrize(("integer", "unit"), [(True, 1024.0), (False, 1.0)])
@pytest.mark.parametrize("peak", [16, 255])
def test_the_peak_pixel_is_one(integer, unit, peak):
    numerics = Numerics(integer, Scaling.SHIFT, 10, unit, 32767.0, 4096.0)
    levels = input_levels(peak, numerics)
    exact = np.arange(256) * unit / peak
    assert levels.shape == (256,)
    assert levels[peak] == unit
    assert (levels == (np.rint(exact) if integer else exact)).all()


def test_pixels_look_their_level_up():
    network = case(HARDWARE).network()
    assert network.inputs(np.array([[0, 16], [8, 4]], np.uint8)).tolist() == [[0, 1024], [512, 256]]


def test_data_that_do_not_fit_are_refused():
    design = read_design()
    for pixels, classes, reason in (
        (63, 10, "layer.0.inputs: 64, but an image has 63 pixels"),
        (64, 11, "layer.2.outputs: 10, but the data have 11 classes"),
    ):
        with pytest.raises(DesignError) as caught:
            make_network(design, images(pixels, classes), 10)
        assert str(caught.value) == reason
    check_data(design, images(64, 3))


def test_test_images_must_be_as_large_as_the_training_images():
    mixed = replace(images(64, 10), test=images(49, 10).test)
    with pytest.raises(DesignError) as caught:
        check_data(read_design(), mixed)
    assert str(caught.value) == "layer.0.inputs: 64, but an image has 49 pixels"
