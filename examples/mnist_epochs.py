"""MNIST, epoch by epoch: how far analog training is from digital, with and without Tiki-Taka.

    python -m examples.mnist_epochs MNIST-FOLDER [FILE]

784-256-128-10 with sigmoid or tanh, soft bounds of tau 0.7, fine reads, flushes of 10. No rate was
searched for; all fall to a tenth after 70 % of the samples.
"""

import sys
from pathlib import Path

from examples.written import Written
from models.design import read_design
from sim.training import Training

DESIGN = Path(__file__).with_name("constant-predictor.toml")
EPOCHS, SEEDS = 5, (0, 1)
COMMON = (
    "algorithm.lr_decay=0.1",
    "algorithm.lr_decay_after=0.7",
    "tile.output_noise=0.015",
    *(f"layer.{stage}.adc_full_scale=3.0" for stage in range(3)),
)
RULES: dict[str, tuple[str, ...]] = {
    "digital-sgd": ("algorithm=digital-sgd", "algorithm.lr=0.02"),
    "analog-sgd": ("algorithm.lr=0.005", *(f"layer.{m}.omega=0.1" for m in range(3))),
    "tiki-taka": (
        *("algorithm=tiki-taka", "algorithm.lr=0.01", "algorithm.transfer_lr=0.1"),
        *(f"layer.{stage}.omega=0.1" for stage in range(3)),
    ),
}


def accuracies(folder: str, activation: str, rule: str, seed: int, epochs: int) -> list[float]:
    """Return the test accuracy after each epoch, in percent."""
    own = tuple(f"layer.{stage}.activation={activation}" for stage in range(2))
    keys = (f"data.path={folder!r}", f"run.epochs={epochs}", f"run.seed={seed}", *own)
    training = Training(read_design(DESIGN, (*keys, *RULES[rule], *COMMON)))
    training.run()
    return [100.0 * metrics.accuracy for metrics in training.metrics]


def main() -> None:
    """Write the table."""
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("mnist_epochs: name the folder of the four MNIST-format files")
    written = Written("examples.mnist_epochs MNIST-FOLDER", sys.argv[2:])
    written.add(f"test accuracy, %, after each of {EPOCHS} epochs")
    for activation in ("sigmoid", "tanh"):
        for rule in RULES:
            for seed in SEEDS:
                found = accuracies(sys.argv[1], activation, rule, seed, EPOCHS)
                cells = " ".join(f"{one:5.2f}" for one in found)
                written.add(f"{activation:8} {rule:12} seed {seed}  {cells}")


if __name__ == "__main__":
    main()
