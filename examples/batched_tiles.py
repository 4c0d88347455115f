"""What replicas of the weights cost in epochs: batched AGAD on the digits.

    python -m examples.batched_tiles [FILE]

Mini-batches of 16 are split among n replicas; n = 1 is AGAD itself. Version 1 sends all gradients
to one array, version 2 those of each replica to an array of its own (Jimenez Gallo & del Alamo).
Shown are the epochs until the test accuracy first reaches the target, one number a seed, `-` where
30 epochs did not do, and the mean accuracy of the last five epochs.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from examples.written import Written
from models.design import read_design
from sim.metric import Metrics
from sim.training import Training

DESIGN = Path(__file__).with_name("batched-tiles.toml")
REPLICAS, LENGTHS, SEEDS, TARGET = (2, 4, 8, 16), (2, 8), range(10, 13), 0.95


def variants() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the overrides of every row, without the pulses' length."""
    yield "n =  1", ()
    for version in (1, 2):
        for count in REPLICAS:
            own = ("name='batched-agad'", f"replicas={count}", f"version={version}")
            yield f"n = {count:2}, version {version}", tuple(f"algorithm.{key}" for key in own)


def trained(overrides: tuple[str, ...], bl: int, seed: int) -> list[Metrics]:
    """Return the evaluations of one training."""
    training = Training(
        read_design(DESIGN, (*overrides, f"tile.update.bl={bl}", f"run.seed={seed}"))
    )
    training.run()
    return training.metrics


def epochs_to(metrics: list[Metrics], target: float) -> str:
    """Return the first epoch at a test accuracy, or a dash."""
    reached = [row.epoch for row in metrics if row.accuracy >= target]
    return f"{reached[0]:2.0f}" if reached else " -"


def main() -> None:
    """Write the table."""
    written = Written("examples.batched_tiles")
    written.add(f"epochs to {100 * TARGET:g} %, seeds {list(SEEDS)}; accuracy of the last five")
    for bl in LENGTHS:
        for name, overrides in variants():
            runs = [trained(overrides, bl, seed) for seed in SEEDS]
            found = "  ".join(epochs_to(run, TARGET) for run in runs)
            last = mean(100.0 * row.accuracy for run in runs for row in run[-5:])
            written.add(f"BL {bl}  {name:<17}  {found}   {last:5.1f}")


if __name__ == "__main__":
    main()
