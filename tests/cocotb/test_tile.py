"""Three designs as Verilog under Verilator, checked on words, codes, cycles and weights."""

import json
from pathlib import Path
from typing import Any

import pytest
from cocotb_tools.runner import get_results

from models.design import design_toml, make_design
from rtl.verilog import write_verilog
from tests.cocotb.wheel import WheelVerilator

SHORTEST = {"forward_cycles": 2, "backward_cycles": 2, "load_cycles": 0, "pulse_cycles": 1}
UPDATE = {"bl": 5, "slots": "used", "phases": 4, "lfsr_bits": 16, "comparator_bits": 10}
WIDTH_DRIVE = {"dac": {"bits": 4, "drive": "pulse-width"}, "adc": {"bits": 6, "count": 2}}

DESIGNS: dict[str, dict[str, Any]] = {
    "default 64x32": {},
    "shortest ops, four phases": {
        "layer": [{"inputs": 3, "outputs": 2}],
        "tile": {"dac": {"bits": 5}, "update": UPDATE},
        "timing": SHORTEST,
    },
    "pulse width, two phases, a register a line": {
        "layer": [{"inputs": 5, "outputs": 7}],
        "tile": WIDTH_DRIVE | {"update": {"bl": 31, "phases": 2, "lfsr_sharing": "line"}},
        "timing": {"preset": "unit"},
    },
}


@pytest.mark.cocotb
@pytest.mark.parametrize("name", DESIGNS)
def test_the_verilog_with_a_numpy_crossbar_equals_the_models(name: str, tmp_path: Path) -> None:
    design = make_design(DESIGNS[name])
    write_verilog(design, tmp_path)
    (tmp_path / "design.toml").write_text(design_toml(design))
    entry = json.loads((tmp_path / "manifest.json").read_text())["modules"][0]
    runner = WheelVerilator([port["name"] for port in entry["ports"]])
    runner.build(
        sources=[tmp_path / entry["file"]],
        hdl_toplevel=entry["module"],
        build_dir=tmp_path / "build",
        build_args=["-Wno-fatal", "-Wno-lint", "-Wno-style"],
        timescale=("1ns", "1ns"),
        log_file=tmp_path / "build.log",
    )
    results = runner.test(
        test_module="tests.cocotb.tile_bench",
        hdl_toplevel=entry["module"],
        build_dir=tmp_path / "build",
        test_dir=tmp_path,
        extra_env={"TILE_FOLDER": str(tmp_path), "TILE_STAGE": "0"},
        log_file=tmp_path / "test.log",
    )
    assert get_results(results) == (4, 0)
