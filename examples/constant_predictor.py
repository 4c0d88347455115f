"""Why Analog SGD may predict one digit for ever: MNIST with sigmoid, over what it starts from.

    python -m examples.constant_predictor MNIST-FOLDER [FILE]

Scale and start: `plain` weights stand on the devices as they are, uniform within 1 / sqrt(inputs),
with scale 1; `scaled` ones fill 0.1 of the devices and a digital scale makes Xavier's size of them,
fixed or learned, and learned down to next to nothing instead of to a tenth. IO: rails at 3 full
inputs and noise 0.015, or at 20 and 0.1, as the paper's.
"""

import sys
from itertools import product
from pathlib import Path

from examples.trials import HEAD, train
from examples.written import Written
from scripts.reproduce.mnist import READS, started

DESIGN = Path(__file__).with_name("constant-predictor.toml")
SEEDS = range(1)
STARTS = tuple(
    f"{size}{scale}"
    for size in ("plain", "scaled")
    for scale in ("", ", learned", ", learned, no floor")
)
FAMILIES = ("soft-bounds", "soft-bounds-reference")
RULES = {
    "analog-sgd": (),
    "tiki-taka": ("algorithm=tiki-taka", "algorithm.lr=0.005", "algorithm.transfer_lr=0.1"),
}


def overrides(family: str, reads: str, start: str) -> tuple[str, ...]:
    """Return the keys of one row of the table."""
    found = [f"device.family={family}"]
    if family == "soft-bounds-reference":
        found.append("device.reference_std=0.05")
    return (*found, *started("FCN", reads, start))


def main() -> None:
    """Write the table."""
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_dir():
        print("constant_predictor: give the folder of the four MNIST files", file=sys.stderr)
        raise SystemExit(2)
    written = Written("examples.constant_predictor MNIST-FOLDER", sys.argv[2:])
    data = f"data.path={sys.argv[1]!r}"
    written.add(f"test accuracy after 2 epochs, tau 0.7, seeds {list(SEEDS)}")
    written.add(f"{'rule':<11} {'devices':<22} {'reads':<6} {'start':<25} {HEAD}")
    for family, reads, start in product(FAMILIES, READS, STARTS):
        found = train(DESIGN, (data, *overrides(family, reads, start)), SEEDS)
        written.add(f"{'analog-sgd':<11} {family:<22} {reads:<6} {start:<25} {found}")
    for start in STARTS:
        own = (data, *RULES["tiki-taka"], *overrides("soft-bounds", "paper", start))
        found = train(DESIGN, own, SEEDS)
        written.add(f"{'tiki-taka':<11} {'soft-bounds':<22} {'paper':<6} {start:<25} {found}")


if __name__ == "__main__":
    main()
