import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.design import Design, design_sha256, make_design, read_design
from models.error import DesignError
from models.tile import tile_config
from models.timing import backward_cycles, forward_cycles, update_cycles
from rtl import verilog
from rtl.verilog import module_names, write_tiles


def small(*sizes: int, **tile: object) -> Design:
    layers = [{"inputs": a, "outputs": b, "activation": "linear"} for a, b in pairwise(sizes)]
    return make_design({"layer": layers, "tile": {"update": {"bl": 3}, **tile}})


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Design, Path, list[Path]]:
    design, folder = small(3, 2, 2), tmp_path_factory.mktemp("verilog") / "out"
    return design, folder, write_tiles(design, folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text())


def header_ports(text: str, module: str) -> dict[str, tuple[str, int]]:
    """Return direction and width of every port that one module of a Verilog text declares."""
    body = re.search(rf"^module {module}\(.*?^endmodule", text, re.DOTALL | re.MULTILINE)
    assert body
    found = re.finditer(
        r"^  (input|output) (?:reg |signed )*(?:\[(\d+):0\] )?(\w+) ?;", body[0], re.MULTILINE
    )
    return {
        name: (direction, int(top or 0) + 1) for direction, top, name in map(re.Match.groups, found)
    }


def test_every_stage_has_its_module_and_the_manifest_comes_last(
    written: tuple[Design, Path, list[Path]],
) -> None:
    _, folder, files = written
    assert [path.name for path in files] == ["tile_3x2.v", "tile_2x2.v", "manifest.json"]
    assert sorted(folder.iterdir()) == sorted(files)


def test_the_manifest_names_the_ports_of_the_verilog(
    written: tuple[Design, Path, list[Path]],
) -> None:
    _, folder, _ = written
    for entry in read_manifest(folder)["modules"]:
        text = (folder / entry["file"]).read_text()
        listed = {port["name"]: (port["direction"], port["width"]) for port in entry["ports"]}
        assert header_ports(text, entry["module"]) == listed


def test_the_analog_port_keeps_the_names_and_widths_of_the_contract(
    written: tuple[Design, Path, list[Path]],
) -> None:
    _, folder, _ = written
    ports = {port["name"]: port for port in read_manifest(folder)["modules"][0]["ports"]}
    outputs = {name: p["width"] for name, p in ports.items() if p["direction"] == "output"}
    inputs = {name: p["width"] for name, p in ports.items() if p["direction"] == "input"}
    rows, columns, bl, dac, adc = 3, 2, 3, 7, 9
    assert outputs == {
        "i__ready": 1,
        "o__payload": 3 + 32 + 3 * adc + 3 + 9,
        "o__valid": 1,
        "tag": 32,
        "op": 3,
        "sample": 32,
        "attempt": 8,
        "x": rows * dac,
        "d": columns * dac,
        "xw": rows * bl,
        "xs": rows,
        "dw": columns * bl,
        "ds": columns,
        "bl": 6,
        "control__register__state": 32,
        "x_pulses": 2,
        "d_pulses": 2,
    }
    payload = 3 + 32 + (rows + columns) * 16 + 3 * 8
    assert inputs == {
        "clk": 1,
        "rst": 1,
        "i__payload": payload,
        "i__valid": 1,
        "o__ready": 1,
        "y": rows * adc,
        "stall": 1,
        "control__limit": 3,
        "control__side": 1,
        "control__register__line": 7,
        "control__register__seed": 32,
        "control__register__load": 1,
    }
    fields = ports["i__payload"]["fields"]
    assert list(fields) == ["op", "sample", "x", "d", "ex", "ed", "gain"]
    assert fields["gain"] == {"offset": payload - 8, "width": 8}


def test_the_manifest_states_the_design_and_its_cycles(
    written: tuple[Design, Path, list[Path]],
) -> None:
    design, folder, _ = written
    manifest = read_manifest(folder)
    assert manifest["design_sha256"] == design_sha256(design)
    for stage, entry in enumerate(manifest["modules"]):
        config = tile_config(design, stage)
        assert (entry["stage"], entry["tile"]) == (stage, [0, 0])
        assert entry["cycles"] == {
            "F": forward_cycles(config),
            "B": backward_cycles(config),
            "U": update_cycles(config),
            "PROGRAM": 2,
            "READ": forward_cycles(config),
            "prepare_F": 5,
            "prepare_B": 5,
            "prepare_U": 8,
        }


def test_tiles_of_one_size_are_modules_of_their_own(
    written: tuple[Design, Path, list[Path]],
) -> None:
    assert module_names(small(2, 2, 2)) == ["tile_2x2_stage0", "tile_2x2_stage1"]
    assert module_names(small(2, 2, 3, 2)) == ["tile_2x2", "tile_2x3", "tile_3x2"]


