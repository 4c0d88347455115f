"""Where Tiki-Taka helps and where it harms: presets of devices, sorted by their drag.

    python -m examples.drag [FILE]

The drag is that of `pulsetrain device`: the share of its distance from the symmetric point that a
device loses by one pulse up and one down; over twice its step (dw_min) it is 1 / tau of an
asymmetric linear device. Each rule takes its best of a small grid of rates and omega by one seed;
what is shown are other seeds. Write noise, which several arrays have not, is left out for all.
"""

from math import isnan
from pathlib import Path

from examples.trials import HEAD, Trials, train
from examples.written import Written
from scripts.reproduce.devices import PRESETS, RULES, brief, drag_of, settings

DESIGN = Path(__file__).with_name("drag.toml")
TUNING, SEEDS = range(1), range(10, 13)


def tuned(preset: str, rule: str) -> tuple[tuple[str, ...], Trials]:
    """Return a rule's best settings on a device, and its trainings with them."""
    device = (f"device.preset={preset}", "device.write_noise=0.0")
    grid = [(*device, *own) for own in settings(rule)]
    best = max(grid, key=lambda own: train(DESIGN, own, TUNING).mean)
    return best, train(DESIGN, best, SEEDS)


def main() -> None:
    """Write the study."""
    written = Written("examples.drag")
    written.add(f"test accuracy, %, over {len(SEEDS)} seeds after 10 epochs")
    written.add(f"{'preset':17} {'drag a pair':>11} {'/ 2 dw_min':>10}  rule         {HEAD}  rates")
    drags = {preset: drag_of(preset) for preset in PRESETS}
    for preset in sorted(PRESETS, key=lambda one: (isnan(drags[one][0]), drags[one][0])):
        pair, slope = drags[preset]
        for rule in RULES:
            own, found = tuned(preset, rule)
            place = f"{preset:17} {100 * pair:10.4f}% {slope:10.3f}"
            written.add(f"{place}  {rule:11}  {found}  {brief(own)}")


if __name__ == "__main__":
    main()
