"""Curves and dots of what was measured, as PNG files."""

from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from benchmarks.result import Result

mpl.use("Agg")

#: Colours of the entries, ours first.
COLOURS = ("tab:blue", "tab:orange", "tab:cyan", "tab:green", "tab:red")


def _measured(results: list[Result], group: str) -> list[Result]:
    return [r for r in results if r.case.group == group and r.error is None]


def _entries(results: list[Result]) -> dict[str, list[Result]]:
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.entry.label, []).append(result)
    return found


def _curve(axes: Axes, results: list[Result], title: str, label: str) -> None:
    for (name, points), colour in zip(_entries(results).items(), COLOURS, strict=False):
        x = [point.case.x or 0 for point in points]
        least = [1e3 * point.least for point in points]
        middle = [1e3 * point.middle for point in points]
        axes.plot(x, least, "o-", label=name, color=colour, markersize=3)
        axes.fill_between(x, least, middle, color=colour, alpha=0.25)
    axes.set(title=title, xlabel=label, ylabel="ms a call", xscale="log", yscale="log")
    axes.grid(visible=True, which="both", alpha=0.3)
    if results:
        axes.legend(fontsize=8)


def curves(results: list[Result], path: Path) -> None:
    """Draw cost against size and against slots: minima, shaded up to the medians."""
    groups = (
        ("size", "update, 2.5 coincidences a device", "lines a side"),
        ("size, forward", "forward, one vector", "lines a side"),
        ("slots", "update, slots / 12 coincidences a device", "slots"),
    )
    figure, axes = plt.subplots(1, len(groups), figsize=(12, 3.6), layout="constrained")
    for place, (group, title, label) in zip(axes, groups, strict=True):
        _curve(place, _measured(results, group), title, label)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def _dots(axes: Axes, results: list[Result], group: str) -> None:
    cases = list(dict.fromkeys(result.case.name for result in results))
    for (label, points), colour in zip(_entries(results).items(), COLOURS, strict=False):
        y = [cases.index(point.case.name) for point in points]
        least = [1e3 * point.least for point in points]
        axes.hlines(y, least, [1e3 * point.middle for point in points], color=colour, alpha=0.4)
        axes.plot(least, y, "o", label=label, color=colour)
    axes.set_yticks(range(len(cases)), [name.replace(", ", "\n") for name in cases], fontsize=7)
    axes.set(title=group, xlabel="ms a call", xscale="log")
    axes.margins(y=0.2)
    axes.invert_yaxis()
    axes.grid(visible=True, which="both", alpha=0.3)
    if cases:
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)


def dots(results: list[Result], path: Path) -> None:
    """Draw updates and reads side by side: minima as dots, with lines to the medians."""
    groups = ("dense update", "sparse update", "reads")
    figure, axes = plt.subplots(1, len(groups), figsize=(13, 4.2), layout="constrained")
    for place, group in zip(axes, groups, strict=True):
        _dots(place, _measured(results, group), group)
    figure.savefig(path, dpi=80)
    plt.close(figure)
