"""The page's timeline: the first ops on every array and shared unit, and what arrays wait for."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from sim.page import layout
from sim.palette import CAUSE_COLOURS, HATCHES, IDLE_COLOUR, OP_COLOURS, wait_colours

#: An event of the trace.
Slice = dict[str, Any]

_OPS, _EACH = 240, 36
_NAMES = {"F": "forward", "B": "backward", "U": "update", "T": "transfer", "P": "program"}


def _bars(slices: Sequence[Slice], tracks: Sequence[str]) -> dict[str, Any]:
    return {
        "orientation": "h",
        "y": [tracks[entry["tid"]] for entry in slices],
        "base": [entry["args"]["start"] for entry in slices],
        "x": [entry["args"]["end"] - entry["args"]["start"] for entry in slices],
    }


def _add_ops(figure: go.Figure, shown: Sequence[Slice], tracks: Sequence[str]) -> None:
    for letter, colour in OP_COLOURS.items():
        ops = [entry for entry in shown if entry["cat"] == letter]
        if ops:
            figure.add_bar(
                **_bars(ops, tracks),
                name=f"{letter} ({_NAMES[letter]})",
                text=[str(entry["args"]["sample"]) for entry in ops],
                textposition="inside",
                insidetextanchor="middle",
                marker={"color": colour, "line": {"color": "white", "width": 1}},
                hovertemplate="%{text}<br>cycle %{base}, %{x} long<extra>" + letter + "</extra>",
            )


def _pattern(name: str) -> dict[str, Any]:
    """Return the look of a wait's bars."""
    cause = name.removeprefix("waits: ")
    if cause not in CAUSE_COLOURS:
        return {"color": IDLE_COLOUR}
    ground, line = wait_colours(cause)
    pattern = {"shape": HATCHES[cause], "fgcolor": line, "bgcolor": ground}
    return {"pattern": pattern | {"size": 6, "solidity": 0.2}, "line": {"width": 0}}


def _add_waits(figure: go.Figure, waits: Sequence[Slice], tracks: Sequence[str]) -> None:
    for name in sorted({entry["name"] for entry in waits}):
        own = [entry for entry in waits if entry["name"] == name]
        figure.add_bar(
            **_bars(own, tracks),
            name=name,
            width=0.45,
            marker=_pattern(name),
            hovertemplate="cycle %{base}, %{x} long<extra>" + name + "</extra>",
        )


def timeline_figure(slices: Sequence[Slice], tracks: Sequence[str]) -> go.Figure:
    """Return the first of a trace's slices against clock cycles; `tracks` by their `tid`."""
    figure, count = go.Figure(), len(tracks)
    ops = [entry for entry in slices if entry["cat"] in OP_COLOURS]
    shown = ops[: max(_OPS, 4 * count)]
    ends = sorted(entry["args"]["end"] for entry in shown)
    waits = [entry for entry in slices if entry["cat"] not in OP_COLOURS]
    if ends and len(shown) < len(ops):
        waits = [entry for entry in waits if entry["args"]["start"] < ends[-1]]
    _add_waits(figure, waits, tracks)
    _add_ops(figure, shown, tracks)
    figure.update_layout(barmode="overlay", bargap=0.25, dragmode="pan")
    figure.update_yaxes(categoryorder="array", categoryarray=list(reversed(tracks)))
    if ends:
        first = min(entry["args"]["start"] for entry in shown)
        figure.update_xaxes(range=[first, ends[min(len(ends), _EACH * count) // 2]])
    return layout(figure, "clock cycle (drag to pan, double-click for all)", "", 140 + 50 * count)
