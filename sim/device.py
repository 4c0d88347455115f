"""Measured devices as text and as plain data: what tables, pages and summary.json show."""

from dataclasses import dataclass
from functools import cached_property
from math import floor, isfinite, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from models.device.measurement import Measurement
from models.device.section import Device
from models.preset import Entry, read_preset, unverified

Reals = npt.NDArray[np.float64]

#: Keys of `[device]` that no step of a pulse depends on.
_STILL = {
    *("preset", "states", "on_off_ratio", "channel", "write_noise", "lifetime", "rest"),
    *("diffusion", "drift_nu", "drift_nu_dtod", "drift_t0", "retention_every"),
}
_STEP = set(Device.model_fields) - _STILL - {"dw_min_std"} | {"states"}
#: Column of the comparison and the keys that its figure rests on.
COLUMNS: dict[str, set[str]] = {
    "device": set(),
    "states": {"dw_min", "states", "w_max", "w_min"},
    "symmetric point": _STEP,
    "drag a pair, %": _STEP | {"dw_min_std"},
    "closed form, %": _STEP,
    "cycle to cycle, %": {"family", "dw_min_std", "mult_noise"},
    "device to device, %": _STEP,
    "on/off ratio": {"on_off_ratio", "channel"},
}


@dataclass(frozen=True)
class MeasuredDevice:
    """A measurement under the name that it was asked for."""

    name: str
    found: Measurement

    @property
    def device(self) -> Device:
        """The description that was measured."""
        return self.found.device

    @cached_property
    def flags(self) -> dict[str, Entry]:
        """Values of the preset that were not verified and that this device still has."""
        return unverified("device", self.device.preset, self.device.model_dump())

    def cells(self) -> list[str]:
        """Return the device's line of the comparison; `*` marks what rests on such a value."""
        found, drag = self.found, self.found.drag
        texts = (
            self.name,
            count_text(self.device.state_count),
            point_text(found),
            percent(drag.measured, drag.error),
            percent(drag.closed),
            percent(_together(found.rise.cycle, found.fall.cycle)),
            percent(_together(found.rise.device, found.fall.device)),
            ratio_text(self.device.conductance_ratio),
        )
        marks = ("*" if keys & set(self.flags) else "" for keys in COLUMNS.values())
        return [text + mark for text, mark in zip(texts, marks, strict=True)]

    def asymmetry(self) -> Reals:
        """Return (up - down) / (up + down) of mean steps, -1 .. 1, at each weight of their curve.

        This is -G / F of arXiv 2502.06309; 0 at the symmetric point.
        """
        up, down = self.found.up.mean, self.found.down.mean
        none = np.full_like(up, np.nan)
        return np.asarray(np.divide(up - down, up + down, out=none, where=up + down > 0))

    def point_title(self) -> str:
        """Return where the symmetric point is, in words."""
        found = self.found
        text = point_text(found)
        return f"symmetric point {text}" if found.point.share else "no symmetric point"

    def drag_title(self) -> str:
        """Return the drag, in words."""
        drag = self.found.drag
        if not drag.devices:
            return "no drag to measure"
        measured = percent(drag.measured, drag.error)
        return f"drag {measured} % a pair, closed form {percent(drag.closed)} %"

    def flag_text(self) -> str:
        """Return which values were not verified, or nothing."""
        if not self.flags:
            return ""
        every = len(self.flags) == len(read_preset("device", str(self.device.preset)))
        return f"{self.name}: {'every value' if every else ', '.join(self.flags)}"

    def figures(self) -> list[tuple[str, str]]:
        """Return all figures as pairs of name and text."""
        found, device = self.found, self.device
        (upper, upper_spread), (lower, lower_spread) = found.bounds
        rise, fall, drag = found.rise, found.fall, found.drag
        at = f"from weight {found.reference:.3g}"
        rows = [
            ("response family", device.family),
            ("states, (w_max - w_min) / dw_min", count_text(device.state_count)),
            ("upper bound", f"{upper:.3g} ± {upper_spread:.2g}"),
            ("lower bound", f"{lower:.3g} ± {lower_spread:.2g}"),
            ("symmetric point", point_text(found)),
            ("devices that have one, %", percent(found.point.share)),
            (f"mean step up, down, {at}", f"{rise.mean:.3g}, {fall.mean:.3g}"),
            ("cycle to cycle, up, down, %", f"{percent(rise.cycle)}, {percent(fall.cycle)}"),
            ("device to device, up, down, %", f"{percent(rise.device)}, {percent(fall.device)}"),
            ("drag a pair, measured, %", percent(drag.measured, drag.error)),
            ("drag a pair, closed form, %", percent(drag.closed)),
            ("its 16th, 84th percentile, %", f"{percent(drag.low)}, {percent(drag.high)}"),
            ("on/off ratio", ratio_text(device.conductance_ratio)),
        ]
        if device.cell is not None and device.cell.count > 1:
            rows.insert(1, ("cell", f"{device.cell.kind}; its response is the weight's,"))
            rows.insert(2, ("", "all else is that of one of its devices"))
        if device.write_noise:
            rows.append(("write noise of a read", f"{device.write_noise * device.dw_min:.3g}"))
        return rows

    def summary(self) -> dict[str, Any]:
        """Return everything as plain data, numbers to six digits; None stands for none."""
        found, train = self.found, self.found.train
        (upper, upper_spread), (lower, lower_spread) = found.bounds
        return {
            "name": self.name,
            "seed": found.seed,
            "drawn": found.devices,
            "device": self.device.model_dump(mode="json", exclude_none=True),
            "unverified": list(self.flags),
            "states": plain(self.device.state_count),
            "on_off_ratio": plain(self.device.conductance_ratio),
            "upper_bound": {"mean": plain(upper), "spread": plain(upper_spread)},
            "lower_bound": {"mean": plain(lower), "spread": plain(lower_spread)},
            "symmetric_point": _fields(found.point),
            "reference": plain(found.reference),
            "up": _fields(found.rise),
            "down": _fields(found.fall),
            "drag": _fields(found.drag),
            "train": _fields(train),
            "steps": {
                "weight": plain(found.weight),
                "up": _fields(found.up),
                "down": _fields(found.down),
            },
            "pairs": _fields(found.pairs),
        }


