"""A timeline of ops as PNG: a row for each stage, coloured by op, numbered by sample."""

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.chart import OPS, new_figure, png
from sim.log import OpLog

#: Ops that a timeline shows by default, for each stage.
DEFAULT_OPS = 30
#: Shares of the width below which an op has no number, and no edge.
_NUMBERED, _EDGED = 0.008, 0.003

Row = tuple[int, int, int, int, int]


def timeline_window(
    log: OpLog, stages: int, first: int = 0, cycles: int | None = None
) -> tuple[int, int]:
    """Return first and last cycle to show; by default the last is that of a few ops a stage."""
    if cycles is not None:
        return first, first + cycles
    ends = log.end[log.end > first]
    count = min(len(ends), DEFAULT_OPS * stages)
    return first, int(sorted(ends.tolist())[count - 1]) if count else first + 1


def lanes(rows: list[Row]) -> list[int]:
    """Return a lane for each op of one stage, such that those of a lane do not overlap."""
    free: list[int] = []
    found = []
    for _, _, _, start, end in rows:
        lane = next((n for n, until in enumerate(free) if until <= start), len(free))
        free[lane:] = [end, *free[lane + 1 :]]
        found.append(lane)
    return found


def _draw_stage(axes: Axes, rows: list[Row], base: int, span: tuple[int, int]) -> int:
    """Draw one stage's ops from height `base` on; return its lanes."""
    places = lanes(rows)
    width = span[1] - span[0]
    for (_, op, sample, start, end), lane in zip(rows, places, strict=True):
        share = (end - start) / width
        edge = 0.6 if share > _EDGED else 0.0
        colour = OPS[op][2]
        axes.barh(
            base + lane, end - start, left=start, height=0.86, color=colour, edgecolor="white",
            linewidth=edge,
        )  # fmt: skip
        middle = (max(start, span[0]) + min(end, span[1])) / 2
        if share > _NUMBERED * len(str(sample)):
            axes.text(
                middle, base + lane, str(sample), ha="center", va="center", color="white",
                fontsize=8, clip_on=True,
            )  # fmt: skip
    return max(places, default=0) + 1


def timeline_png(log: OpLog, stages: int, span: tuple[int, int], title: str) -> bytes:
    """Return the ops that run within the cycles of `span`, stage 1 on top."""
    first, last = span
    columns = zip(*(column.tolist() for column in log.columns()), strict=True)
    shown: list[Row] = [row for row in columns if row[4] > first and row[3] < last]
    by_stage = [[row for row in shown if row[0] == stage] for stage in range(stages)]
    heights = [max(lanes(rows), default=0) + 1 for rows in by_stage]
    figure = new_figure(13.0, 1.5 + 0.42 * sum(heights))
    axes = figure.add_subplot()
    base, ticks = 0, []
    for rows, height in zip(by_stage, heights, strict=True):
        _draw_stage(axes, rows, base, span)
        ticks.append(base + (height - 1) / 2)
        base += height
    axes.set(xlim=span, ylim=(base - 0.4, -0.6), xlabel="clock cycle")
    axes.set_yticks(ticks, [f"stage {m + 1}" for m in range(stages)])
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.set_title(title, loc="left", fontsize=11)
    seen = {row[1] for row in shown}
    patches = [
        Patch(color=colour, label=f"{letter} {name}")
        for op, (letter, name, colour) in OPS.items()
        if op in seen
    ]
    figure.legend(handles=patches, loc="outside upper right", ncols=len(patches), frameon=False)
    return png(figure)
