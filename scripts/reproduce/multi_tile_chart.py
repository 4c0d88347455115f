"""The figure of few states and several tiles, and what it shares with the report."""

from statistics import mean, stdev
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.cell import Results
from scripts.reproduce.multi_tile import GAMMAS
from scripts.reproduce.spread import geometric
from sim.chart import style


def lines(results: Results) -> list[dict[str, Any]]:
    """Return the keys of the digits' trainings but the seed, each once."""
    found: list[dict[str, Any]] = []
    for cell, _ in results.pairs:
        keys = {key: value for key, value in cell.keys.items() if key != "seed"}
        if keys["part"] == "digits" and keys not in found:
            found.append(keys)
    return found


def errors(results: Results, tiles: int, gamma: float) -> list[float]:
    """Return the toy's errors, one a seed."""
    return results.values("error", part="toy", tiles=tiles, gamma=gamma)


def toy_tiles(results: Results) -> list[int]:
    """Return the numbers of tiles of the toy."""
    return sorted({c.keys["tiles"] for c, _ in results.pairs if c.keys["part"] == "toy"})


def _draw_accuracies(axes: Axes, results: Results) -> None:
    rows = lines(results)
    for place, states in enumerate(dict.fromkeys(row["states"] for row in rows)):
        own = [row for row in rows if row["states"] == states]
        found = [results.values("accuracy", **row) for row in own]
        kind = style(place)
        labels = [f"{row['rule']}, {row['tiles']}\n{row['epochs']} epochs" for row in own]
        axes.errorbar(labels, [mean(one) for one in found], [stdev(one) for one in found],
                      fmt=kind["marker"], color=kind["color"], capsize=3,
                      label=f"{states} states")  # fmt: skip
    axes.tick_params("x", labelsize=7, rotation=60 if len(rows) > 8 else 0)
    axes.set(ylabel="test accuracy of the digits, %")
    axes.legend(frameon=False)


def draw(results: Results, figure: Figure) -> None:
    """Draw accuracies by rule and states, and the toy's error over gamma."""
    left, right = figure.subplots(1, 2)
    _draw_accuracies(left, results)
    for place, tiles in enumerate(toy_tiles(results)):
        kind = style(place)
        means = [geometric(errors(results, tiles, gamma)) for gamma in GAMMAS]
        label = f"{tiles} tiles"
        right.plot(GAMMAS, means, color=kind["color"], marker=kind["marker"], label=label)
        guide = [means[-1] * (gamma / GAMMAS[-1]) ** (2 * (tiles - 1) / 3) for gamma in GAMMAS]
        right.plot(GAMMAS, guide, "--", color=kind["color"], linewidth=0.8)
    right.set(xscale="log", yscale="log", xlabel="gamma", ylabel="mean squared error on (w - b)²")
    right.set_xticks(GAMMAS, [f"{gamma:g}" for gamma in GAMMAS])
    right.minorticks_off()
    right.set_title("dashed: gamma^(2N/3)", fontsize=9)
    right.legend(frameon=False)