def train_shares(devices: list[MeasuredDevice]) -> tuple[list[Reals], str]:
    """Return pulse numbers that fit the same axis, one array a device, and the axis's label."""
    trains = [shown.found.train for shown in devices]
    if len({train.pulses for train in trains}) == 1:
        return [train.pulse.astype(np.float64) for train in trains], "pulses: up, then down"
    label = "pulses up, then down, in lengths of one train"
    return [train.pulse / train.pulses for train in trains], label


def bench_text(shown: MeasuredDevice) -> str:
    """Return how a device was measured, in one sentence."""
    found = shown.found
    return (
        f"{found.devices:,} devices drawn with all spreads, seed {found.seed}; "
        f"{found.train.pulses:,} pulses up, then {found.train.pulses:,} down, "
        "each with its noise; retention and write noise left out."
    )


def plain(value: Any) -> Any:
    """Return a number, None or array as JSON has it: six digits, None for what is no number."""
    if isinstance(value, np.ndarray):
        return [plain(part) for part in value.tolist()]
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if isfinite(value) else None
    return value


def _fields(record: Any) -> dict[str, Any]:
    return {key: plain(value) for key, value in vars(record).items()}


def count_text(count: float) -> str:
    """Return a number of states."""
    return f"{count:,.0f}" if count >= 100 else f"{count:.3g}"


def percent(share: float, error: float | None = None) -> str:
    """Return a share in percent: three digits, or the first digit of its error, 0.001 at least."""
    if not isfinite(share):
        return "none"
    if not error:
        return f"{100 * share:.3g}"
    places = min(max(-floor(log10(100 * error)), 0), 3)
    return f"{_fixed(100 * share, places)} ± {100 * error:.{places}f}"


def point_text(found: Measurement) -> str:
    """Return mean and standard deviation of the symmetric points."""
    point = found.point
    return f"{_fixed(point.mean, 3)} ± {point.spread:.3f}" if point.share else "none"


def ratio_text(ratio: float | None) -> str:
    """Return an on/off ratio."""
    return "unknown" if ratio is None else f"{ratio:.3g}"


def _fixed(value: float, places: int) -> str:
    """Return a number without a sign where it rounds to zero."""
    return f"{round(value, places) + 0.0:.{places}f}"


def _together(up: float, down: float) -> float:
    """Return the spread of both directions: root mean square."""
    return float(((up**2 + down**2) / 2) ** 0.5)
