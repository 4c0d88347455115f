"""`pulsetrain board` and `registers` as a user calls them; the board is a simulated one."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest

import scripts.board
from models.checkpoint import layer_values, write_checkpoint
from models.csr import register_map
from models.design import Design, design_sha256, read_design
from models.link import Put
from models.number import code_limit
from rtl.board import Core
from rtl.emulated import emulated_tiles
from rtl.emulator import Emulator
from rtl.plan import Plan, make_plan
from rtl.register_text import markdown, register_files
from rtl.remote.client import Client
from rtl.remote.machine import Machine
from sim.reference import Reference
from tests.contract.wire import SimulatedWire

Outcome = tuple[int, str, str]
DESIGN = """
format = 1
[run]
samples = 4
[data]
name = "spiral"
[[layer]]
inputs = 2
outputs = 3
[tile]
output_noise = 0.0
[device]
preset = "emulated"
[algorithm]
lr = 0.3
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def boarded(
    tmp_path: Path, pulsetrain: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Outcome]:
    """The call of `pulsetrain board` with a simulated board, the same at every call."""
    (tmp_path / "spiral.toml").write_text(DESIGN)
    wires: list[SimulatedWire] = []

    def wire(name: str, baud: int) -> SimulatedWire:
        assert (name, baud) == ("COM3", 115200)
        if not wires:
            design, plan = known()
            arrays = [Emulator(tile) for tile in emulated_tiles(design)]
            wires.append(SimulatedWire(Core(plan, design_sha256(design), arrays), []))
        return wires[0]

    monkeypatch.setattr(scripts.board, "SerialWire", wire)
    return lambda *more: pulsetrain("board", "spiral.toml", "--port", "COM3", "--out", "out", *more)


def known() -> tuple[Design, Plan]:
    design = read_design(Path("spiral.toml"), ())
    return design, make_plan(design, Reference(design).planned)


def content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path("out/board.json").read_text())
    return found


def test_a_board_with_emulated_arrays_trains_as_the_model_does(
    boarded: Callable[..., Outcome],
) -> None:
    code, out, err = boarded("--compare")
    assert (code, err) == (0, "")
    assert "requests sent again" in out
    reference = Reference(read_design(Path("spiral.toml"), ()))
    wanted = reference.run()
    found = content()
    assert found["equal"] is True
    assert (found["samples"], found["cycles"], found["errors"]) == (4, wanted.cycles, 0)
    assert found["clocks"] > found["cycles"]
    assert found["stages"][0]["coincidences"] > 0
    rows = list(csv.DictReader(Path("out/predictions.csv").read_text().splitlines()))
    assert [int(row["prediction"]) for row in rows] == wanted.outputs.argmax(axis=1).tolist()
    with np.load("out/weights.npz") as weights:
        assert weights["stage0"].shape == (2, 3)
        np.testing.assert_allclose(weights["stage0"], wanted.weights[0][-1], atol=0.05)
        held = weights["bias0"]
    (values,) = map(layer_values, reference.memory.layers)
    np.testing.assert_array_equal(held, values.bias)
    assert values.bias.any()
    assert boarded("--keep", "--infer", "--out", "kept")[0] == 0
    with np.load("kept/weights.npz") as weights:
        np.testing.assert_array_equal(weights["bias0"], values.bias)


def test_a_board_goes_on_from_a_run_and_infers_with_its_weights(
    boarded: Callable[..., Outcome],
) -> None:
    design, _ = known()
    reference = Reference(design)
    reference.run()
    Path("run").mkdir()
    write_checkpoint(Path("run"), reference.memory.layers, {})
    assert boarded("--start", "run", "--infer", "--compare", "--samples", "2")[0] == 0
    assert content()["equal"] is True
    assert content()["stages"][0]["coincidences"] == 0
    assert boarded("--start", "run", "--compare", "--samples", "2", "--force")[0] == 0
    assert content()["equal"] is True
    assert content()["stages"][0]["coincidences"] > 0
    code, _, err = boarded("--start", "none", "--force")
    assert (code, err) == (2, "pulsetrain: --start: none is not there\n")


#: A rule of two arrays that moves both in four samples.
SEVERAL = 'name = "tiki-taka"\ngamma = 0.5\nlr = 2.0\ntransfer_lr = 8.0'


def test_each_array_of_a_rule_trains_and_reads_back_as_the_model_s(
    boarded: Callable[..., Outcome],
) -> None:
    """A run that begins with another's has the sum in the one array, if it holds it."""
    Path("spiral.toml").write_text(DESIGN.replace("lr = 0.3", SEVERAL))
    reference = Reference(known()[0])
    (layer,) = reference.memory.layers
    bar = layer.crossbar
    before = bar.recorded.copy()
    assert boarded("--compare") == (0, ANY, "")
    assert content()["equal"] is True
    reference.run()
    assert all((own != then).any() for own, then in zip(bar.recorded, before, strict=True))
    limit, lsb = code_limit(bar.config.tile.dac.bits), bar.adc_lsb
    wanted = np.rint(limit * bar.arrays.astype(float) / lsb) * lsb / limit
    assert boarded("--keep", "--infer", "--out", "kept")[0] == 0
    for run in ("out", "kept"):
        with np.load(f"{run}/weights.npz") as found:
            np.testing.assert_array_equal(found["stage0"], wanted)
    Path("run").mkdir()
    write_checkpoint(Path("run"), reference.memory.layers, {})
    assert boarded("--start", "run", "--compare", "--force")[0] == 0
    assert content()["equal"] is True
    bar.weights[0, 0] = 1.25 * bar.devices.w_max[0, 0]
    write_checkpoint(Path("run"), reference.memory.layers, {})
    code, _, err = boarded("--start", "run", "--force")
    assert code == 2
    assert err == (
        "pulsetrain: --start: a weight of stage 0 is the sum of several arrays, and beyond what "
        "the one that begins with it can hold\n"
    )


