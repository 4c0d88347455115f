"""A page from finished runs: one HTML file that opens without a network."""

import csv
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from models.design import read_design
from models.device.measurement import measure
from models.device.section import Device
from models.error import DesignError
from models.file import write_text
from sim.account import account_html
from sim.device import MeasuredDevice
from sim.page import figure_html, layout, page_html, table_html
from sim.palette import CAUSE_COLOURS, IDLE_COLOUR, OP_COLOURS
from sim.response import device_parts, note_html
from sim.timeline_figure import timeline_figure

Row = dict[str, Any]


@dataclass(frozen=True)
class FinishedRun:
    """A run directory as the page needs it.

    `tracks` name the resources in the order of their slices' `tid`. `metrics` is empty where
    nothing was trained, `device` None where no devices were.
    """

    name: str
    summary: dict[str, Any]
    metrics: list[dict[str, float]]
    slices: list[Row]
    tracks: list[str]
    device: Device | None = None


def read_run(directory: Path) -> FinishedRun:
    """Return a finished run.

    Raises
    ------
    DesignError
        When the directory holds no finished run, or a file of it is damaged.
    """
    if not (directory / "summary.json").is_file():
        raise DesignError(f"{directory}: holds no finished run (no summary.json)")
    try:
        summary = json.loads((directory / "summary.json").read_text())
        trace = json.loads((directory / "trace.json").read_text())
        slices = [entry for entry in trace["traceEvents"] if entry["ph"] == "X"]
        named = [entry for entry in trace["traceEvents"] if entry.get("name") == "thread_name"]
        tracks = [str(entry["args"]["name"]) for entry in named]
        metrics: list[dict[str, float]] = []
        if (directory / "metrics.csv").is_file():
            with (directory / "metrics.csv").open() as file:
                rows = csv.DictReader(file)
                metrics = [{key: float(cell) for key, cell in row.items() if cell} for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DesignError(f"{directory}: a file of this run is damaged: {error}") from None
    device = _trained_device(directory / "design.toml") if metrics else None
    return FinishedRun(directory.name, summary, metrics, slices, tracks, device)


def _trained_device(path: Path) -> Device | None:
    """Return the device that a run's design trained; None where it had none, or is not there."""
    if not path.is_file():
        return None
    design = read_design(path)
    return None if design.algorithm.name == "digital-sgd" else design.device


def accuracy_figure(runs: list[FinishedRun]) -> go.Figure:
    """Return test accuracy against clock cycles, one line a run."""
    figure = go.Figure()
    for run in runs:
        figure.add_scatter(
            x=[row["cycles"] for row in run.metrics],
            y=[100 * row["accuracy"] for row in run.metrics],
            mode="lines+markers",
            name=run.name,
            hovertemplate="%{x:,} cycles<br>%{y:.2f} %<extra></extra>",
        )
    figure.update_layout(showlegend=len(runs) > 1)
    figure.update_xaxes(rangemode="tozero")
    return layout(figure, "architectural clock cycles", "test accuracy, %")


def cycles_figure(run: FinishedRun) -> go.Figure:
    """Return where the cycles of each stage's arrays went, in percent of all."""
    summary, figure = run.summary, go.Figure()
    parts = {
        f"busy: {letter}": ([stage[letter] for stage in summary["busy_by_op"]], colour)
        for letter, colour in OP_COLOURS.items()
    }
    for cause, colour in CAUSE_COLOURS.items():
        waits = [stage[cause] for stage in summary["stalled_by_stage"]]
        parts[f"waits: {cause}"] = waits, colour
    parts["nothing left"] = summary["idle"], IDLE_COLOUR
    names = [f"stage {m + 1}" for m in range(summary["stages"])]
    whole = [summary["cycles"] * arrays for arrays in summary["arrays"]]
    for name, (cycles, colour) in parts.items():
        if any(cycles):
            share = [100 * n / of for n, of in zip(cycles, whole, strict=True)]
            figure.add_bar(
                x=names,
                y=share,
                name=name,
                marker_color=colour,
                customdata=cycles,
                hovertemplate="%{customdata:,} cycles (%{y:.1f} %)<extra>" + name + "</extra>",
            )
    figure.update_layout(barmode="stack")
    return layout(figure, "", "share of all cycles, %", 340)


def clock_text(hertz: float) -> str:
    """Return a clock frequency with its unit."""
    for unit, size in (("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3)):
        if hertz >= size:
            return f"{hertz / size:g} {unit}"
    return f"{hertz:g} Hz"


def time_text(seconds: float) -> str:
    """Return a time with its unit, to four digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.4g} {unit}"
    return f"{seconds / 1e-9:.4g} ns"


def wall_text(seconds: float) -> str:
    """Return a time that somebody waits, to two digits or so."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def bytes_text(count: float) -> str:
    """Return a number of bytes with its unit, to three digits."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.3g} B"


def run_row(run: FinishedRun) -> list[str]:
    """Return a run's line of the table, for the page and for the terminal; see `COLUMNS`."""
    s = run.summary
    accuracy = f"{100 * s['accuracy']:.2f} %" if "accuracy" in s else "not trained"
    stale = ", ".join(f"{stage['mean']:.2f}" for stage in s["staleness"])
    return [
        run.name,
        s["schedule"],
        accuracy,
        f"{s['samples']:,}",
        f"{s['cycles']:,}",
        f"{time_text(s['seconds'])} at {clock_text(s['clock_hz'])}",
        f"{s['cycles_per_sample']:.2f}",
        f"{100 * s['density']:.1f} %",
        stale,
    ]


COLUMNS = (
    "run",
    "schedule",
    "test accuracy",
    "samples",
    "cycles",
    "time",
    "cycles a sample",
    "density",
    "mean staleness by stage",
)


def _origin(run: FinishedRun) -> str:
    s = run.summary
    return (
        f'<p class="note">Design {s["design_sha256"][:16]}, seed {s["seed"]}, '
        f"PulseTrain {escape(s['version'])}.</p>"
    )


_TIMELINE_NOTE = (
    '<p class="note">Every array and shared unit does one op at a time; the number is the sample, '
    "of T the transfer's. Hatched: what the array waits for.</p>"
)


def _run_parts(run: FinishedRun, name: str) -> list[str]:
    return [
        f"<h2>Timeline{name and f' of{name}'}</h2>",
        _TIMELINE_NOTE,
        figure_html(timeline_figure(run.slices, run.tracks)),
        f"<h2>Where the cycles went{name and f' in{name}'}</h2>",
        figure_html(cycles_figure(run)),
        *account_html(run.summary, name),
        _origin(run),
    ]


def _device_parts(runs: list[FinishedRun]) -> list[str]:
    """Return a section for each of the devices that the runs trained."""
    users: dict[str, list[FinishedRun]] = {}
    for run in runs:
        if run.device is not None:
            users.setdefault(run.device.model_dump_json(), []).append(run)
    parts = []
    for same in users.values():
        device, seed = same[0].device, same[0].summary["seed"]
        assert device is not None
        names = ", ".join(run.name for run in same)
        title = f"Devices of {names}" if len(runs) > 1 else "Devices"
        shown = MeasuredDevice(device.preset or device.family, measure(device, seed=seed))
        parts += [*device_parts(shown, title), note_html()]
    return parts


def _check(run: FinishedRun) -> None:
    """Refuse a run whose files lack what the page shows."""
    try:
        run_row(run)
        accuracy_figure([run])
        _run_parts(run, "")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DesignError(f"{run.name}: a file of this run is damaged: no {error}") from None


def report_html(runs: list[FinishedRun]) -> str:
    """Return the page: a table, accuracy against cycles, timelines and cycles, the devices."""
    for run in runs:
        _check(run)
    parts = ["<h1>PulseTrain</h1>", table_html(COLUMNS, map(run_row, runs))]
    trained = [run for run in runs if run.metrics]
    if trained:
        parts += ["<h2>Accuracy against clock cycles</h2>", figure_html(accuracy_figure(trained))]
    for run in runs:
        parts += _run_parts(run, f" {escape(run.name)}" if len(runs) > 1 else "")
    parts += _device_parts(runs)
    return page_html("PulseTrain report", parts)


def write_report(path: Path, directories: list[Path]) -> None:
    """Write the page of finished runs.

    Raises
    ------
    DesignError
        When a directory holds no finished run.
    """
    write_text(path, report_html([read_run(directory) for directory in directories]))
