"""The figure of response functions."""

from collections.abc import Sequence
from statistics import mean, stdev

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from scripts.reproduce.cell import Results
from scripts.reproduce.responses import BATCHES, RULES, SHIFTED
from scripts.reproduce.spread import geometric
from sim.chart import style


def keyed(results: Results, part: str, key: str) -> list[float]:
    """Return the values of a key in a part of the plan, sorted."""
    return sorted({c.keys[key] for c, _ in results.pairs if c.keys["part"] == part})


def _draw_points(
    axes: Axes, x: Sequence[float], groups: Sequence[Sequence[float]], place: int, label: str
) -> None:
    spreads = [stdev(one) if len(one) > 1 else 0.0 for one in groups]
    kind = style(place)
    means = [mean(one) for one in groups]
    axes.errorbar(
        x, means, spreads, fmt=f"{kind['marker']}-", color=kind["color"], capsize=3, label=label
    )


def _draw_responses(axes: Axes, results: Results) -> None:
    powers = keyed(results, "response", "power")
    families = dict.fromkeys(c.keys["family"] for c, _ in results.pairs if "family" in c.keys)
    for place, (rule, family) in enumerate((r, f) for r in RULES for f in families):
        found = [
            results.values("accuracy", rule=rule, family=family, power=power) for power in powers
        ]
        _draw_points(axes, powers, found, place, f"{rule}, {family}")
    axes.set(xlabel="power of the response", ylabel="test accuracy, % (all τ)")
    axes.legend(frameon=False, fontsize=8)


def draw(results: Results, figure: Figure) -> None:
    """Draw accuracies by response, noise and gamma, and losses by shift."""
    parts = [part for part in ("response", "noise", "mixing", "shift") if results.has(part=part)]
    for axes, part in zip(figure.subplots(1, len(parts), squeeze=False)[0], parts, strict=True):
        if part == "response":
            _draw_responses(axes, results)
        elif part == "noise":
            noises = keyed(results, part, "noise")
            for place, rule in enumerate(RULES):
                found = [results.values("accuracy", noise=one, rule=rule) for one in noises]
                _draw_points(axes, [100 * one for one in noises], found, place, rule)
            axes.set(xlabel="cycle-to-cycle noise, %")
            axes.legend(frameon=False, fontsize=8)
        elif part == "mixing":
            gammas = keyed(results, part, "gamma")
            found = [results.values("accuracy", part=part, gamma=one) for one in gammas]
            _draw_points(axes, gammas, found, 2, "")
            axes.set(xlabel="gamma of residual learning")
        else:
            _draw_shifts(axes, results)


def _draw_shifts(axes: Axes, results: Results) -> None:
    shifts = keyed(results, "shift", "shift")
    for place, rule in enumerate(SHIFTED):
        losses = [results.values("loss", rule=rule, shift=shift) for shift in shifts]
        if losses[0]:
            means = [geometric(one) for one in losses]
            kind = style(place)
            axes.plot(shifts, means, marker=kind["marker"], color=kind["color"], label=rule)
    axes.set(yscale="log", xlabel="shift c", ylabel=f"loss, last of {BATCHES} parts")
    axes.legend(frameon=False, fontsize=8)
