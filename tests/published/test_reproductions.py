"""Every system of the sources, reduced: its claims hold, with tolerances from the seeds' spread."""

import pytest

from scripts.reproduce.catalogue import CATALOGUE
from scripts.reproduce.reproduction import Report, Scale
from scripts.reproduce.run import run_cells
from scripts.reproduce.text import report_text
from sim.chart import new_figure, png

#: Claims of each that a reduced version can decide.
CLAIMS = {
    "exact-least-squares": {
        "floor",
        "noise",
        "range",
        "start",
        "bound",
        "tiki-taka",
        "unsettled",
        "dynamics",
        "not-digital",
    },
    "pipeline": {"cycles", "density", "speed-up", "samples-async", "cycles-fill-drain",
                 "cycles-async"},
    "update-time": {"closed-form", "clock", "fastest"},
    "response-functions": {"falls", "residual", "steady", "shift-tiki-taka", "reference"},
    "residual-multi-tile": {
        "tiles",
        "tiki-taka",
        "exponent",
        "error",
        "costs",
        "storage",
        "energy",
    },
    "batched-tiles": {"times", "speed-ups", "energy", "epochs-1", "trains", "faster-1", "faster-2"},
    "devices": {"harm", "help", "noise", "spread", "converters"},
}  # fmt: skip


def reduced(name: str) -> Report:
    """The report of the least version, drawn and written too."""
    one, scale = CATALOGUE[name], Scale("least")
    results = run_cells(one.plan(scale))
    figure = new_figure(*one.size)
    one.draw(results, figure)
    assert png(figure)
    report = one.report(results, scale)
    assert "What differs" in report_text(report)
    return report


@pytest.mark.parametrize("name", CLAIMS)
def test_what_the_source_claims_holds_in_a_reduced_version(name):
    found = {claim.key: claim for claim in reduced(name).claims}
    wrong = {key: found[key].ours for key in CLAIMS[name] if not found[key].holds}
    assert not wrong
