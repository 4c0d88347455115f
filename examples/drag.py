"""Where Tiki-Taka helps and where it harms: presets of devices, sorted by their drag.

    python -m examples.drag [FILE]

The drag is that of `pulsetrain device`: the share of its distance from the symmetric point that a
device loses by one pulse up and one down; over twice its step (dw_min) it is 1 / tau of an
asymmetric linear device. Each rule takes its best of a small grid of rates and omega by one seed;
what is shown are other seeds. Write noise, which several arrays have not, is left out for all.
"""

from collections.abc import Iterator
from itertools import product
from math import isnan
from pathlib import Path

from examples.trials import HEAD, Trials, train
from examples.written import Written
from models.design import read_design
from models.device.measurement import measure

DESIGN = Path(__file__).with_name("drag.toml")
PRESETS = (
    "capacitor",
    "ecram",
    "ecram-mo",
    "gokmen-vlasov",
    "ideal",
    "limited-80",
    "limited-10",
    "mit-protonic",
    "pcm",
    "reram-array-hfo2",
    "reram-array-om",
    "reram-es",
    "reram-sb",
    "soft-bounds",
)
OMEGAS, RATES, TRANSFERS = (0.05, 0.3), (0.02, 0.1), (0.02, 0.1)
RULES = ("analog-sgd", "tiki-taka", "tiki-taka-2")
TUNING, SEEDS = range(1), range(10, 13)


def drag_of(preset: str) -> tuple[float, float]:
    """Return a preset's drag a pair without noise, and the same over twice its step."""
    device = read_design(DESIGN, (f"device.preset={preset}",)).device
    found = measure(device, devices=1000).drag.closed
    return found, found / (2.0 * device.dw_min)


def settings(rule: str) -> Iterator[tuple[str, ...]]:
    """Yield the overrides of a rule's grid."""
    rates = (0.005, *RATES) if rule == "analog-sgd" else RATES
    for omega, rate in product(OMEGAS, rates):
        place = tuple(f"layer.{stage}.omega={omega}" for stage in range(3))
        own = (f"algorithm.name={rule}", f"algorithm.lr={rate}", *place)
        if rule == "analog-sgd":
            yield own
        else:
            yield from ((*own, f"algorithm.transfer_lr={transfer}") for transfer in TRANSFERS)


def tuned(preset: str, rule: str) -> tuple[tuple[str, ...], Trials]:
    """Return a rule's best settings on a device, and its trainings with them."""
    device = (f"device.preset={preset}", "device.write_noise=0.0")
    grid = [(*device, *own) for own in settings(rule)]
    best = max(grid, key=lambda own: train(DESIGN, own, TUNING).mean)
    return best, train(DESIGN, best, SEEDS)


def brief(overrides: tuple[str, ...]) -> str:
    """Return rates and omega of overrides."""
    values = dict(one.split("=") for one in overrides)
    keys = ("algorithm.lr", "algorithm.transfer_lr", "layer.0.omega")
    return " ".join(values[key] for key in keys if key in values)


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
