"""The figure of least squares: floors over ranges, dynamics, and both rules."""

from math import log10
from statistics import mean

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.cell import Found, Results
from scripts.reproduce.least_squares import POINTS, STARTS
from sim.chart import style


def floors(results: Results) -> dict[tuple[float, float], Found]:
    """Return the rests from W = 0, by variance of the noise and range."""
    return {
        (cell.keys["variance"], cell.keys["tau"]): found
        for cell, found in results.pairs
        if cell.keys["part"] == "floor" and cell.keys["start"] == STARTS[0]
    }


def ranges(results: Results) -> list[float]:
    """Return the ranges of the dynamics."""
    return sorted({c.keys["tau"] for c, _ in results.pairs if c.keys["part"] == "dynamics"})


def _draw_floors(axes: Axes, results: Results) -> None:
    found = floors(results)
    for place, variance in enumerate(sorted({one for one, _ in found})):
        taus = sorted(tau for one, tau in found if one == variance)
        own = [found[variance, tau] for tau in taus]
        kind = style(place)
        axes.plot(taus, [one["exact"] for one in own], color=kind["color"])
        axes.plot(
            taus,
            [one["square"] for one in own],
            linestyle="",
            marker=kind["marker"],
            color=kind["color"],
            label=f"sigma² = 1e{log10(variance):.0f}",
        )
    axes.set(xscale="log", yscale="log", xlabel="range τ", ylabel="|E g|² at rest")
    taus = sorted({tau for _, tau in found})
    axes.set_xticks(taus, [f"{tau:g}" for tau in taus])
    axes.minorticks_off()
    axes.set_title("marks: devices; lines: fixed point", fontsize=9)
    axes.legend(frameon=False, fontsize=8)


def _draw_dynamics(axes: Axes, results: Results) -> None:
    taus = ranges(results)
    x = range(1, POINTS + 1)
    for place, tau in enumerate(taus):
        runs = results.where(part="dynamics", tau=tau)
        color = style(place)["color"]
        for kind, look in (("devices", "-"), ("equation", "--")):
            means = [mean(values) for values in zip(*(one[kind] for one in runs), strict=True)]
            label = f"τ {tau:g}" if kind == "devices" else None
            axes.plot(x, means, look, color=color, label=label)
    digital = zip(*(one["digital"] for one in results.where(part="dynamics")), strict=True)
    axes.plot(x, [mean(values) for values in digital], ":", color="#444444", label="digital SGD")
    axes.set(yscale="log", xlabel="steps / 100", ylabel="mean f")
    axes.set_title("solid: devices; dashed: equation 3", fontsize=9)
    axes.legend(frameon=False, fontsize=8)


def _draw_rules(axes: Axes, results: Results) -> None:
    own = [(c, f) for c, f in results.pairs if c.keys["part"] == "against"]
    labels = [f"{c.keys['rule']}\nsigma {c.keys['sigma']:g}" for c, _ in own]
    colors = ["#0072B2" if c.keys["rule"] == "analog-sgd" else "#D55E00" for c, _ in own]
    axes.barh(range(len(own)), [f["mean_square"] for _, f in own], color=colors)
    axes.set_yticks(range(len(own)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="mean |g|² in the second half")


def draw(results: Results, figure: Figure) -> None:
    """Draw floors over ranges, the dynamics, and both rules."""
    left, middle, right = figure.subplots(1, 3)
    _draw_floors(left, results)
    _draw_dynamics(middle, results)
    _draw_rules(right, results)