def test_a_board_infers_without_changing_a_weight(boarded: Callable[..., Outcome]) -> None:
    assert boarded("--infer", "--samples", "2")[0] == 0
    found = content()
    assert (found["samples"], found["stages"][0]["pulses"]) == (2, 0)
    assert "equal" not in found
    code, _, err = boarded()
    assert code == 2
    assert (
        err == "pulsetrain: out: exists already; give --force to overwrite it, or another --out\n"
    )


def test_an_interrupt_halts_the_board(
    boarded: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    put, wires = Machine.put, []

    def stop(self: Machine, channel: Put, items: Any) -> int:
        if channel == Put.ELEMENT:
            wires.append(self.client.wire)
            raise KeyboardInterrupt
        return put(self, channel, items)

    monkeypatch.setattr(Machine, "put", stop)
    code, _, err = boarded()
    assert (code, err) == (
        130,
        "pulsetrain: board: stopped after 0 of 4 samples; it stands still\n",
    )
    (wire,) = wires
    machine = Machine(Client(wire), *known())
    machine.client.sync()
    assert machine.read("control") == 0
    monkeypatch.setattr(Machine, "put", put)
    assert boarded("--keep", "--samples", "1", "--force")[0] == 0
    assert content()["errors"] == 0


def test_a_board_with_another_design_is_refused(boarded: Callable[..., Outcome]) -> None:
    code, _, err = boarded("--set", "algorithm.lr=0.1")
    assert code == 2
    assert err.startswith("pulsetrain: the board holds another design, of SHA-256 ")
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "--port: name the serial port of the board, as in --port /dev/ttyUSB0"),
        (
            ("--port", "/dev/none"),
            "--port /dev/none: cannot be opened: No such file or directory",
        ),
        (
            ("--port", "/dev/none", "--set", "algorithm=multi-tile", "--set", "algorithm.tiles=9"),
            "algorithm.tiles: a host reaches 8 arrays of a stage, not 9",
        ),
        (
            (
                "--port",
                "/dev/none",
                "--set",
                "algorithm=tiki-taka",
                "--set",
                "device.cell.kind=pair",
            ),
            "device.cell: where arrays are several a host writes those of one device a weight",
        ),
        (
            ("--port", "/dev/none", "--set", "algorithm=tiki-taka-2", "--keep"),
            (
                "--keep: what tiki-taka-2 has collected in its digital buffer is lost before a "
                "run; add --infer, or begin anew"
            ),
        ),
        (
            ("--port", "/dev/none", "--compare", "--keep"),
            "--keep: neither the model nor --start has the board's weights; leave one of them out",
        ),
    ],
)
def test_without_a_board_there_is_one_sentence(
    pulsetrain: Callable[..., Outcome], arguments: tuple[str, ...], sentence: str
) -> None:
    assert pulsetrain("board", *arguments) == (2, "", f"pulsetrain: {sentence}\n")


def test_without_pyserial_it_is_named(
    pulsetrain: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    code, _, err = pulsetrain("board", "--port", "COM3")
    assert code == 2
    assert err == (
        'pulsetrain: board: a serial port needs pyserial: pip install "pulsetrain[board]"\n'
    )


def test_registers_are_written_as_verilog_and_as_tables(
    tmp_path: Path, pulsetrain: Callable[..., Outcome]
) -> None:
    (tmp_path / "spiral.toml").write_text(DESIGN)
    code, out, _ = pulsetrain("registers", "spiral.toml", "--out", "out")
    assert code == 0
    assert out.count("wrote ") == 5
    manifest = json.loads(Path("out/manifest.json").read_text())
    ports = {port["name"] for port in manifest["modules"][0]["ports"]}
    assert {"axil__awvalid", "axil__rdata", "tile0__xw", "stall", "clk"} <= ports
    assert "module registered(" in Path("out/registered.v").read_text()


def test_tables_agree_with_the_map(tmp_path: Path) -> None:
    files = register_files(2, "0" * 64)
    space: dict[str, Any] = {}
    exec(files["registers.py"], space)
    assert space["REGISTERS"] == {
        one.name: (
            one.offset,
            one.access.value,
            {field.name: (field.low, field.bits) for field in one.fields},
        )
        for one in register_map(2)
    }
    for one in register_map(2):
        assert f"| 0x{one.offset:03x} | `{one.name}` |" in files["registers.md"]


def test_the_header_gives_a_compiler_the_same_offsets(tmp_path: Path) -> None:
    (tmp_path / "registers.h").write_text(register_files(2, "0" * 64)["registers.h"])
    lines = []
    for one in register_map(2):
        head, _, rest = one.name.partition("_")
        if head.removeprefix("stage").isdigit():
            lines.append((f"STAGE_{rest.upper()}({head.removeprefix('stage')})", one.offset))
            continue
        lines.append((one.name.upper(), one.offset))
        head = one.name.upper()
        lines += [(f"{head}_{field.name.upper()}_MASK", field.mask) for field in one.fields]
    asserts = [f'_Static_assert(PULSETRAIN_{name} == {value}u, "{name}");' for name, value in lines]
    (tmp_path / "main.c").write_text('#include "registers.h"\n' + "\n".join(asserts))
    command = ["gcc", "-std=c11", "-Wall", "-Werror", "-fsyntax-only", "main.c"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0


def test_the_document_holds_the_table() -> None:
    assert markdown(register_map(1)) in (ROOT / "docs" / "host.md").read_text()
