"""Replicas that share a mini-batch: Multi_Tile_TikiTaka (Jimenez Gallo & del Alamo).

Mini-batches of 16 digits are split among n replicas under AGAD; n = 1 is AGAD itself. Version 1
sends all gradients to one array, version 2 those of each replica to an array of its own. Time to a
target is the clock's; the logs' times and energies come from the product's forms of them.
"""

from itertools import pairwise, product

from models.design import make_design
from models.energy.account import energy_account
from models.energy.activity import activity
from models.tile import grid_config
from models.update_time import shared_sample_time
from scripts.reproduce.batched_logs import ENERGIES, LOGS, READS, REST, SLOT, TRAINS
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.reproduction import Scale
from scripts.reproduce.trial import algorithm, design_path, trial

EPOCHS, TARGET, EVERY = 20, 94.0, 359
#: Seeds begin here: rates were found with others.
FIRST = 10


def trained(version: int, replicas: int, slots: int, seed: int, epochs: int = EPOCHS) -> Cell:
    """Return a training as a cell, evaluated four times an epoch."""
    rule: tuple[str, ...] = ()
    if replicas > 1:
        rule = algorithm("'batched-agad'", {"replicas": replicas, "version": version})
    fixed = (f"run.epochs={epochs}", f"run.evaluate_every={EVERY}", f"tile.update.bl={slots}")
    keys = {"version": version, "replicas": replicas, "slots": slots, "seed": seed}
    return trial(design_path("batched-tiles"), (*rule, *fixed), keys, 1.5 + 0.05 * replicas)


def picojoules_a_sample(slots: int) -> float:
    """Return the analog energy of a sample of 784-256-128-10: F, B and U, by the slots of U."""
    sizes = pairwise((784, 256, 128, 10))
    design = make_design(
        {
            "layer": [{"inputs": inputs, "outputs": outputs} for inputs, outputs in sizes],
            "tile": {"rows": 1024, "columns": 1024},
            "energy": {"preset": "mit-protonic-mnist"},
            "schedule": {"name": "async", "first_stage_backward": True},
        }
    )
    assert design.energy is not None
    joules = design.energy.update_joules
    assert isinstance(joules, tuple)
    update = tuple(one * slots / 31 for one in joules)
    energy = design.energy.model_copy(update={"update_joules": update})
    done = activity(design, [grid_config(design, stage) for stage in range(3)], 1)
    return energy_account(design, energy, done, "").amounts["tile"] * 1e12


def logged() -> Cell:
    """Return the product's times and energies of a sample beside the logs', as a cell."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        times = {
            f"{version} {replicas}": [
                shared_sample_time(READS, SLOT * slots, REST, replicas, version) for slots in TRAINS
            ]
            for version, replicas in LOGS
        }
        energies = {str(slots): picojoules_a_sample(slots) for slots in ENERGIES}
        return {"times": times, "energies": energies}

    return Cell({"part": "logs"}, 0.5, work)


def plan(scale: Scale) -> list[Cell]:
    """Return trainings over version, replicas and pulse trains, and the logs' arithmetic."""
    replicas = scale.pick((4,), (4, 16), (2, 4, 8, 16))
    trains = scale.pick((5, 31), (5, 10, 31), (5, 10, 31, 63))
    places = [(1, 1), *product((1, 2), replicas)]
    seeds = range(FIRST, FIRST + scale.pick(2, 3, 5))
    epochs = scale.pick(15, EPOCHS, EPOCHS)
    grid = product(places, trains, seeds)
    cells = [trained(*place, bl, seed, epochs) for place, bl, seed in grid]
    return [logged(), *cells]
