"""Colours of ops and of what stops them on pages; told apart by colour-blind eyes.

Those of ops are of Okabe & Ito (2008).
"""

from models.schedule import CAUSES

OP_COLOURS = {"F": "#0072B2", "B": "#D55E00", "U": "#009E73", "T": "#CC79A7", "P": "#E69F00"}
#: What an array waits for, by cause: browns to greens.
CAUSE_COLOURS = dict(
    zip(
        CAUSES,
        (
            "#f6e8c3", "#dfc27d", "#d8b365", "#bf812d", "#8c510a", "#d9b3d0", "#c7eae5", "#80cdc1",
            "#35978f",
        ),
        strict=True,
    )
)  # fmt: skip
#: Of an array with nothing left to do.
IDLE_COLOUR = "#e0e0e0"
#: Hatch of a cause's bars, by a sign that plotly and matplotlib share.
HATCHES = dict(zip(CAUSES, ("/", "x", "|", "\\", "+", "-", ".", "/", "x"), strict=True))


def mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another, each as #rrggbb."""
    pairs = ((int(colour[n : n + 2], 16), int(other[n : n + 2], 16)) for n in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def wait_colours(cause: str) -> tuple[str, str]:
    """Return the pale ground and the hatch of a cause's bars."""
    own = CAUSE_COLOURS[cause]
    return mixed(own, "#ffffff", 0.6), mixed(own, "#000000", 0.15)
