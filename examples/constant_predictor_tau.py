"""Whether the constant predictor is a matter of the devices' range tau: two epochs, three seeds.

    python -m examples.constant_predictor_tau MNIST-FOLDER [FILE]

The MNIST network of `examples.constant_predictor` under Analog SGD, soft bounds at +-tau and the
paper's reads, from the starts `plain` and `scaled, learned`. Shown is the test accuracy of each
seed, in percent.
"""

import sys
from itertools import product
from pathlib import Path

from examples.constant_predictor import DESIGN, overrides
from examples.trials import train
from examples.written import Written

RANGES = (0.70, 0.78, 0.80)
STARTS = ("plain", "scaled, learned")
SEEDS, EPOCHS = range(3), 2


def ranged(tau: float, start: str) -> tuple[str, ...]:
    """Return the keys of one row of the table."""
    bounds = (f"device.w_max={tau}", f"device.w_min={-tau}", f"run.epochs={EPOCHS}")
    return (*overrides("soft-bounds", "paper", start), *bounds)


def main() -> None:
    """Write the table."""
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_dir():
        print("constant_predictor_tau: give the folder of the four MNIST files", file=sys.stderr)
        raise SystemExit(2)
    written = Written("examples.constant_predictor_tau MNIST-FOLDER", sys.argv[2:])
    written.add(f"test accuracy after {EPOCHS} epochs, Analog SGD, seeds {list(SEEDS)}")
    for start, tau in product(STARTS, RANGES):
        found = train(DESIGN, (f"data.path={sys.argv[1]!r}", *ranged(tau, start)), SEEDS)
        each = " ".join(f"{accuracy:5.1f}" for accuracy in found.accuracies)
        written.add(f"{start:<16} tau {tau:.2f}  {each}")


if __name__ == "__main__":
    main()
