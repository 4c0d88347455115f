"""Measured devices as a picture: a PNG with one row a device."""

from io import BytesIO

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.device import MeasuredDevice, train_shares
from sim.response import CLOSED, DOWN, GREY, MEASURED, UP, style

#: Inches, and dots of one.
_WIDTH, _ROW, _HEAD, _FOOT, _DPI = 13.0, 3.2, 0.9, 0.75, 100
_DASHES = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}


def _train(axes: Axes, shown: MeasuredDevice) -> None:
    train = shown.found.train
    for place, weights in enumerate(train.singles):
        label = "single devices" if place == 0 else None
        axes.plot(train.pulse, weights, color=GREY, linewidth=0.6, label=label)
    axes.fill_between(
        train.pulse, train.low, train.high, color=MEASURED, alpha=0.15, label="16 to 84 % of them"
    )
    axes.plot(train.pulse, train.mean, color=MEASURED, linewidth=1.6, label="mean")
    axes.set(xlabel="pulses: up, then down", ylabel="weight")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.axvline(train.pulses, color=GREY, linewidth=0.6, linestyle=":")


def _steps(axes: Axes, shown: MeasuredDevice) -> None:
    found = shown.found
    for band, colour, name, dash in ((found.up, UP, "up", "-"), (found.down, DOWN, "down", "--")):
        axes.fill_between(found.weight, band.low, band.high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(found.weight, band.mean, color=colour, linestyle=dash, label=f"step {name}")
    axes.set(xlabel="weight", ylabel="mean step")
    axes.set_ylim(bottom=0)
    _mark(axes, shown)


def _pairs(axes: Axes, shown: MeasuredDevice) -> None:
    pairs = shown.found.pairs
    axes.errorbar(
        pairs.weight,
        pairs.measured,
        pairs.error,
        fmt=".",
        markersize=4,
        linewidth=0.8,
        color=MEASURED,
        label="pair, measured",
    )
    axes.plot(pairs.weight, pairs.closed, color=CLOSED, label="pair, closed form")
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set(xlabel="weight", ylabel="change by up, down")
    _mark(axes, shown)


def _mark(axes: Axes, shown: MeasuredDevice) -> None:
    """Mark the mean symmetric point and its spread."""
    point = shown.found.point
    if point.share:
        axes.axvspan(point.mean - point.spread, point.mean + point.spread, color=GREY, alpha=0.15)
        axes.axvline(
            point.mean, color=GREY, linewidth=1, linestyle="--", label="symmetric point, ± spread"
        )


def _row(axes: list[Axes], shown: MeasuredDevice) -> None:
    for place, draw in zip(axes, (_train, _steps, _pairs), strict=True):
        draw(place, shown)
        place.grid(visible=True, alpha=0.3)
        place.ticklabel_format(axis="y", style="sci", scilimits=(-2, 4))
    star = "*" if shown.flags else ""
    axes[0].set_title(f"{shown.name}{star}", fontweight="bold", loc="left", fontsize=11)
    axes[1].set_title(shown.point_title(), loc="left", fontsize=9)
    axes[2].set_title(shown.drag_title(), loc="left", fontsize=9)


def _comparison(axes: list[Axes], devices: list[MeasuredDevice]) -> None:
    x, label = train_shares(devices)
    for place, shown in enumerate(devices):
        colour, dash = style(place)
        curves = ((x[place], shown.found.train.mean), (shown.found.weight, shown.asymmetry()))
        for drawn, (across, up) in zip(axes, curves, strict=False):
            drawn.plot(across, up, color=colour, linestyle=_DASHES[dash], label=shown.name)
    axes[0].set(xlabel=label, ylabel="mean weight")
    axes[1].set(xlabel="weight", ylabel="(up - down) / (up + down)")
    for drawn in axes[:2]:
        drawn.grid(visible=True, alpha=0.3)
    axes[2].axis("off")
    handles, names = axes[0].get_legend_handles_labels()
    columns = 1 if len(names) <= 12 else 2
    axes[2].legend(handles, names, loc="upper left", fontsize=8, ncols=columns, frameon=False)


def picture_png(devices: list[MeasuredDevice]) -> bytes:
    """Return the picture: all devices in the same axes where there are several, then each."""
    compared = len(devices) > 1
    rows = len(devices) + compared
    high = rows * _ROW + _HEAD + _FOOT
    figure = Figure(figsize=(_WIDTH, high))
    FigureCanvasAgg(figure)
    edges = {"left": 0.055, "right": 0.985, "top": 1 - _HEAD / high, "bottom": _FOOT / high}
    grid = figure.subplots(
        rows, 3, squeeze=False, gridspec_kw=edges | {"hspace": 0.5, "wspace": 0.27}
    )
    if compared:
        _comparison(list(grid[0]), devices)
    entries: dict[str, Artist] = {}
    for axes, shown in zip(grid[int(compared) :], devices, strict=True):
        _row(list(axes), shown)
        for place in axes:
            handles, names = place.get_legend_handles_labels()
            entries |= dict(zip(names, handles, strict=True))
    figure.legend(
        list(entries.values()),
        list(entries),
        loc="upper center",
        bbox_to_anchor=(0.5, 1 - 0.05 / high),
        ncols=len(entries),
        fontsize=8,
    )
    flags = [flag for shown in devices if (flag := shown.flag_text())]
    if flags:
        figure.text(0.01, 0.08 / high, f"* not verified: {'; '.join(flags)}", fontsize=8)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
