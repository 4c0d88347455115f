"""The study of MNIST by Tiki-Taka: its lines, its gradients, and the ringing that gamma damps."""

from itertools import pairwise
from math import pi, sqrt
from pathlib import Path

import numpy as np
import pytest

from examples.mnist_tiki_taka import DESIGN, DIGITAL, FINAL, LINES, OTHER, gradients, main
from models.design import read_design
from models.study.driven import Driven

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("name", LINES)
def test_every_line_is_a_design_of_the_same_devices_range(name):
    found = read_design(DESIGN, LINES[name][0])
    assert (found.device.w_max, found.device.w_min, found.device.dw_min) == (0.7, -0.7, 0.001)
    assert [(layer.inputs, layer.outputs) for layer in found.layer] == [
        (784, 256),
        (256, 128),
        (128, 10),
    ]
    assert found.run.epochs == 5


def test_digital_has_the_samples_and_the_decay_of_tiki_taka():
    digital, final, other = (read_design(DESIGN, LINES[one][0]) for one in (DIGITAL, FINAL, OTHER))
    assert (digital.algorithm.digital, final.algorithm.name) == (True, "tiki-taka")
    assert digital.algorithm.lr_decay == final.algorithm.lr_decay
    assert digital.algorithm.lr_decay_after == final.algorithm.lr_decay_after
    assert [layer.scale for layer in final.layer] == [2.0, 2.0, 4.0]
    assert final.model_copy(update={"algorithm": other.algorithm}) == other
    assert (final.algorithm.model_dump() | {"gamma": 0.0}) == other.algorithm.model_dump()


def loss_of(weights, biases, values, label):
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        values = 1.0 / (1.0 + np.exp(-(values @ weight + bias)))
    z = values @ weights[-1] + biases[-1]
    return float(np.log(np.exp(z).sum()) - z[label])


def test_gradients_are_the_mean_sizes_of_finite_differences():
    generator = np.random.default_rng(3)
    sizes = (4, 5, 3, 2)
    weights = [generator.normal(size=pair) for pair in pairwise(sizes)]
    biases = [generator.normal(size=size) for size in sizes[1:]]
    images, labels, step = generator.uniform(size=(2, 4)), np.array([1, 0]), 1e-6
    found = gradients(images, labels, list(zip(weights, biases, strict=True)))
    for weight, mean_size in zip(weights, found, strict=True):
        total = 0.0
        for place in np.ndindex(weight.shape):
            for image, label in zip(images, labels, strict=True):
                ends = []
                for change in (step, -step):
                    weight[place] += change
                    ends.append(loss_of(weights, biases, image, label))
                    weight[place] -= change
                total += abs(ends[0] - ends[1]) / (2.0 * step)
        assert mean_size == pytest.approx(total / (2 * weight.size), rel=1e-6)


def course(gamma: float, lr: float, transfer_lr: float, steps: int) -> np.ndarray:
    """Return the mean of 40 weights over the steps, whose gradient is their distance from 0.1."""
    keys = {"gamma": gamma, "lr": lr, "transfer_lr": transfer_lr}
    own = ("algorithm=tiki-taka", *(f"algorithm.{key}={value}" for key, value in keys.items()))
    layer = Driven(read_design(EXAMPLES / "least-squares.toml", own))
    found = []
    for _ in range(steps):
        layer.update([[1.0]], layer.weights.T - 0.1)
        found.append(layer.weights.mean())
    return np.array(found)


def test_without_gamma_a_weight_rings_around_its_optimum_and_gamma_damps_it():
    """A quarter of the period is pi / 2 sqrt(lr transfer_lr), for one column and curvature 1."""
    lr, transfer_lr = 0.05, 0.03
    quarter = pi / (2.0 * sqrt(lr * transfer_lr))
    still = course(0.0, lr, transfer_lr, round(5 * quarter))
    assert np.argmax(still > 0.1) == pytest.approx(quarter, rel=0.1)
    assert still[: round(3 * quarter)].max() > 0.17
    assert still[round(3 * quarter) :].min() < 0.05
    mixed = course(1.0, lr, transfer_lr, round(5 * quarter))
    assert mixed[-1] == pytest.approx(0.1, rel=0.1)
    assert mixed.max() < 0.14


def test_without_data_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["mnist_tiki_taka"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == "mnist_tiki_taka: give the folder of the four MNIST files\n"


def test_the_record_begins_with_its_command_and_holds_every_line():
    record = ROOT / "docs/studies/mnist-tiki-taka.txt"
    lines = record.read_text().splitlines()
    command = "$ python -m examples.mnist_tiki_taka MNIST-FOLDER"
    assert lines[0] == f"{command} docs/studies/{record.name}"
    assert set(LINES) <= {line[:35].strip() for line in lines}
