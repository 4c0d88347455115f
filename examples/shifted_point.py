"""Which rules bear a shifted symmetric point: arXiv 2502.06309, figure 2; Rasch et al. (2024).

    python -m examples.shifted_point [FILE]

Devices step up by (1 + c)(1 - w / tau) and down by (1 - c)(1 + w / tau): without a gradient a fast
array goes to c tau, and what it reads there is no gradient. All rules have the same rates.
"""

from pathlib import Path

from examples.trials import HEAD, Trials, train
from examples.written import Written

DESIGN = Path(__file__).with_name("shifted-point.toml")
RULES = ("tiki-taka", "tiki-taka-2", "chopped-tiki-taka-2", "agad")
SHIFTS = (0.0, 0.1, 0.2, 0.3, 0.5)
SEEDS = range(10, 15)


def trained(rule: str, shift: float, seeds: range = SEEDS) -> Trials:
    """Return the trainings of a rule at a shift."""
    return train(DESIGN, (f"algorithm.name={rule}", f"device.shift={shift}"), seeds)


def main() -> None:
    """Write the study."""
    written = Written("examples.shifted_point")
    written.add(f"test accuracy, %, over {len(SEEDS)} seeds after 15 epochs")
    written.add(f"{'rule':20}  shift  {HEAD}")
    for rule in RULES:
        for shift in SHIFTS:
            written.add(f"{rule:20}  {shift:5.2f}  {trained(rule, shift)}")


if __name__ == "__main__":
    main()
