"""What noise, spread and converters cost an MLP, an LSTM and adapters, beside digital weights.

    python -m examples.sensitivity [FILE]

The digits. Every line changes one thing of the devices and converters that the designs have; the
networks, rates and samples stay. Adapters learn the digits moved by a pixel beside a frozen base:
an MLP trained on the digits with the same seed, on devices and converters as they are; so only
their own training sees the change, and the base is programmed into devices of the changed spread.
Shown are mean and standard deviation of the test accuracy over the seeds, in percent.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

from examples.written import Written
from models.checkpoint import write_checkpoint
from models.design import read_design
from sim.training import Training

FOLDER = Path(__file__).parent
SEEDS = range(5)
LAYERS = 3
DIGITAL = ("algorithm=digital-sgd",)
#: One sample, so that hardly anything has learned: what a frozen base does by itself.
UNTRAINED = ("run.samples=1", "run.evaluate_every=1")
#: Design and overrides of each network; `None` is the default machine, 64-32-16-10.
NETWORKS: dict[str, tuple[Path | None, tuple[str, ...]]] = {
    "MLP": (None, ()),
    "LSTM": (FOLDER / "lstm-digits.toml", ("run.epochs=10",)),
    "adapters": (FOLDER / "adapter-digits.toml", ()),
    "adapters, digital base": (
        FOLDER / "adapter-digits.toml",
        tuple(f"layer.{n}.adapter_base=digital" for n in range(LAYERS)),
    ),
}
SPREADS = ("dw_min_dtod", "w_max_dtod", "w_min_dtod")


def conditions() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the overrides of every line."""
    yield "as designed", ()
    for noise in (0.0, 1.0, 3.0):
        yield f"cycle-to-cycle noise {noise:g}", (f"device.dw_min_std={noise}",)
    for spread in (0.0, 0.1, 0.5):
        yield (
            f"device-to-device spread {spread:g}",
            tuple(f"device.{key}={spread}" for key in SPREADS),
        )
    yield "DAC of 3 bits, stochastic", ("tile.dac.bits=3", "tile.dac.rounding=stochastic")
    for bits in (3, 4, 5, 9):
        yield f"DAC of {bits} bits", (f"tile.dac.bits={bits}",)
    for bits in (5, 6, 7, 12):
        yield f"ADC of {bits} bits", (f"tile.adc.bits={bits}",)


def accuracy(path: Path | None, overrides: tuple[str, ...], seed: int) -> float:
    """Return the test accuracy in percent after one training."""
    training = Training(read_design(path, (*overrides, f"run.seed={seed}")))
    training.run()
    return 100.0 * training.metrics[-1].accuracy


def write_bases(folder: Path) -> None:
    """Train the frozen networks and keep their checkpoints in folders by seed."""
    for seed in SEEDS:
        training = Training(read_design(None, (f"run.seed={seed}",)))
        training.run()
        own = folder / str(seed)
        own.mkdir()
        write_checkpoint(own, training.memory.layers, training.memory.state._asdict())


def start(name: str, folder: Path, seed: int) -> tuple[str, ...]:
    """Return the override that gives adapters their base."""
    return (f"network.start={str(folder / str(seed))!r}",) if name.startswith("adapters") else ()


def cell(name: str, overrides: tuple[str, ...], folder: Path) -> str:
    """Return mean and deviation of one network under one condition; a base alone needs adapters."""
    path, own = NETWORKS[name]
    if overrides == UNTRAINED and not name.startswith("adapters"):
        return "-"
    found = [accuracy(path, (*overrides, *own, *start(name, folder, seed)), seed) for seed in SEEDS]
    return f"{mean(found):5.1f} +-{stdev(found):4.1f}"


def main() -> None:
    """Write the table."""
    written, begin = Written("examples.sensitivity"), time.perf_counter()
    written.add(f"test accuracy in percent, mean +- standard deviation over {len(SEEDS)} seeds")
    written.add(f"{'':<27}" + "".join(f"{name:>24}" for name in NETWORKS))
    with TemporaryDirectory() as kept:
        folder = Path(kept)
        write_bases(folder)
        known = (("base alone", UNTRAINED), ("digital weights", DIGITAL))
        for condition, overrides in (*known, *conditions()):
            cells = [cell(name, overrides, folder) for name in NETWORKS]
            written.add(f"{condition:<27}" + "".join(f"{found:>24}" for found in cells))
    print(f"{time.perf_counter() - begin:.0f} s")


if __name__ == "__main__":
    main()
