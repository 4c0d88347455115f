"""Machines side by side: a table of text, and a chart as PNG."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from models.schedule import CAUSES
from sim.chart import OPS, SERIES, new_figure, png
from sim.finding import Finding
from sim.report import clock_text, time_text

_COLOURS = {letter: colour for letter, _, colour in OPS.values()}
_GREYS = ("#222222", "#444444", "#666666", "#808080", "#999999", "#b0b0b0", "#c4c4c4", "#d4d4d4",
          "#e4e4e4")  # fmt: skip
_HATCHES = ("", "//", "..", "xx", "\\\\", "--", "++", "oo", "**")


def joules_text(joules: float) -> str:
    """Return an energy with its unit, to four digits."""
    for unit, size in (("J", 1.0), ("mJ", 1e-3), ("uJ", 1e-6), ("nJ", 1e-9)):
        if joules >= size:
            return f"{joules / size:.4g} {unit}"
    return f"{joules / 1e-12:.4g} pJ"


def count_text(count: float) -> str:
    """Return a large number with its thousands' word, to four digits."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count:.4g}"


def ages_text(found: Finding, stage: int) -> str:
    """Return the staleness of a stage: least, mean, largest."""
    age = found.summary["staleness"][stage]
    return f"{age['min']}, {age['mean']:.2f}, {age['max']}"


def _share(part: float) -> str:
    return f"{100 * part:.2f} %"


def table_rows(found: list[Finding]) -> list[list[str]]:
    """Return the rows of the comparison: a name, then a cell for each machine."""
    first = found[0].stretch.cycles / found[0].summary["clock_hz"] / found[0].stretch.total

    def row(name: str, cell: object) -> list[str]:
        return [name, *(cell(one) for one in found)]  # type: ignore[operator]

    def waits(cause: str) -> object:
        return lambda one: _share(one.share.get(f"waits: {cause}", 0.0))

    def faster(one: Finding) -> str:
        own = one.stretch.cycles / one.summary["clock_hz"] / one.stretch.total
        return f"{first / own:.3f}"

    rows = [
        row("schedule", lambda one: one.summary["schedule"]),
        row("stages", lambda one: str(one.stages)),
        row("cycles", lambda one: f"{'' if one.stretch.exact else 'about '}{one.stretch.cycles:,}"),
        row("time", lambda one: time_text(one.stretch.cycles / one.summary["clock_hz"])),
        row("clock", lambda one: clock_text(one.summary["clock_hz"])),
        row("cycles a sample", lambda one: f"{one.stretch.cycles / one.stretch.total:.2f}"),
        row("in the long run", lambda one: f"{one.stretch.rate:.2f}"),
        row("samples a second", lambda one: count_text(one.steady_per_second)),
        row("times the first", faster),
        row("density", lambda one: _share(one.summary["density"])),
    ]
    rows += [
        row(f"waits: {cause}", waits(cause))
        for cause in CAUSES
        if any(one.share.get(f"waits: {cause}") for one in found)
    ]
    rows.append(row("nothing left", lambda one: _share(one.share["nothing left"])))
    if any(one.joules is not None for one in found):
        rows.append(
            row("energy", lambda one: "-" if one.joules is None else joules_text(one.joules))
        )
    return rows


def stage_rows(found: list[Finding]) -> list[list[str]]:
    """Return the rows of the comparison stage by stage; a machine of fewer has empty cells."""
    rows = []
    for stage in range(max(one.stages for one in found)):
        cells: dict[str, list[str]] = {}
        for place, one in enumerate(found):
            if stage >= one.stages:
                continue
            for name, text in _stage_cells(one, stage).items():
                cells.setdefault(name, [""] * len(found))[place] = text
        rows += [[f"{stage + 1}: {name}", *own] for name, own in cells.items()]
    return rows


def _stage_cells(one: Finding, stage: int) -> dict[str, str]:
    S, Q = one.needed
    shares, rule = one.shares(stage), one.system.rule
    busy = one.busy_by_op[stage]
    by_op = " ".join(f"{letter} {100 * shares[letter]:.0f}" for letter in busy if busy[letter])
    stalled = sum(part for name, part in shares.items() if name.startswith("waits"))
    return {
        "busy": _share(sum(shares[letter] for letter in busy)),
        "by op, %": by_op,
        "stalled": _share(stalled),
        "staleness": ages_text(one, stage),
        "S, Q used": (f"{S[stage]}/{rule.S[stage]}, {Q[stage]}/{rule.Q[stage]}"),
    }


def _draw_cycles(axes: Axes, found: list[Finding]) -> None:
    """Draw what a sample's cycles are spent on: bars as long as the cycles a sample."""
    names = list(dict.fromkeys(name for one in found for name in one.share))
    left = np.zeros(len(found))
    per_sample = np.array([one.stretch.cycles / one.stretch.total for one in found])
    greys = 0
    for name in names:
        width = per_sample * [one.share.get(name, 0.0) for one in found]
        if not width.any():
            continue
        colour, hatch = _COLOURS.get(name), ""
        if colour is None:
            colour, hatch = _GREYS[-1 - greys], _HATCHES[greys % len(_HATCHES)]
            greys += 1
        label = name if name not in _COLOURS else f"busy: {name}"
        axes.barh(
            [one.name for one in found], width, left=left, color=colour, hatch=hatch, label=label,
            edgecolor="white", linewidth=0.5,
        )  # fmt: skip
        left += width
    for place, total in enumerate(per_sample):
        axes.text(total, place, f" {total:.4g}", va="center", fontsize=8)
    axes.set(xlabel="cycles a sample, mean of all arrays", xlim=(0, 1.12 * per_sample.max()))
    axes.invert_yaxis()


def _draw_stages(axes: Axes, found: list[Finding], label: str, values: list[list[float]]) -> None:
    width = 0.8 / len(found)
    for place, (one, own) in enumerate(zip(found, values, strict=True)):
        x = np.arange(1, one.stages + 1) + (place - (len(found) - 1) / 2) * width
        colour, hatch = SERIES[place % len(SERIES)], _HATCHES[place // len(SERIES)]
        axes.bar(x, own, width, color=colour, hatch=hatch, edgecolor="white", label=one.name)
    axes.set(xlabel="stage", ylabel=label)
    axes.set_xticks(range(1, max(one.stages for one in found) + 1))
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.set_axisbelow(True)


def comparison_png(found: list[Finding]) -> bytes:
    """Return the chart: where a sample's cycles go, staleness and stash depths by stage."""
    figure = new_figure(12.0, 4.2 + 0.42 * len(found))
    grid = figure.add_gridspec(2, 2, height_ratios=(0.42 * len(found) + 0.6, 3.0))
    top = figure.add_subplot(grid[0, :])
    _draw_cycles(top, found)
    figure.legend(
        *top.get_legend_handles_labels(), loc="outside upper center", ncols=10, frameon=False,
        fontsize=9,
    )  # fmt: skip
    ages = [[age["mean"] for age in one.summary["staleness"]] for one in found]
    left = figure.add_subplot(grid[1, 0])
    _draw_stages(left, found, "mean staleness, updates", ages)
    depths = [[s + q for s, q in zip(*one.needed, strict=True)] for one in found]
    right = figure.add_subplot(grid[1, 1])
    _draw_stages(right, found, "stash depth needed, S + Q", [list(map(float, d)) for d in depths])
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(found), 6),
        frameon=False, fontsize=9,
    )  # fmt: skip
    return png(figure)
