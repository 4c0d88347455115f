"""The accelerator's files: its ports are those of the contract, and any front end reads them."""

import json
from pathlib import Path
from typing import Any

import pytest
from pyslang.ast import Compilation
from pyslang.syntax import SyntaxTree

from models.design import Design, design_sha256, make_design
from models.error import DesignError
from rtl.writing import write_accelerator

TABLES: dict[str, Any] = {
    "layer": [{"inputs": 3, "outputs": 2, "activation": "tanh"}, {"inputs": 2, "outputs": 4}],
    "tile": {"update": {"bl": 3}},
}
DAC, ADC, BL = 7, 9, 3


#: A host's look at a bias.
BIAS_IN = {"line": 7, "look": 1, "value": 40, "load": 1}
BIAS_OUT = {"there": 1, "fresh": 1, "state": 40, "loaded": 1}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Design, Path]:
    folder = tmp_path_factory.mktemp("accelerator")
    design = make_design(TABLES)
    write_accelerator(design, folder, 50)
    return design, folder


def tile(number: int, rows: int, columns: int) -> dict[str, tuple[int, str]]:
    """Ports of a stage's tile and of its monitor."""
    port = {
        "tag": 32,
        "op": 3,
        "sample": 32,
        "attempt": 8,
        "x": rows * DAC,
        "d": columns * DAC,
        "xw": rows * BL,
        "xs": rows,
        "dw": columns * BL,
        "ds": columns,
        "bl": 6,
    }
    found = {f"tile{number}__{name}": (width, "output") for name, width in port.items()}
    found[f"tile{number}__y"] = (max(rows, columns) * ADC, "input")
    trace = {"start": 1, "op": 3, "sample": 32, "end": 1, "cause": 3}
    trace |= {"x_pulses": 8, "d_pulses": 8}
    return found | {f"trace{number}__{name}": (width, "output") for name, width in trace.items()}


def ports() -> dict[str, tuple[int, str]]:
    """All ports, with widths and directions."""
    streams = {
        "i": (16, "in"),
        "i_label": (2 + 1, "in"),
        "o": (16 + 1, "out"),
        "o_class": (2, "out"),
    }
    streams |= {"i_host": (1 + 3 + 2 + 8 + DAC + 1, "in"), "o_host": (ADC + 1, "out")}
    found = {"clk": (1, "input"), "rst": (1, "input"), "stall": (2, "input")}
    for name, (width, way) in streams.items():
        ahead, back = ("input", "output") if way == "in" else ("output", "input")
        found |= {f"{name}__payload": (width, ahead), f"{name}__valid": (1, ahead)}
        found[f"{name}__ready"] = (1, back)
    register = {"line": 7, "seed": 32, "load": 1}
    control = {"halt": 1, "number": 8, "stage__frozen": 1, "stage__rate": 3}
    control |= {"stage__tile__limit": 3, "stage__tile__side": 1}
    control |= {f"stage__tile__register__{name}": width for name, width in register.items()}
    control |= {f"stage__bias__{name}": n for name, n in BIAS_IN.items()}
    found |= {f"control__{name}": (width, "input") for name, width in control.items()}
    found |= {f"control__stage__bias__{name}": (n, "output") for name, n in BIAS_OUT.items()}
    found |= {"control__stage__tile__register__state": (32, "output"), "tick": (1, "output")}
    found |= {"cycle": (48, "output"), "clock": (48, "output"), "done": (1, "output")}
    return found | tile(0, 3, 2) | tile(1, 2, 4)


def test_the_manifest_names_every_port(written: tuple[Design, Path]) -> None:
    design, folder = written
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["design_sha256"] == design_sha256(design)
    (entry,) = manifest["modules"]
    assert {p["name"]: (p["width"], p["direction"]) for p in entry["ports"]} == ports()
    stage = entry["stages"][1]
    assert (stage["inputs"], stage["outputs"]) == (2, 4)


def test_another_front_end_elaborates_the_verilog_with_these_ports(
    written: tuple[Design, Path],
) -> None:
    compilation = Compilation()
    compilation.addSyntaxTree(SyntaxTree.fromFile(str(written[1] / "accelerator.v")))
    (top,) = compilation.getRoot().topInstances
    assert top.name == "accelerator"
    assert [one for one in compilation.getAllDiagnostics() if one.isError()] == []
    direction = {"In": "input", "Out": "output"}
    found = {
        port.name: (port.type.bitWidth, direction[port.direction.name])
        for port in top.body.portList
    }
    assert found == ports()


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"tile": {"rows": 2}}, "tile.rows: digital units are written for one tile a layer"),
        ({"tile": {"adc": {"bank": [1, 1]}}}, "tile.adc.bank: the schedulers in Verilog share"),
        ({"network": {"start": "run"}}, "network.start: the accelerator in Verilog starts"),
        ({"algorithm": {"name": "agad"}}, "algorithm.name: the digital steps of agad's transfers"),
        (
            {"layer": [{"inputs": 3, "outputs": 2, "dropout": 0.5}, {"inputs": 2, "outputs": 4}]},
            "layer.0.dropout: no digital",
        ),
    ],
)
def test_what_is_not_built_is_refused_by_its_key(
    tables: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(DesignError, match=f"^{sentence}"):
        write_accelerator(make_design(TABLES | tables), tmp_path / "v", 50)
    assert not (tmp_path / "v").exists()
