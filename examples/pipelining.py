"""What pipelining gains and what staleness costs: cycles, accuracy against cycles, windows.

    python -m examples.pipelining MNIST-FOLDER [FILE]

Cycles count reads of 40 ns and pulses of 5 ns a slot (Rasch et al., Nat. Commun. 15:7133, 2024).
"""

import sys
from pathlib import Path
from statistics import mean, stdev

from examples.written import Written
from models.design import Design, read_design
from scripts.reproduce.pipeline import BATCH, DEPTHS, SCHEDULES, TRAINS, machine, order, windows
from sim.system import make_system
from sim.training import Training

HERE = Path(__file__).parent
DEEP, MNIST = HERE / "deep.toml", HERE / "mnist.toml"
SAMPLES, SEEDS = 4000, range(5)


def cycles_a_sample(design: Design) -> float:
    """Return the mean over `SAMPLES`, fill and drain included."""
    return make_system(design).periodic(SAMPLES).account().cycles / SAMPLES


def count(written: Written) -> None:
    """Write cycles a sample by depth and length of the trains."""
    written.add(f"cycles a sample over {SAMPLES:,}, mini-batches of {BATCH}")
    head = "  ".join(f"{name:>10}" for name in SCHEDULES)
    written.add(f"stages  slots  {head}  fill-drain/async  sequential/async")
    for stages in DEPTHS:
        for bl in TRAINS:
            found = {name: cycles_a_sample(machine(stages, bl, name)) for name in SCHEDULES}
            cells = "  ".join(f"{one:10.1f}" for one in found.values())
            gains = (found["fill-drain"] / found["async"], found["sequential"] / found["async"])
            written.add(f"{stages:6}  {bl:5}  {cells}  {gains[0]:16.2f}  {gains[1]:16.2f}")


def trained(path: Path, *overrides: str) -> Training:
    """Return a finished training."""
    training = Training(read_design(path, overrides))
    training.run()
    return training


def race(written: Written, folder: str) -> None:
    """Write accuracy against cycles on MNIST."""
    written.add("MNIST 784-256-128-10: test accuracy, %, and cycles after each epoch")
    for name in SCHEDULES:
        for seed in (0, 1):
            run = trained(MNIST, f"data.path={folder!r}", *order(name), f"run.seed={seed}")
            points = "  ".join(f"{100 * m.accuracy:6.2f} {m.cycles:12,}" for m in run.metrics)
            written.add(f"{name:10}  seed {seed}  {points}")


def wait(written: Written) -> None:
    """Write throughput, staleness and accuracy by the samples in flight."""
    stages = read_design(DEEP).stages
    written.add(f"digits, {stages} stages: samples in flight, {len(SEEDS)} seeds")
    written.add("schedule       cycles a sample  mean staleness, first stage  accuracy, % +- sd")
    for name, keys in windows().items():
        runs = [trained(DEEP, *keys, f"run.seed={seed}") for seed in SEEDS]
        ledger = runs[0].ledger
        assert ledger is not None
        accuracies = [100 * run.metrics[-1].accuracy for run in runs]
        written.add(
            f"{name:13}  {ledger.cycles / runs[0].total:15.1f}  "
            f"{ledger.stages[0].staleness.mean:27.2f}  "
            f"{mean(accuracies):11.1f} +- {stdev(accuracies):.1f}"
        )


def main() -> None:
    """Write the study."""
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("pipelining: name the folder of the four MNIST-format files, then perhaps a file")
    written = Written("examples.pipelining MNIST-FOLDER", sys.argv[2:])
    count(written)
    written.add()
    wait(written)
    written.add()
    race(written, sys.argv[1])


if __name__ == "__main__":
    main()
