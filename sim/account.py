"""Joules and square millimetres of a run: counted, and shown with what was not verified."""

from collections.abc import Sequence
from html import escape
from typing import Any

from models.design import Design
from models.energy.account import Account, energy_account, verdicts
from models.energy.activity import Activity, Pulses, activity, devices_pulsed
from models.energy.area import area_account
from models.preset import Kind
from models.table import Section
from models.tile import GridConfig
from sim.endurance import kinds, tallies
from sim.page import table_html
from sim.training import Training

#: What an account is called, its unit in the summary, and one of that over one of the account's.
_ACCOUNTS = {"energy_joules": ("energy", "J", 1.0), "area_mm2": ("area", "mm2", 1e-6)}
_NAMES = {"tile": "whole ops", "dac": "DAC", "adc": "ADC"}


def schedule_activity(
    design: Design, grids: Sequence[GridConfig], total: int
) -> tuple[Activity, str]:
    """Return what `total` samples do without data, and why pulses are not counted."""
    return activity(design, grids, total), "left out, for want of data"


def training_activity(training: Training) -> tuple[Activity, str]:
    """Return what a training did, and why pulses are not counted where they are not.

    Pulses at the devices that they cross are known only from the counts of every line.
    """
    design, memory = training.design, training.memory
    slots, sent, met = memory.state.counters.T
    _, written, steps = memory.state.transferred.T
    drawn = design.tile.update.pulse_type
    crossings, each = None, devices_pulsed(design)
    tallied = tallies(memory)
    if tallied and "row" in kinds(memory):
        crossings = each * sum(
            int(one.rows.sum()) * len(one.columns) + int(one.columns.sum()) * len(one.rows)
            for one in tallied
        )
    pulses = Pulses(
        sent=None if drawn in ("binomial", "ideal") else int(sent.sum()),
        crossings=crossings,
        coincidences=None if drawn == "ideal" else each * int(met.sum()),
        slots=tuple(slots.tolist()),
        written=int(written.sum()),
        steps=int(steps.sum()),
    )
    why = "run.count_pulses = true counts them"
    if design.arrangement.arrays > 1:
        why = "not counted where a weight has several arrays"
    if drawn in ("binomial", "ideal"):
        why = f"there are none with tile.update.pulse_type = '{drawn}'"
    retries = memory.state.retries.tolist()
    return activity(design, training.system.grids, training.total, retries, pulses), why


def _summary(kind: Kind, table: Section, found: Account, unit: float) -> dict[str, Any]:
    doubtful = dict(verdicts(kind, table, found))
    summary: dict[str, Any] = {
        "total": found.total * unit,
        "verified": not any(doubtful.values()),
        "parts": {
            part: {
                "value": amount * unit,
                "verified": not doubtful[part],
                **({"unverified": doubtful[part]} if doubtful[part] else {}),
            }
            for part, amount in found.amounts.items()
        },
        "left_out": found.left_out,
    }
    preset = getattr(table, "preset", None)
    return summary if preset is None else {"preset": preset, **summary}


def energy_summary(design: Design, done: Activity, why: str) -> dict[str, Any]:
    """Return `energy_joules` of `summary.json`; nothing without a table `[energy]`."""
    table = design.energy
    if table is None:
        return {}
    found = energy_account(design, table, done, why)
    summary = _summary("energy", table, found, _ACCOUNTS["energy_joules"][2])
    sides = table.tile_rows, table.tile_columns
    if "tile" in found.amounts and None not in sides:
        summary["tile"] = [list(side) if isinstance(side, tuple) else [side] for side in sides]
    return {"energy_joules": summary}


def area_summary(design: Design, grids: Sequence[GridConfig]) -> dict[str, Any]:
    """Return `area_mm2` of `summary.json`; nothing without a table `[area]`."""
    table = design.area
    if table is None:
        return {}
    found = area_account(design, table, grids)
    return {"area_mm2": _summary("area", table, found, _ACCOUNTS["area_mm2"][2])}


def _amount(value: float, unit: str) -> str:
    """Return an amount with its unit, to four digits."""
    if unit != "J":
        return f"{value:.4g} {unit}"
    scales = ((1.0, ""), (1e-3, "m"), (1e-6, "u"), (1e-9, "n"), (1e-12, "p"))
    size, letter = next((one for one in scales if value >= one[0]), scales[-1])
    return f"{value / size:.4g} {letter}{unit}"


def _notes(found: dict[str, Any]) -> list[str]:
    """Return what a reader must know of an account: what was not verified, what is not in it."""
    doubtful = sorted(
        {key for part in found["parts"].values() for key in part.get("unverified", [])}
    )
    notes = [f"not verified: {', '.join(doubtful)}"] if doubtful else []
    left = [f"{_NAMES.get(part, part)} ({why})" for part, why in found["left_out"].items()]
    notes += [f"not counted: {', '.join(left)}"] if left else []
    if "tile" in found:
        sizes = ", ".join(
            f"{rows} x {columns}" for rows, columns in zip(*found["tile"], strict=True)
        )
        notes.append(f"whole ops are those of a tile of {sizes}, whatever its size here")
    return notes


def _sentence(note: str) -> str:
    return note[0].upper() + note[1:]


def _accounts(summary: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, unit and content of the accounts that a summary has."""
    return [
        (name, unit, summary[key]) for key, (name, unit, _) in _ACCOUNTS.items() if key in summary
    ]


def account_lines(summary: dict[str, Any]) -> list[str]:
    """Return the accounts of a summary for the terminal, none if it has none."""
    lines = []
    for name, unit, found in _accounts(summary):
        parts = ", ".join(
            f"{_NAMES.get(part, part)} {_amount(one['value'], unit)}"
            + ("" if one["verified"] else "*")
            for part, one in found["parts"].items()
        )
        each = ""
        if unit == "J":
            each = f", {_amount(found['total'] / summary['samples'], unit)} a sample"
        whole = f"{_amount(found['total'], unit)}{each}" if parts else "nothing of it is counted"
        lines.append(f"{name}: {whole}{parts and f': {parts}'}")
        lines += [
            f"  {'* ' if note.startswith('not verified') else ''}{note}" for note in _notes(found)
        ]
    return lines


def account_html(summary: dict[str, Any], run: str) -> list[str]:
    """Return the accounts of a summary for the page, none if it has none; `run` names it."""
    parts: list[str] = []
    for name, unit, found in _accounts(summary):
        rows = [
            (
                _NAMES.get(part, part),
                _amount(one["value"], unit),
                "yes" if one["verified"] else "no",
            )
            for part, one in found["parts"].items()
        ]
        rows.append(("all", _amount(found["total"], unit), "yes" if found["verified"] else "no"))
        parts += [
            f"<h2>{name.capitalize()}{run and f' of{run}'}</h2>",
            table_html(("part", "amount", "verified"), rows),
            *(f'<p class="note">{escape(note)}.</p>' for note in map(_sentence, _notes(found))),
        ]
    return parts
