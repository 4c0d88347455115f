"""Samples and cycles against the inverse of the error, on logarithmic axes, as PNG."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from sim.chart import SERIES, new_figure, png, style
from sim.complexity import Exponent, Trained

#: Exponents of the theory that are drawn as guides.
_GUIDES = ((2, "--"), (1, ":"))


def _draw(axes: Axes, curves: Sequence[Trained], errors: Sequence[float], clock: bool) -> float:
    """Draw each run thinly and each schedule's mean; return the least value."""
    least = np.inf
    for place, name in enumerate(dict.fromkeys(curve.schedule for curve in curves)):
        own = [curve for curve in curves if curve.schedule == name]
        points: list[tuple[float, float]] = []
        for error in errors:
            found = [pair[clock] for curve in own if (pair := curve.reached(error)) is not None]
            axes.plot(
                [1 / error] * len(found), found, ".", color=SERIES[place % len(SERIES)], alpha=0.45
            )
            if len(found) == len(own):
                points.append((1 / error, float(np.exp(np.mean(np.log(found))))))
        if points:
            x, y = zip(*points, strict=True)
            axes.plot(x, y, label=name, markersize=6, **style(place))  # type: ignore[arg-type]
            least = min(least, *y)
    return float(least)


def complexity_png(
    curves: Sequence[Trained],
    errors: Sequence[float],
    exponents: dict[str, tuple[Exponent | None, Exponent | None]],
    measure: str,
) -> bytes:
    """Return the chart: points are seeds, lines their geometric means, dashes slopes of theory."""
    figure = new_figure(12.5, 5.6)
    axes = figure.subplots(1, 2)
    names = ("samples", "architectural clock cycles")
    lines: dict[str, Any] = {}
    for clock, (one, name) in enumerate(zip(axes, names, strict=True)):
        one.set(xlabel=f"1 / error ({measure})", ylabel=f"{name} needed")
        if not any(curve.reached(max(errors)) for curve in curves):
            one.text(0.5, 0.5, "no error was reached", ha="center", transform=one.transAxes)
            continue
        least = _draw(one, curves, errors, bool(clock))
        x = np.array([1 / max(errors), 1 / min(errors)])
        for power, dash in _GUIDES:
            if np.isfinite(least):
                guide = 0.7 * least * (x / x[0]) ** power
                one.plot(x, guide, dash, color="#888888", label=f"slope {power}")
        one.set(xscale="log", yscale="log")
        one.grid(visible=True, which="both", alpha=0.25)
        texts = [
            f"{schedule}: slope {found[clock].text}"  # type: ignore[union-attr]
            for schedule, found in exponents.items()
            if found[clock] is not None
        ]
        one.set_title("\n".join(texts), loc="left", fontsize=9)
        handles, labels = one.get_legend_handles_labels()
        lines |= dict(zip(labels, handles, strict=True))
    if lines:
        labels, handles = list(lines), list(lines.values())
        figure.legend(handles, labels, loc="outside lower center", ncols=len(lines), frameon=False)
    return png(figure)
