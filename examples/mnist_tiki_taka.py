"""MNIST by Tiki-Taka at tau 0.7, how far from digital it is, and what keeps it there.

    python -m examples.mnist_tiki_taka MNIST-FOLDER [FILE]

Every line differs from `examples/mnist-tiki-taka.toml` by what it names. Settings were found with
seed 0; what is shown are other seeds. `A forgets`: samples in which the fast array of each layer
loses what it holds to the pull of its devices, tau s / (lr E|g|), at the rate before the decay and
the gradients of the trained network; each column of it is read after as many as there are inputs.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from examples.written import Written
from models.design import read_design
from sim.training import Training

Reals = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]

DESIGN = Path(__file__).with_name("mnist-tiki-taka.toml")
SOME, MORE, MOST = range(10, 12), range(10, 13), range(10, 15)
#: Images over which gradients are averaged.
IMAGES = 1000


def everywhere(key: str, value: float) -> tuple[str, ...]:
    """Return overrides of one key of all layers."""
    return tuple(f"layer.{stage}.{key}={value}" for stage in range(3))


DIGITAL, FINAL, OTHER = "digital", "Tiki-Taka", "gamma 0"
NARROW = everywhere("omega", 0.1)
FIRST_RATES = ("algorithm.lr=0.01", "algorithm.transfer_lr=0.1")
STILL = ("algorithm.gamma=0.0",)
#: Overrides and seeds of each line.
LINES: dict[str, tuple[tuple[str, ...], range]] = {
    DIGITAL: (("algorithm=digital-sgd", "algorithm.lr=0.05"), MOST),
    FINAL: ((), MOST),
    OTHER: (STILL, MORE),
    "gamma 0, omega 0.1, rates 0.01 0.1": ((*STILL, *NARROW, *FIRST_RATES), SOME),
    "reads: rail 20, noise 0.1": (
        ("tile.output_noise=0.1", *everywhere("adc_full_scale", 20.0)),
        MORE,
    ),
    "omega 0.1, rates 0.01 0.1": ((*NARROW, *FIRST_RATES), SOME),
    "gamma 0, omega 0.1": ((*STILL, *NARROW), SOME),
    "reference devices": (
        ("device.family=soft-bounds-reference", "device.reference_std=0.05"),
        SOME,
    ),
    "analog-sgd, lr 0.05": (("algorithm=analog-sgd", "algorithm.lr=0.05"), SOME),
    "digital, lr 0.02": (("algorithm=digital-sgd", "algorithm.lr=0.02"), SOME),
    "digital, lr 0.1": (("algorithm=digital-sgd", "algorithm.lr=0.1"), SOME),
}


class Found(NamedTuple):
    """Test accuracies in percent after every epoch, seed by seed, and the last network."""

    accuracies: tuple[tuple[float, ...], ...]
    training: Training

    @property
    def last(self) -> list[float]:
        """Accuracies after the last epoch."""
        return [one[-1] for one in self.accuracies]


def trained(overrides: tuple[str, ...], seeds: range) -> Found:
    """Return the trainings of one line."""
    found = []
    for seed in seeds:
        training = Training(read_design(DESIGN, (*overrides, f"run.seed={seed}")))
        training.run()
        found.append(tuple(100.0 * metrics.accuracy for metrics in training.metrics))
    return Found(tuple(found), training)


def gradients(values: Reals, labels: Labels, layers: Sequence[tuple[Reals, Reals]]) -> list[float]:
    """Return E|g| over the weights of each layer of sigmoids, the last with cross-entropy.

    `values`: images, shape (n, inputs); `layers`: weights, shape (inputs, outputs), and bias.
    """
    inputs = [values]
    for weight, bias in layers[:-1]:
        inputs.append(1.0 / (1.0 + np.exp(-(inputs[-1] @ weight + bias))))
    weight, bias = layers[-1]
    z = inputs[-1] @ weight + bias
    share = np.exp(z - z.max(axis=1, keepdims=True))
    error = share / share.sum(axis=1, keepdims=True)
    error[np.arange(len(error)), labels] -= 1.0
    found = []
    for value, (weight, _) in zip(reversed(inputs), reversed(layers), strict=True):
        found.append(float((np.abs(error).mean(axis=1) * np.abs(value).mean(axis=1)).mean()))
        error = (error @ weight.T) * value * (1.0 - value)
    return found[::-1]


def network_gradients(training: Training) -> list[float]:
    """Return E|g| of a network as it is, over some training images."""
    images = training.data.train
    values = images.pixels[:IMAGES] / training.data.peak
    layers = [
        (layer.scale * layer.grid.weights().astype(np.float64), layer.bias)
        for layer in training.memory.layers
    ]
    return gradients(values, images.labels[:IMAGES], layers)


def forgetting(training: Training) -> str:
    """Return the samples in which the fast array of each layer forgets."""
    design = training.design
    rates = [design.algorithm.lr * one / design.device.w_max for one in network_gradients(training)]
    times = [part.scale / rate for part, rate in zip(design.parts, rates, strict=True)]
    return " ".join(f"{time:8.0f}" for time in times)


def line(name: str, found: Found) -> str:
    """Return a line of the table."""
    epochs = " ".join(f"{mean(one):5.2f}" for one in zip(*found.accuracies, strict=True))
    last = f"{mean(found.last):5.2f} +- {stdev(found.last):4.2f}  {min(found.last):5.2f}"
    two = found.training.design.arrangement.arrays > 1
    forgets = forgetting(found.training) if two else ""
    return f"{name:35} {len(found.last):5}  {epochs}  {last}  {forgets}".rstrip()


def main() -> None:
    """Write the table."""
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_dir():
        print("mnist_tiki_taka: give the folder of the four MNIST files", file=sys.stderr)
        raise SystemExit(2)
    written = Written("examples.mnist_tiki_taka MNIST-FOLDER", sys.argv[2:])
    data = f"data.path={sys.argv[1]!r}"
    written.add(
        "test accuracy, %, tau 0.7: mean over the seeds after epochs 1 to 5; after the last"
    )
    head = f"{'mean':>5} +- {'sd':>4}  {'min':>5}  A forgets, samples"
    written.add(f"{'':35} seeds  {'after every epoch':29}  {head}")
    means = {}
    for name, (overrides, seeds) in LINES.items():
        found = trained((data, *overrides), seeds)
        written.add(line(name, found))
        means[name] = mean(found.last)
        if name in (FINAL, OTHER):
            written.add(f"{'':35}        {means[DIGITAL] - means[name]:.2f} below digital")


if __name__ == "__main__":
    main()
