"""Emitted Verilog of one tile with the NumPy crossbar at its port; runs in the simulator.

`TILE_FOLDER` names the folder of the Verilog, its manifest and the design; `TILE_STAGE` the stage.
"""

import json
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.handle import SimHandleBase
from cocotb.triggers import FallingEdge, RisingEdge

from models.design import read_design
from models.tile import tile_config
from rtl.cosim.array import answer, starting_array
from rtl.cosim.packing import fields, pack, unpack
from tests.bench import Account, Command, Expectation, Go, Result, random_commands

FOLDER = Path(os.environ["TILE_FOLDER"])
STAGE = int(os.environ["TILE_STAGE"])
PORT = ("tag", "op", "sample", "attempt", "x", "d", "xw", "xs", "dw", "ds", "bl")
OPS = 40


class Layout:
    """Fields of a packed port, by the manifest."""

    def __init__(self, port: dict[str, Any]) -> None:
        self.fields = {name: (f["offset"], f["width"]) for name, f in port["fields"].items()}

    def word(self, values: dict[str, int]) -> int:
        """Return fields as one word."""
        return sum(
            (values[name] & ((1 << width) - 1)) << offset
            for name, (offset, width) in self.fields.items()
        )

    def split(self, word: int) -> dict[str, int]:
        """Return the unsigned fields of a word."""
        return {
            name: word >> offset & ((1 << width) - 1)
            for name, (offset, width) in self.fields.items()
        }


class TileBench:
    """Clock, streams and array around one tile; every time is an architectural cycle.

    Inputs change at the rising edge and outputs are read at the falling one, when all has settled.
    """

    def __init__(self, dut: SimHandleBase, pattern: np.random.Generator, busy: float) -> None:
        self.dut = dut
        self.design = read_design(FOLDER / "design.toml")
        self.config = tile_config(self.design, STAGE)
        entry = json.loads((FOLDER / "manifest.json").read_text())["modules"][STAGE]
        ports = {port["name"]: port for port in entry["ports"]}
        self.i, self.o = Layout(ports["i__payload"]), Layout(ports["o__payload"])
        self.array = starting_array(self.design, STAGE)
        self.account = Account([], [], [])
        self.cycle = 0
        self.busy = pattern.random(4096) < busy
        self.stalls = pattern.random(4096) < busy

    def ready(self, cycle: int) -> bool:
        """Return whether the consumer takes a result in `cycle`."""
        return not self.busy[cycle % 4096]

    async def reset(self) -> None:
        """Start the clock, reset, and begin cycle 0."""
        dut = self.dut
        for name in ("i__valid", "i__payload", "o__ready", "y", "stall"):
            getattr(dut, name).value = 0
        for name in ("limit", "side", "register__line", "register__seed", "register__load"):
            getattr(dut, f"control__{name}").value = 0
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        await RisingEdge(dut.clk)
        await RisingEdge(dut.clk)
        dut.rst.value = 0

    async def answer(self) -> None:
        """Serve the port: one wake for each `go`."""
        dut, clock = self.dut, self.dut.clk
        while True:
            await dut.tag.value_change
            await FallingEdge(clock)
            shown = {name: getattr(dut, name).value.to_unsigned() for name in PORT}
            self.account.goes.append(Go(self.cycle, shown))
            dut.y.value = answer(self.array, self.config, shown)

    def command_word(self, command: Command) -> int:
        """Return a command as the payload of `i`."""
        bits = self.config.tile.digital_bits
        values = {key: int(getattr(command, key)) for key in ("op", "sample", "ex", "ed", "gain")}
        return self.i.word(values | {"x": pack(command.x, bits), "d": pack(command.d, bits)})

    def take_result(self) -> None:
        """Record the result that is offered now."""
        value, lines = self.o.split(self.dut.o__payload.value.to_unsigned()), self.config.lines
        codes = unpack(value["y"], self.config.tile.adc.bits, lines)
        exponent = unpack(value["exponent"], self.o.fields["exponent"][1], 1)[0]
        self.account.results.append(
            Result(
                self.cycle,
                value["op"],
                value["sample"],
                tuple(map(int, codes)),
                tuple(fields(value["clipped"], 1, lines)),
                int(exponent),
            )
        )

    async def run(self, commands: list[Command], cycles: int) -> None:
        """Offer `commands`, take results by the pattern, stall by the pattern, for `cycles`."""
        dut, accepted, clock = self.dut, self.account.accepted, 0
        while self.cycle < cycles:
            since = accepted[-1] + 1 if accepted else 0
            offering = (
                len(accepted) < len(commands) and self.cycle >= since + commands[len(accepted)].gap
            )
            if offering:
                dut.i__payload.value = self.command_word(commands[len(accepted)])
            stall = bool(self.stalls[clock % 4096])
            dut.i__valid.value = int(offering)
            dut.o__ready.value = int(self.ready(self.cycle))
            dut.stall.value = int(stall)
            await FallingEdge(dut.clk)
            if offering and int(dut.i__ready.value):
                accepted.append(self.cycle)
            if int(dut.o__valid.value) and self.ready(self.cycle):
                self.take_result()
            await RisingEdge(dut.clk)
            self.cycle += not stall
            clock += 1


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(gap=[0, 30], busy=[0.0, 0.4])
async def tile_and_numpy_crossbar_equal_the_models(
    dut: SimHandleBase, gap: int, busy: float
) -> None:
    bench = TileBench(dut, np.random.default_rng(gap), busy)
    gaps = (0, 0, gap)
    commands = random_commands(bench.config, OPS, gaps, np.random.default_rng(gap + 1))
    expected = Expectation(bench.config, starting_array(bench.design, STAGE), bench.ready)
    account = expected.extend(commands)
    await bench.reset()
    serving = cocotb.start_soon(bench.answer())
    await bench.run(commands, max(expected.free, account.results[-1].cycle) + 2)
    serving.cancel()
    assert bench.account.accepted == account.accepted
    assert bench.account.goes == account.goes
    assert bench.account.results == account.results
    start = starting_array(bench.design, STAGE).weights
    assert (bench.array.weights == expected.array.weights).all()
    assert (bench.array.weights != start).any()
