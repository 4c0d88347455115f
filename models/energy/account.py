"""The account of joules: counts of an activity times joules of elementary steps, by part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.design import Design
from models.energy.activity import Activity, sum_reads
from models.energy.converter import adc_joule, dac_joule
from models.energy.section import SIDE_KEYS, Energy
from models.preset import Kind, unverified
from models.section import Tile
from models.table import Section

#: Parts of the account; `tile`: ops of a whole tile that are not split.
PARTS = ("tile", "array", "dac", "adc", "pulses", "digital", "memory", "link")


@dataclass
class Account:
    """Amounts by part, the keys they rest on, and what is not in them.

    Parameters
    ----------
    amounts
        Joules, or square micrometres, of each part that is counted.
    keys
        Keys of the table behind each of them.
    left_out
        For each part that is not counted, or not all of it, what is missing.
    """

    amounts: dict[str, float] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, part: str, key: str, amount: float) -> None:
        """Add an amount that rests on a key."""
        self.amounts[part] = self.amounts.get(part, 0.0) + amount
        self.keys.setdefault(part, []).append(key)

    def leave(self, part: str, reason: str) -> None:
        """Say what a part does not hold."""
        known = self.left_out.get(part)
        self.left_out[part] = reason if known is None else f"{known}; {reason}"

    @property
    def total(self) -> float:
        """The sum of all parts."""
        return sum(self.amounts.values())


Values = Mapping[str, Any]


def joules_of(energy: Energy, tile: Tile) -> dict[str, Any]:
    """Return the values of a table with the closed forms worked out."""
    found = {
        key: value
        for key, value in energy.model_dump().items()
        if key != "preset" and key not in SIDE_KEYS
    }
    if energy.adc_joules == "zigzag28":
        found["adc_joules"] = adc_joule(tile.adc.bits)
    if energy.dac_joules == "zigzag28":
        found["dac_joules"] = dac_joule(tile.dac.bits)
    return found


def _whole(value: float | tuple[float, ...], ops: Sequence[int]) -> float:
    """Return the joules of whole ops, stage by stage; a constant is each's or all stages' own."""
    each = value if isinstance(value, tuple) else (value,) * len(ops)
    return sum(one * count for one, count in zip(each, ops, strict=True))


def _reads(joules: Values, done: Activity, bits: int, found: Account) -> None:
    """Add F, B and the reads of transfers: a constant for an op, or its parts."""
    ops = {
        "F": (done.forward, "forward_joules", [stage.forward for stage in done.ops]),
        "B": (done.backward, "backward_joules", [stage.backward for stage in done.ops]),
        "T": (done.lines, "transfer_joules", [stage.transfers for stage in done.ops]),
    }
    open_ops = {}
    for letter, (reads, key, stages) in ops.items():
        if joules[key] is not None:
            if any(stages):
                found.add("tile", key, _whole(joules[key], stages))
        elif reads.tiles:
            open_ops[letter] = reads
    if not open_ops:
        return
    reads = sum_reads(open_ops.values())
    counts = {
        ("array", "read_device_joules"): reads.devices,
        ("array", "drive_bit_joules"): bits * reads.inputs,
        ("dac", "dac_joules"): reads.inputs,
        ("adc", "adc_joules"): reads.outputs,
    }
    for (part, key), count in counts.items():
        if joules[key] is not None:
            found.add(part, key, joules[key] * count)
    for part in ("array", "dac", "adc"):
        if part not in found.amounts:
            found.leave(part, f"of {', '.join(open_ops)}: no value")


def _pulses(
    letter: str, joules: Values, counts: Mapping[str, float | None], why: str, found: Account
) -> None:
    """Add the pulses of an op that has no constant."""
    given = {key: joules[key] for key in counts if joules[key] is not None}
    for key, value in given.items():
        count = counts[key]
        if count is None:
            found.leave("pulses", f"{key} of {letter}: {why}")
        else:
            found.add("pulses", key, value * count)
    if not given:
        found.leave("pulses", f"of {letter}: no value")


def _updates(joules: Values, done: Activity, second: float, why: str, found: Account) -> None:
    """Add U and what transfers write: a constant for an op, or its pulses."""
    constant, pulses = joules["update_joules"], done.pulses
    if done.updates and constant is not None:
        found.add("tile", "update_joules", _whole(constant, [one.updates for one in done.ops]))
    elif done.updates:
        counts = {
            "pulse_joules": pulses.sent,
            "pulse_device_joules": pulses.crossings,
            "coincidence_joules": pulses.coincidences,
            "update_line_watts": done.line_cycles * second,
        }
        _pulses("U", joules, counts, why, found)
    if done.transfers and joules["transfer_joules"] is None:
        written = {
            "pulse_joules": pulses.written,
            "pulse_device_joules": None,
            "coincidence_joules": pulses.steps,
        }
        _pulses("T", joules, written, why, found)


def energy_account(design: Design, energy: Energy, done: Activity, why: str) -> Account:
    """Return the joules of an activity; `why`: what keeps pulses from being counted, if they are.

    A bit of a driven line is one of the code's, sign apart.
    """
    joules, found = joules_of(energy, design.tile), Account()
    _reads(joules, done, design.tile.dac.bits - 1, found)
    _updates(joules, done, 1.0 / design.timing.clock_hz, why, found)
    for part, key, count in (
        ("digital", "digital_joules", done.operations),
        ("memory", "memory_bit_joules", done.bits),
        ("link", "link_bit_joules", done.link_bits),
    ):
        value = joules[key]
        if value is not None:
            found.add(part, key, value * count)
        elif count:
            found.leave(part, "no value")
    if design.algorithm.digital:
        found.leave("array", "matrix products are digital")
    if design.refresh_every is not None:
        found.leave("pulses", "refreshes")
    return found


def verdicts(kind: Kind, table: Section, found: Account) -> Iterator[tuple[str, list[str]]]:
    """Yield each part that is counted, with those of its keys that were not verified.

    What a user gives is the user's own; a preset's values are as its file says.
    """
    values: dict[str, Any] = table.model_dump()
    doubtful = unverified(kind, values["preset"], values)
    for part in found.amounts:
        yield part, sorted({key for key in found.keys[part] if key in doubtful})
