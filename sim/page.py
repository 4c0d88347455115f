"""The shell of every page: one HTML file that opens without a network."""

from collections.abc import Iterable, Sequence
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } .wide { overflow-x: auto; }
th, td { text-align: right; padding: .3rem .7rem; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; } p.note { color: #555; }
table.text th, table.text td { text-align: left; } details { margin: .5rem 0; }
"""


def layout(figure: go.Figure, x: str, y: str, height: int = 380) -> go.Figure:
    """Give a figure with one pair of axes the look of all; return it."""
    figure.update_layout(
        template="plotly_white",
        height=height,
        margin={"l": 60, "r": 20, "t": 20, "b": 50},
        xaxis_title=x,
        yaxis_title=y,
        legend={"orientation": "h", "y": 1.12},
    )
    return figure


def figure_html(figure: go.Figure) -> str:
    """Return a figure as a part of a page, which brings plotly's script itself."""
    return str(
        figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            config={"displayModeBar": False, "responsive": True},
        )
    )


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]], text: bool = False) -> str:
    """Return a table of plain text; `text` aligns every column to the left."""
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    kind = ' class="text"' if text else ""
    return f'<div class="wide"><table{kind}><tr>{names}</tr>{body}</table></div>'


def _cell(text: str) -> str:
    """Return a cell whose number stays on one line with its error."""
    return escape(text).replace(" ± ", "&nbsp;±&nbsp;")


def page_html(title: str, parts: Iterable[str]) -> str:
    """Return the page: `parts` are HTML, figures among them."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><script>{get_plotlyjs()}</script></head>"
        f"<body>{''.join(parts)}</body></html>\n"
    )
