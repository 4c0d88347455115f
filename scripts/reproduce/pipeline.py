"""Pipelines on analog accelerators: cycles by depth, samples and cycles to an error, staleness.

The body of arXiv 2410.15155 was not available: definitions are this project's (`docs/contract.md`),
theory is that of its abstract, factors of cycles follow from the slots of equal stages.
"""

from itertools import product
from typing import Any

from models.design import Design, make_design, read_design
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.reproduction import Scale
from scripts.reproduce.trial import design_path, idx_keys, trial
from sim.analytic import fill_drain_cycles, period_bound, sequential_cycles
from sim.complexity import Trained, make_curve
from sim.system import make_system

BATCH = 8
#: Schedules with their keys; the first is none, the second synchronous, the last asynchronous.
SCHEDULES: dict[str, dict[str, str | int]] = {
    "sequential": {},
    "fill-drain": {"N": BATCH},
    "1f1b": {"N": BATCH},
    "async": {},
}
RACED = ("sequential", "fill-drain", "async")
DEPTHS, TRAINS = (2, 4, 8, 16), (1, 5, 10, 31)
#: Samples of a training, and those that an error is a mean of.
SAMPLES, WINDOW = 8000, 500
EPOCHS = 3


def machine(stages: int, slots: int, schedule: str) -> Design:
    """Return equal layers, one a stage, whose first runs B too."""
    keys = {"name": schedule, "first_stage_backward": True, **SCHEDULES[schedule]}
    tile = {"update": {"bl": slots, "slots": "built"}}
    layers = [{"inputs": 32, "outputs": 32}] * stages
    return make_design({"layer": layers, "schedule": keys, "tile": tile})


def derived(design: Design, total: int) -> float:
    """Return the cycles a sample that follow from the slots, fill and drain of async left out."""
    system = make_system(design)
    rule, durations = system.rule, system.durations
    if rule.name == "sequential":
        return sequential_cycles(rule, durations, total) / total
    if rule.name == "async":
        return float(period_bound(rule, durations))
    assert rule.N is not None
    return fill_drain_cycles(rule, durations) / rule.N


def counted(stages: int, slots: int, schedule: str, total: int) -> Cell:
    """Return the count of a machine's cycles as a cell."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        design = machine(stages, slots, schedule)
        ledger = make_system(design).periodic(total).account()
        return {
            "cycles": ledger.cycles / total,
            "derived": derived(design, total),
            "density": ledger.density,
            "staleness": [stage.staleness.mean for stage in ledger.stages],
        }

    return Cell({"stages": stages, "slots": slots, "schedule": schedule}, 0.1, work)


def order(schedule: str) -> tuple[str, ...]:
    """Return the overrides of a schedule."""
    keys = SCHEDULES.get(schedule, {}).items()
    return (f"schedule={schedule}", *(f"schedule.{key}={value}" for key, value in keys))


def raced(schedule: str, seed: int, samples: int) -> Cell:
    """Return a training of the digits at a constant rate, measured every 100 samples."""
    fixed = (f"run.samples={samples}", f"run.evaluate_every={WINDOW // 5}", "algorithm.lr_decay=1")
    digital = ("algorithm=digital-sgd", "schedule=sequential")
    own = digital if schedule == "digital" else order(schedule)
    overrides = (*own, *fixed)
    keys = {"race": schedule, "samples": samples, "seed": seed}
    return trial(None, overrides, keys, samples * 9e-5)


def windows() -> dict[str, tuple[str, ...]]:
    """Return the schedules of the study of staleness, by name."""
    stages = read_design(design_path("deep"), ()).stages
    found: dict[str, tuple[str, ...]] = {"sequential": ("schedule=sequential",)}
    for window in (1, 2, stages // 2, stages, 2 * stages):
        found[f"async W {window}"] = ("schedule=async", f"schedule.W={window}")
    found["async W M-m+1"] = ("schedule=async",)
    found["lock-step"] = ("schedule=lock-step",)
    return found


def waiting(name: str, keys: tuple[str, ...], seed: int) -> Cell:
    """Return a training of eight stages under a window as a cell."""
    return trial(design_path("deep"), keys, {"part": "window", "window": name, "seed": seed}, 3.0)


def imaged(schedule: str, seed: int, scale: Scale) -> Cell:
    """Return a training on the images of a folder as a cell."""
    overrides = (*order(schedule), *idx_keys(scale.data), f"run.epochs={EPOCHS}")
    keys: dict[str, Any] = {"part": "images", "images": schedule, "seed": seed}
    return trial(design_path("mnist"), overrides, keys, 60.0)


def plan(scale: Scale) -> list[Cell]:
    """Return counts, trainings to an error, and in full the windows and a folder's images."""
    depths, trains = scale.pick((2, 4), DEPTHS, DEPTHS), scale.pick((1, 31), TRAINS, TRAINS)
    total = scale.pick(400, 4000, 4000)
    cells = [counted(*one, total) for one in product(depths, trains, SCHEDULES)]
    samples, seeds = scale.pick(3000, SAMPLES, SAMPLES), scale.pick(4, 6, 10)
    names = (*RACED, *(() if scale.level == "least" else ("digital",)))
    cells += [raced(name, seed, samples) for seed in range(seeds) for name in names]
    if scale.level == "full":
        cells += [waiting(*one, seed) for one in windows().items() for seed in range(5)]
        if scale.data is not None:
            cells += [imaged(name, seed, scale) for name in SCHEDULES for seed in (0, 1)]
    return cells


def races(results: Results) -> list[Trained]:
    """Return the curves of the trainings to an error."""
    curves = []
    for cell, found in results.pairs:
        if "race" in cell.keys:
            columns = {
                "samples": found["samples"],
                "cycles": found["cycles"],
                "train_loss": found["losses"],
            }
            rows = [
                dict(zip(columns, values, strict=True))
                for values in zip(*columns.values(), strict=True)
            ]
            curve = make_curve(rows, "loss", WINDOW)
            curves.append(Trained(cell.keys["race"], cell.keys["seed"], (curve,)))
    return curves