def test_every_tile_of_a_split_layer_is_a_module(tmp_path: Path) -> None:
    tables = {"layer": [{"inputs": 3, "outputs": 2}], "tile": {"rows": 2, "columns": 1}}
    design = make_design(tables)
    names = module_names(design)
    assert names == [
        "tile_2x1_stage0_row0_column0",
        "tile_2x1_stage0_row0_column1",
        "tile_1x1_stage0_row1_column0",
        "tile_1x1_stage0_row1_column1",
    ]
    files = write_tiles(design, tmp_path)
    assert [path.name for path in files[:-1]] == [f"{name}.v" for name in names]
    modules = read_manifest(tmp_path)["modules"]
    assert [entry["tile"] for entry in modules] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    bodies = {
        path.read_text().replace(name, "") for path, name in zip(files[:-1], names, strict=True)
    }
    assert len(bodies) == 4


def test_a_tile_of_a_split_layer_of_more_than_128_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as error:
        write_tiles(small(600, 4), tmp_path / "out")
    assert str(error.value) == (
        "tile.rows: Verilog is written for at most 128 lines a side, not 300"
    )


def test_the_same_design_gives_the_same_text(
    written: tuple[Design, Path, list[Path]], tmp_path: Path
) -> None:
    design, _, files = written
    again = write_tiles(design, tmp_path)
    assert [path.read_text() for path in again] == [path.read_text() for path in files]


@pytest.mark.parametrize(("sizes", "key"), [((129, 4), "inputs"), ((4, 200), "outputs")])
def test_a_side_of_more_than_128_lines_is_refused(
    sizes: tuple[int, int], key: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    with pytest.raises(DesignError) as error:
        write_tiles(small(*sizes), folder)
    assert str(error.value) == (
        f"layer.0.{key}: Verilog is written for at most 128 lines a side, not {max(sizes)}"
    )
    assert not folder.exists()


def test_a_layer_with_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DesignError) as error:
        write_tiles(read_design(None, ("layer.1.adapter_rank=2",)), tmp_path / "out")
    assert str(error.value) == (
        "layer.1.adapter_rank: Verilog is written for layers without adapters"
    )
    assert not (tmp_path / "out").exists()


NOT_BUILT = {
    "pulse_type": (
        "random",
        'tile.update.pulse_type: Verilog is written for "lfsr" alone, not "random"',
    ),
    "update_management": (
        False,
        "tile.update.update_management: Verilog is written for true alone, not false",
    ),
    "um_grad_scale": (0.5, "tile.update.um_grad_scale: Verilog is written for 1.0 alone, not 0.5"),
    "fixed_bl": (False, "tile.update.fixed_bl: Verilog is written for true alone, not false"),
}


@pytest.mark.parametrize("key", NOT_BUILT)
def test_pulse_trains_that_are_not_built_are_refused(key: str, tmp_path: Path) -> None:
    value, sentence = NOT_BUILT[key]
    tables = {"run": {"profile": "behavioural"}, "tile": {"update": {key: value}}}
    with pytest.raises(DesignError) as error:
        write_tiles(make_design(tables), tmp_path / "out")
    assert str(error.value) == sentence
    assert not (tmp_path / "out").exists()


NOT_CONTROLLED = {
    "profile=behavioural": (
        'tile.noise_management: Verilog is written for "shift" alone, not "abs-max"'
    ),
    'device.cell={kind = "pair", refresh_every = 5}': (
        "device.cell.refresh_every: the controller in Verilog has no refresh; leave it out"
    ),
    "algorithm=tiki-taka": (
        "algorithm.name: the tile's controller alone has no transfers, which tiki-taka needs; the "
        "whole accelerator has"
    ),
    "tile.bound_management=iterative": (
        'tile.bound_management: Verilog is written for "none" alone, not "iterative"'
    ),
    "tile.dac.bound=0.5": "tile.dac.bound: Verilog is written for 1.0 alone, not 0.5",
    "tile.dac.rounding=stochastic": (
        'tile.dac.rounding: Verilog is written for "nearest" alone, not "stochastic"'
    ),
    "tile.adc.lower=0.5": "tile.adc.lower: Verilog is written for 1.0 alone, not 0.5",
}


@pytest.mark.parametrize("override", NOT_CONTROLLED)
def test_a_periphery_that_the_controller_does_not_build_is_refused(
    override: str, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    with pytest.raises(DesignError) as error:
        write_tiles(read_design(None, (override,)), folder)
    assert str(error.value) == NOT_CONTROLLED[override]
    assert not folder.exists()


def test_too_short_registers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"^tile\.update\.lfsr_bits: registers of 8 bits"):
        write_tiles(small(100, 90, update={"lfsr_bits": 8, "comparator_bits": 8}), tmp_path)


def test_a_failure_leaves_the_files_of_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tile_2x1.v").write_text("before")
    monkeypatch.setattr(verilog, "_PASSES", ("proc", "no_such_pass"))
    with pytest.raises(RuntimeError, match="Yosys failed on tile_2x1"):
        write_tiles(small(2, 1), tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["before"]
