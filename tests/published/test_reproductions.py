"""Every system of the sources, reduced: its claims hold, with tolerances from the seeds' spread."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from models.data import load_data
from models.design import Design
from models.section import Data
from scripts.reproduce import mnist, trial
from scripts.reproduce.catalogue import CATALOGUE
from scripts.reproduce.cell import Found, Results, Tell
from scripts.reproduce.devices import SETTINGS
from scripts.reproduce.reproduction import Report, Scale
from scripts.reproduce.run import run_cells
from scripts.reproduce.text import report_text
from sim.chart import new_figure, png

RESULTS = Path(__file__).parents[2] / "docs" / "results"

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
    "exact-mnist": {"collapse-FCN", "floor-FCN"},
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


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """The embedded digits as images of 28x28 in a folder of IDX files."""
    data = load_data(Data())
    for prefix, part in (("train", data.train), ("t10k", data.test)):
        large = np.kron(part.pixels.reshape(-1, 8, 8), np.ones((1, 3, 3), np.uint8)) * 15
        padded = np.pad(large, ((0, 0), (2, 2), (2, 2))).astype(np.uint8)
        for name, values in (("images-idx3", padded), ("labels-idx1", part.labels)):
            head = struct.pack(f">I{values.ndim}I", 0x800 + values.ndim, *values.shape)
            content = head + values.astype(np.uint8).tobytes()
            (tmp_path / f"{prefix}-{name}-ubyte").write_bytes(content)
    return tmp_path


def reduced(name: str, data: Path | None) -> Report:
    """The report of the least version, drawn and written too."""
    one, scale = CATALOGUE[name], Scale("least", data)
    results = run_cells(one.plan(scale))
    figure = new_figure(*one.size)
    one.draw(results, figure)
    assert png(figure)
    report = one.report(results, scale)
    assert "What differs" in report_text(report)
    return report


@pytest.mark.parametrize("name", CLAIMS)
def test_what_the_source_claims_holds_in_a_reduced_version(name, images):
    data = images if CATALOGUE[name].data == "required" else None
    found = {claim.key: claim for claim in reduced(name, data).claims}
    wrong = {key: found[key].ours for key in CLAIMS[name] if not found[key].holds}
    assert not wrong


class ReadError(Exception):
    """The design of a training was read."""


@pytest.mark.parametrize("level", ["quick", "full"])
@pytest.mark.parametrize("name", [name for name, one in CATALOGUE.items() if one.data != "no"])
def test_every_training_on_images_has_a_design_that_can_be(name, level, images, monkeypatch):
    def stop(design: Design, tell: Tell) -> Found:
        raise ReadError

    for module in (trial, mnist):
        monkeypatch.setattr(module, "train", stop)
    found = {}
    for cell in CATALOGUE[name].plan(Scale(level, images)):
        if cell.work.__module__ in (trial.__name__, mnist.__name__):
            found[str({**cell.keys, "seed": 0})] = cell
    assert found
    for cell in found.values():
        with pytest.raises(ReadError):
            cell.work(Results(), lambda share: None)


def test_every_reproduction_has_claims_that_are_tested():
    assert set(CLAIMS) == set(CATALOGUE)


def test_short_runs_take_the_settings_that_the_full_grid_has_found():
    cells = json.loads((RESULTS / "devices" / "result.json").read_text())["cells"]
    for preset, rules in SETTINGS.items():
        for rule, chosen in rules.items():
            tried = {"tune": preset, "rule": rule}.items()
            own = [one for one in cells if tried <= one["keys"].items()]
            assert max(own, key=lambda one: one["found"]["accuracy"])["keys"]["rates"] == chosen
