"""What is read out of a netlist and of nextpnr's report."""

import json

import pytest

from benchmarks import fmax

KNOWN = ["prepare", "prepare.rows", "prepare.rows.bank", "port"]


def step(source: str, target: str, delay: float) -> dict[str, object]:
    return {"from": {"cell": source}, "to": {"cell": target}, "delay": delay, "type": "logic"}


REPORT = {
    "fmax": {"$glbnet$clk": {"achieved": 123.45, "constraint": 100.0}},
    "utilization": {
        "TRELLIS_COMB": {"used": 4908},
        "TRELLIS_FF": {"used": 2093},
        "DP16KD": {"used": 0},
        "MULT18X18D": {"used": 1},
    },
    "critical_paths": [
        {"from": "<async>", "to": "posedge clk", "path": [step("a", "b", 99.0)]},
        {
            "from": "posedge clk",
            "to": "posedge clk",
            "path": [
                step("port.idle_TRELLIS_FF_Q", "port.go_LUT4_Z", 0.52),
                step("port.go_LUT4_Z", "prepare.rows.bank.x_LUT4_Z", 1.0),
                step("prepare.rows.bank.x_LUT4_Z", "y_LUT4", 2.25),
                step("y_LUT4", "prepare.first_TRELLIS_FF_Q_3", 0.5),
            ],
        },
    ],
}


def test_cells_and_frequency_are_one_line():
    assert fmax.summary(REPORT) == "LUT4 4,908, FF 2,093, RAM 0, DSP 1; 123.5 MHz"


def test_the_slowest_path_between_registers_is_told_by_submodules():
    assert fmax.path_lines(REPORT, KNOWN) == [
        "from port.idle to prepare.first",
        "  1.52 ns  port",
        "  2.25 ns  prepare.rows.bank",
        "  0.50 ns  tile",
    ]


def test_a_cell_belongs_to_the_innermost_submodule():
    cells = ("prepare.rows.bank.base_LUT4", "prepare.rows.words", "ports_LUT4", "clk")
    assert [fmax.part(cell, KNOWN) for cell in cells] == [
        "prepare.rows.bank",
        "prepare.rows",
        "tile",
        "tile",
    ]


def test_a_controller_becomes_cells_of_the_fpga(tmp_path):
    short = ("tile.update.bl=1", "tile.update.lfsr_bits=8", "tile.update.comparator_bits=4")
    netlist = fmax.synthesise(fmax.tile_config(1, short), tmp_path)
    cells = json.loads(netlist.read_text())["modules"]["tile"]["cells"].values()
    kinds = {cell["type"] for cell in cells}
    assert {"LUT4", "TRELLIS_FF"} <= kinds
    assert kinds <= {"LUT4", "TRELLIS_FF", "CCU2C", "PFUMX", "L6MUX21", "VCC", "GND", "$scopeinfo"}
    assert {"prepare", "prepare.rows.bank", "port", "queue"} <= set(fmax.modules(netlist))


def test_what_the_command_line_sets_is_what_is_built():
    with pytest.raises(ValueError, match=r"^tile\.nothing"):
        fmax.tile_config(4, ("tile.nothing=1",))
    config = fmax.tile_config(4, ("tile.dac.bits=5",))
    assert (config.rows, config.columns, config.tile.dac.bits) == (4, 4, 5)
