"""What all charts share: colours, a figure of the right size, its PNG."""

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

#: Op by its code at the analog port: letter, name and colour, told apart by colour-blind eyes
#: (Okabe & Ito 2008).
OPS = {
    1: ("F", "forward", "#0072B2"),
    2: ("B", "backward", "#D55E00"),
    3: ("U", "update", "#009E73"),
    7: ("T", "transfer", "#CC79A7"),
    4: ("P", "program", "#E69F00"),
    5: ("R", "read", "#56B4E9"),
}
#: Colours of machines, schedules and runs.
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#888888")
DASHES = ("-", "--", ":", "-.")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
_DPI = 110


def style(place: int) -> dict[str, str]:
    """Return colour, dash and mark of the series at a place; 32 pairs differ."""
    return {
        "color": SERIES[place % len(SERIES)],
        "linestyle": DASHES[place // len(SERIES) % len(DASHES)],
        "marker": MARKS[place % len(MARKS)],
    }


def new_figure(width: float, height: float) -> Figure:
    """Return a figure of so many inches that needs no screen."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Figure) -> bytes:
    """Return the figure as PNG."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI)
    return buffer.getvalue()
