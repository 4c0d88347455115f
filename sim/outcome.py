"""What a run leaves behind: its figures as plain data and as the files of its directory."""

from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.design import Design, design_sha256
from models.energy.op import OpEnergy
from models.file import write_text
from models.schedule import schedule_rule
from models.timing import seconds
from models.version import __version__
from models.work import base_products, stage_work
from sim.account import area_summary, energy_summary, schedule_activity, training_activity
from sim.analytic import has_closed_form, sequential_cycles
from sim.directory import write_json
from sim.endurance import pulse_summary
from sim.ledger import Ledger
from sim.metric import Metrics
from sim.system import System
from sim.trace import write_trace
from sim.training import Training
from sim.window import Window


def sequential_of(design: Design, system: System, total: int) -> int:
    """Return the cycles that the same tiles would take under the sequential schedule."""
    sequential = {"name": "sequential", "W": None, "P": None, "S": None, "Q": None, "N": None}
    unset = {"priority": None, "slot": None, "release": None, "hold": None}
    rule = schedule_rule(design.schedule.model_copy(update=sequential | unset), design.stages)
    own = replace(system, rule=rule)
    if has_closed_form(own):
        return sequential_cycles(rule, system.durations, total)
    return own.periodic(total).account().cycles


def clock_summary(design: Design, system: System, ledger: Ledger, total: int) -> dict[str, Any]:
    """Return what the clock alone knows: the keys of `summary.json` that need no training."""
    time = seconds(ledger.cycles, design.timing)
    summary = {
        "design_sha256": design_sha256(design),
        "version": __version__,
        "seed": design.run.seed,
        "schedule": design.schedule.name,
        "stages": design.stages,
        "clock_hz": design.timing.clock_hz,
        "seconds": time,
        "samples": total,
        "samples_per_second": total / time,
        "cycles_per_sample": ledger.cycles / total,
        **ledger.summary(),
    }
    if any(len(grid.flat) > 1 for grid in system.grids):
        summary["tiles"] = [[len(grid.tiles), len(grid.tiles[0])] for grid in system.grids]
    if not system.coupled:
        summary["sequential_cycles"] = sequential_of(design, system, total)
    return summary | area_summary(design, system.grids)


def schedule_summary(design: Design, system: System, ledger: Ledger, total: int) -> dict[str, Any]:
    """Return the content of `summary.json` without a training; what data decide is left out."""
    found = clock_summary(design, system, ledger, total)
    found["updates_at_longest"] = system.used_slots
    found["retries_left_out"] = system.retrying
    found["refreshes_left_out"] = system.refresh_every is not None
    return found | energy_summary(design, *schedule_activity(design, system.grids, total))


def _refreshes(training: Training) -> dict[str, list[int]]:
    """Return cells refreshed, rows written and slots taken, of each stage."""
    state, placing = training.memory.state, training.memory.plan.placing
    parts = [placing.tiles_of(stage) for stage in range(training.design.stages)]
    rows, slots, cells = np.array([state.refreshed[part, 1].sum(axis=0) for part in parts]).T
    return {"cells": cells.tolist(), "rows": rows.tolist(), "slots": slots.tolist()}


def _digital(training: Training) -> dict[str, list[int]]:
    """Return digital operations and bits moved by updates and transfers, of each stage."""
    design, total = training.design, training.total
    found = [stage_work(design, stage, total) for stage in range(design.stages)]
    products = base_products(design)
    return {
        "operations": [one.operations for one in found],
        "memory_bits": [one.bits for one in found],
        **({"base_products": [total * own for own in products]} if any(products) else {}),
    }


def training_summary(training: Training) -> dict[str, Any]:
    """Return the content of `summary.json` after a training."""
    design, last = training.design, training.metrics[-1]
    averaged = last.averaged_accuracy
    assert training.ledger is not None
    found = clock_summary(design, training.system, training.ledger, training.total)
    if training.system.retrying:
        state, placing = training.memory.state, training.memory.plan.placing
        parts = [placing.tiles_of(stage) for stage in range(design.stages)]
        sums = [[int(state.retries[part, side].sum()) for side in (0, 1)] for part in parts]
        found["retries"] = {"forward": [f for f, _ in sums], "backward": [b for _, b in sums]}
    if design.arrangement.transfers:
        lines, pulses, steps = training.memory.state.transferred.T
        found["transfers"] = {
            "lines": lines.tolist(),
            "pulses": pulses.tolist(),
            "coincidences": steps.tolist(),
        }
    if training.system.refresh_every is not None:
        found["refreshes"] = _refreshes(training)
    return found | {
        "profile": design.run.profile,
        "algorithm": design.algorithm.name,
        "accuracy": last.accuracy,
        "loss": last.loss,
        **({} if averaged is None else {"averaged_accuracy": averaged}),
        "digital": _digital(training),
        "pulses": pulse_summary(training.memory, training.total),
        **energy_summary(design, *training_activity(training)),
        "wall_seconds": training.wall_seconds,
        "wall_samples_per_second": training.total / training.wall_seconds,
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def metrics_csv(metrics: list[Metrics]) -> str:
    """Return one line an evaluation; nothing in it depends on the machine that ran it.

    A column that no evaluation has a value for is left out.
    """
    rows = [astuple(row) for row in metrics]
    names = [field.name for field in fields(Metrics)]
    kept = [place for place in range(len(names)) if any(row[place] is not None for row in rows)]
    lines = [",".join(names[place] for place in kept)]
    lines += [",".join(_cell(row[place]) for place in kept) for row in rows]
    return "\n".join(lines) + "\n"


def write_metrics(directory: Path, metrics: list[Metrics]) -> None:
    """Write `metrics.csv`, so far."""
    write_text(directory / "metrics.csv", metrics_csv(metrics))


def write_clock(
    directory: Path, design: Design, system: System, summary: dict[str, Any], window: Window
) -> None:
    """Write `trace.json` of a window and, last, `summary.json`."""
    energy = None if design.energy is None else OpEnergy(design, system.grids)
    clock, resources = design.timing.clock_hz, system.resources
    write_trace(directory / "trace.json", window, clock, resources, system.rule, energy)
    write_json(directory / "summary.json", summary)
