"""Machines side by side, as PNG: where a sample's cycles go, staleness and stashes by stage."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.chart import OPS, SERIES, new_figure, png
from sim.finding import Finding

_COLOURS = {letter: colour for letter, _, colour in OPS.values()}
_GREYS = ("#222222", "#444444", "#666666", "#808080", "#999999", "#b0b0b0", "#c4c4c4", "#d4d4d4",
          "#e4e4e4")  # fmt: skip
_HATCHES = ("", "//", "..", "xx", "\\\\", "--", "++", "oo", "**")


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
