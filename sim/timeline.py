"""A timeline of ops as PNG: a row for each array and shared unit, with what arrays wait for."""

from collections import defaultdict
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from models.resource import Resources
from models.schedule import CAUSES
from sim.chart import OPS, new_figure, png
from sim.event import Row, rows_of, tracks
from sim.palette import HATCHES, IDLE_COLOUR, wait_colours
from sim.trace import WAITS
from sim.wait import IDLE
from sim.window import Window

#: Shares of the width below which an op has no number, and no edge.
_NUMBERED, _EDGED = 0.0065, 0.003
#: Inches of a row, and of all rows where they are many; heights of bars of ops and of waits.
_ROW, _ALL, _OP, _WAIT = 0.42, 16.0, 0.86, 0.62

#: First cycle and cycles.
Bar = tuple[int, int]


def _style(cause: int) -> dict[str, Any]:
    """Return the look of a wait's bars."""
    if cause == IDLE:
        return {"facecolor": IDLE_COLOUR, "edgecolor": "white", "linewidth": 0.0}
    ground, line = wait_colours(CAUSES[cause])
    hatch = 3 * HATCHES[CAUSES[cause]]
    return {"facecolor": ground, "edgecolor": line, "hatch": hatch, "linewidth": 0.0}


def _draw_ops(axes: Axes, rows: list[Row], resources: Resources, span: Bar) -> None:
    """Draw the ops on the rows of what they hold, numbered where there is room."""
    first, width = span[0], span[1] - span[0]
    bars: dict[tuple[int, int, bool], list[Bar]] = defaultdict(list)
    for row in rows:
        _, op, sample, start, end = row
        share = (end - start) / width
        for place in tracks(row, resources):
            bars[place, op, share > _EDGED].append((start, end - start))
            if share > _NUMBERED * len(str(sample)):
                middle = (max(start, first) + min(end, span[1])) / 2
                axes.text(
                    middle, place, str(sample), ha="center", va="center", color="white",
                    fontsize=8, clip_on=True,
                )  # fmt: skip
    for (place, op, edged), own in bars.items():
        axes.broken_barh(
            own, (place - _OP / 2, _OP), facecolor=OPS[op][2], edgecolor="white",
            linewidth=0.6 if edged else 0.0,
        )  # fmt: skip


def _draw_waits(axes: Axes, window: Window) -> list[int]:
    """Draw what arrays wait for; return the causes that there are."""
    bars: dict[tuple[int, int], list[Bar]] = defaultdict(list)
    columns = (column.tolist() for column in window.waits.columns())
    for array, cause, start, end in zip(*columns, strict=True):
        bars[array, cause].append((start, end - start))
    for (array, cause), own in bars.items():
        axes.broken_barh(own, (array - _WAIT / 2, _WAIT), **_style(cause))
    return sorted({cause for _, cause in bars})


def _legend(figure: Figure, ops: set[int], causes: list[int]) -> None:
    patches = [
        Patch(facecolor=colour, label=f"{letter} {name}")
        for op, (letter, name, colour) in OPS.items()
        if op in ops
    ]
    patches += [Patch(label=WAITS[cause], **_style(cause)) for cause in causes]
    figure.legend(handles=patches, loc="outside lower left", ncols=8, frameon=False)


def timeline_png(window: Window, resources: Resources, title: str) -> bytes:
    """Return the window's ops on the arrays and shared units that they hold, stage 1 on top."""
    rows, names = rows_of(window.ops), resources.names
    span = window.first, window.last
    figure = new_figure(13.0, 1.8 + min(_ROW * len(names), max(_ALL, 0.16 * len(names))))
    axes = figure.add_subplot()
    _draw_ops(axes, rows, resources, span)
    causes = _draw_waits(axes, window)
    axes.set(xlim=span, ylim=(len(names) - 0.4, -0.6), xlabel="clock cycle")
    axes.set_yticks(range(len(names)), names)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    axes.set_title(title, loc="left", fontsize=11)
    _legend(figure, {row[1] for row in rows}, causes)
    return png(figure)
