"""Whether gamma mends Tiki-Taka where devices have little drag: the study of drag with W = C + A.

    python -m examples.drag_gamma [FILE]

`pulsetrain reproduce devices` has gradients at C alone. Here the fast array is part of the weight,
gamma 1; the grid of rates and the order of the presets are the same, the seeds its first three.
"""

from math import isnan

from examples.trials import HEAD, Trials, train
from examples.written import Written
from scripts.reproduce.devices import FIRST, PRESETS, TUNING, brief, drag_of, settings
from scripts.reproduce.trial import design_path

DESIGN, SEEDS = design_path("drag"), range(FIRST, FIRST + 3)
RULE, GAMMA = "tiki-taka", "algorithm.gamma=1.0"


def grid(preset: str) -> list[tuple[str, ...]]:
    """Return the settings of Tiki-Taka's grid on a device, with gamma 1."""
    device = (f"device.preset={preset}", "device.write_noise=0.0")
    return [(*device, *own, GAMMA) for own in settings(RULE)]


def tuned(preset: str) -> tuple[tuple[str, ...], Trials]:
    """Return the best settings on a device, and its trainings with them."""
    best = max(grid(preset), key=lambda own: train(DESIGN, own, (TUNING,)).mean)
    return best, train(DESIGN, best, SEEDS)


def main() -> None:
    """Write the study."""
    written = Written("examples.drag_gamma")
    written.add(f"test accuracy, %, over {len(SEEDS)} seeds after 10 epochs, {RULE}, gamma 1")
    written.add(f"{'preset':17} {'drag a pair':>11}  {HEAD}  rates")
    drags = {preset: drag_of(preset)[0] for preset in PRESETS}
    for preset in sorted(PRESETS, key=lambda one: (isnan(drags[one]), drags[one])):
        own, found = tuned(preset)
        written.add(f"{preset:17} {100 * drags[preset]:10.4f}%  {found}  {brief(own)}")


if __name__ == "__main__":
    main()
