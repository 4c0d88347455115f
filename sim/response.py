"""Measured devices as parts of a page: response curves, steps and drag, figures and sources."""

from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from models.preset import read_preset
from sim.device import COLUMNS, MeasuredDevice, bench_text, train_shares
from sim.page import figure_html, page_html, table_html

#: Up, down, what is measured; then devices side by side (Okabe & Ito 2008), with lines to match.
UP, DOWN, MEASURED, CLOSED, GREY = "#0072B2", "#D55E00", "#000000", "#009E73", "#999999"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
DASHES = ("solid", "dash", "dot", "dashdot")
_NOTE = (
    "Every device starts at its lower bound and takes pulses up, then as many down; lines are "
    "means, bands hold the middle 68 % of the devices, thin lines are single ones. The dashed "
    "line is the mean symmetric point. The drag is a definition of this project: the share of its "
    "distance from the symmetric point that a weight loses by one pulse up and one down; 0 for a "
    "constant step. Measured with all noise, beside its closed form without."
)


def style(place: int) -> tuple[str, str]:
    """Return colour and dash of the device at a place of a comparison: 32 that all differ.

    Neighbours differ in both, so that equal curves show.
    """
    turn, colour = divmod(place, len(COLOURS))
    return COLOURS[colour], DASHES[(place + turn) % len(DASHES)]


def _band(figure: go.Figure, x: Any, band: Any, colour: str, name: str, column: int) -> None:
    """Draw a mean with its band; steps down are dashed, for those that equal steps up."""
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([band.high, band.low[::-1]]),
        fill="toself",
        fillcolor=colour,
        opacity=0.2,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        row=1,
        col=column,
    )
    line = {"color": colour, "dash": "dash" if colour == DOWN else "solid"}
    figure.add_scatter(x=x, y=band.mean, name=name, mode="lines", line=line, row=1, col=column)


def device_figure(shown: MeasuredDevice) -> go.Figure:
    """Return a device's response to a train, its mean steps and its drag, side by side."""
    found = shown.found
    train, pairs, point = found.train, found.pairs, found.point
    titles = ("weight against pulses", "mean step against weight", "change by an up-down pair")
    figure = make_subplots(1, 3, subplot_titles=titles, horizontal_spacing=0.09)
    for place, weights in enumerate(train.singles):
        figure.add_scatter(
            x=train.pulse,
            y=weights,
            name="single devices",
            mode="lines",
            line={"color": GREY, "width": 0.8},
            showlegend=place == 0,
            row=1,
            col=1,
        )
    _band(figure, train.pulse, train, MEASURED, "mean", 1)
    _band(figure, found.weight, found.up, UP, "step up", 2)
    _band(figure, found.weight, found.down, DOWN, "step down", 2)
    figure.add_scatter(
        x=pairs.weight,
        y=pairs.measured,
        error_y={"array": pairs.error, "width": 2, "thickness": 1},
        mode="markers",
        marker={"color": MEASURED, "size": 4},
        name="a pair, measured",
        row=1,
        col=3,
    )
    figure.add_scatter(
        x=pairs.weight,
        y=pairs.closed,
        name="closed form",
        mode="lines",
        line_color=CLOSED,
        row=1,
        col=3,
    )
    figure.add_hline(y=0, line={"color": GREY, "width": 1}, row=1, col=3)
    if point.share:
        for column in (2, 3):
            figure.add_vline(x=point.mean, line={"color": GREY, "dash": "dash"}, row=1, col=column)
    figure.update_layout(
        template="plotly_white",
        height=380,
        margin={"l": 55, "r": 15, "t": 40, "b": 50},
        legend={"orientation": "h", "y": -0.24, "yanchor": "top"},
    )
    figure.update_annotations(font_size=14)
    figure.update_xaxes(title="pulses", row=1, col=1)
    figure.update_yaxes(tickformat="~g")
    figure.update_yaxes(rangemode="tozero", row=1, col=2)
    figure.update_xaxes(title="weight", row=1, col=2)
    figure.update_xaxes(title="weight", row=1, col=3)
    return figure


def comparison_figure(devices: list[MeasuredDevice]) -> go.Figure:
    """Return mean response and asymmetry of all devices in the same axes."""
    x, label = train_shares(devices)
    titles = ("mean weight", "asymmetry of mean steps, (up - down) / (up + down)")
    figure = make_subplots(1, 2, subplot_titles=titles, horizontal_spacing=0.1)
    for place, shown in enumerate(devices):
        colour, dash = style(place)
        found = shown.found
        line = {"color": colour, "dash": dash}
        curves = ((x[place], found.train.mean), (found.weight, shown.asymmetry()))
        for column, (across, up) in enumerate(curves, 1):
            figure.add_scatter(
                x=across,
                y=up,
                name=shown.name,
                legendgroup=shown.name,
                showlegend=column == 1,
                mode="lines",
                line=line,
                row=1,
                col=column,
            )
    figure.update_layout(
        template="plotly_white",
        height=max(440, 120 + 21 * len(devices)),
        margin={"l": 55, "r": 15, "t": 40, "b": 50},
    )
    figure.update_annotations(font_size=14)
    figure.update_xaxes(title=label, row=1, col=1)
    figure.update_xaxes(title="weight", row=1, col=2)
    return figure


def sources_html(shown: MeasuredDevice) -> str:
    """Return every value of a device with where it comes from, folded up."""
    entries = {} if shown.device.preset is None else read_preset("device", shown.device.preset)
    rows = []
    for key, value in shown.device.model_dump(mode="json", exclude_none=True).items():
        entry = entries.get(key)
        if entry is not None and entry.value == value:
            rows.append((key, str(value), "yes" if entry.verified else "no", entry.source))
        elif key != "preset":
            given = key in shown.device.model_fields_set
            rows.append((key, str(value), "", "given" if given else "default"))
    table = table_html(("key", "value", "verified", "source"), rows, text=True)
    return f"<details><summary>Values and their sources</summary>{table}</details>"


def device_parts(shown: MeasuredDevice, title: str) -> list[str]:
    """Return the section of one device."""
    flag = shown.flag_text()
    return [
        f"<h2>{escape(title)}</h2>",
        f'<p class="note">{escape(bench_text(shown))}</p>',
        f'<p class="note">* not verified: {escape(flag)}</p>' if flag else "",
        figure_html(device_figure(shown)),
        table_html(("figure", "value"), shown.figures()),
        sources_html(shown),
    ]


def devices_html(devices: list[MeasuredDevice]) -> str:
    """Return the page: the comparison, then each device."""
    rows = (shown.cells() for shown in devices)
    parts = ["<h1>PulseTrain: devices</h1>", table_html(tuple(COLUMNS), rows), note_html()]
    flags = [flag for shown in devices if (flag := shown.flag_text())]
    if flags:
        parts.append(f'<p class="note">* not verified: {escape("; ".join(flags))}</p>')
    if len(devices) > 1:
        parts += ["<h2>Side by side</h2>", figure_html(comparison_figure(devices))]
    for shown in devices:
        parts += device_parts(shown, shown.name)
    return page_html("PulseTrain devices", parts)


def note_html() -> str:
    """Return what the curves and figures mean."""
    return f'<p class="note">{_NOTE}</p>'
