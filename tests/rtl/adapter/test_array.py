"""What `docs/adapters.md` shows of a read is what the circuit does; pins under stall and reset."""

import re
from dataclasses import replace
from pathlib import Path

from amaranth.hdl import ResetInserter, Signal, Value
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator, SimulatorContext

from models.programming import digit_count
from models.schedule import Op
from models.section import Adc, Dac, Tile, Timing
from models.tile import TileConfig
from models.timing import forward_cycles
from models.update import Update
from rtl.adapter.array import ArrayAdapter, adapter_for
from rtl.adapter.pin import pin_members
from tests.rtl.simulator import run

CONFIG = TileConfig(
    1,
    2,
    Tile(dac=Dac(bits=4), adc=Adc(bits=3, count=1), update=Update(bl=3)),
    Timing(load_cycles=1, settle_cycles=1, adc_cycles=5),
)
#: Outputs in codes.
OUTPUTS = (1.6, -2.4)
SHOWN = ("mode", "begin", "weight", "row", "row_sign", "acquire", "select", "trial", "above", "y")


def show(ctx: SimulatorContext, dut: ArrayAdapter, **fields: object) -> None:
    for name, value in fields.items():
        ctx.set(getattr(dut.code, name), value)


def pins(ctx: SimulatorContext, dut: ArrayAdapter) -> dict[str, int]:
    names = [name for name, member in pin_members(dut.config).items() if member.flow == Out]
    return {name: ctx.get(Value.cast(getattr(dut.pins, name))) for name in names}


def traced() -> dict[str, list[object]]:
    """Let a read go; return what the pins show in each of its cycles."""
    dut, found = adapter_for(CONFIG), {name: [] for name in SHOWN}

    async def bench(ctx: SimulatorContext) -> None:
        show(ctx, dut, tag=1, op=Op.FORWARD, x=[-5])
        for _ in range(forward_cycles(CONFIG)):
            seen: dict[str, object] = dict(pins(ctx, dut))
            trial, output = ctx.get(dut.pins.trial)[0], OUTPUTS[ctx.get(dut.pins.select)]
            ctx.set(dut.pins.above, output > trial - 0.5)
            seen |= {"trial": trial, "above": ctx.get(dut.pins.above), "mode": "-F"[seen["mode"]]}
            seen["y"] = " ".join(str(code) for code in ctx.get(dut.code.y))
            for name, row in found.items():
                row.append(seen[name])
            await ctx.tick()

    run(dut, bench)
    return found


def test_the_page_shows_what_the_circuit_does() -> None:
    page = (Path(__file__).parents[3] / "docs" / "adapters.md").read_text()
    (table,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    found = traced()
    trials = (6, 7, 8, 11, 12, 13)
    for name in ("trial", "above"):
        found[name] = [value if c in trials else "" for c, value in enumerate(found[name])]
    rows = [["cycle", "g", *(f"+{n}" for n in range(1, 15))]]
    rows += [[name, *map(str, row)] for name, row in found.items()]
    lines = ["".join(f"{cell:<{6 if n else 10}}" for n, cell in enumerate(row)) for row in rows]
    assert table.splitlines() == [line.rstrip() for line in lines]


def test_stall_holds_every_pin_and_passes_to_the_tile() -> None:
    dut = adapter_for(CONFIG)

    async def bench(ctx: SimulatorContext) -> None:
        show(ctx, dut, tag=1, op=Op.FORWARD, x=[3])
        for _ in range(forward_cycles(CONFIG)):
            ctx.set(dut.pins.stall, 1)
            before = pins(ctx, dut), list(ctx.get(dut.code.y))
            assert ctx.get(dut.code.stall)
            ctx.set(dut.pins.above, 1)
            await ctx.tick().repeat(3)
            assert (pins(ctx, dut), list(ctx.get(dut.code.y))) == before
            ctx.set(dut.pins.stall, 0)
            assert not ctx.get(dut.code.stall)
            await ctx.tick()
        assert list(ctx.get(dut.code.y)) == [3, 3]

    run(dut, bench)


def stalled_clocks(counted: int) -> list[bool]:
    """Return whether a digit of PROGRAM stalls the tile, clock by clock; it drives for 4."""
    timing = CONFIG.timing.model_copy(update={"program_row_cycles": counted})
    dut, found = adapter_for(replace(CONFIG, timing=timing)), []

    async def bench(ctx: SimulatorContext) -> None:
        show(ctx, dut, tag=1, op=Op.PROGRAM, x=[1], d=[7, -7])
        for clock in range(6):
            found.append(bool(ctx.get(dut.code.stall)))
            assert bool(ctx.get(dut.pins.row)) == (1 <= clock < 4)
            await ctx.tick()

    run(dut, bench)
    return found


def test_writing_that_is_not_counted_stalls_the_tile() -> None:
    """All but the two cycles that every op has."""
    digits = digit_count(CONFIG.tile.dac.bits)
    assert stalled_clocks(0) == [True, True, False, False, False, False]
    assert stalled_clocks(3 * digits) == [True, False, False, False, False, False]
    assert stalled_clocks(4 * digits) == [False] * 6


def test_reset_ends_every_drive_pulse_and_conversion() -> None:
    dut, reset = adapter_for(CONFIG), Signal()

    async def bench(ctx: SimulatorContext) -> None:
        ops = {
            Op.FORWARD: {"x": [7]},
            Op.BACKWARD: {"d": [7, -7]},
            Op.UPDATE: {"xw": [7], "dw": [7, 7], "bl": 3},
            Op.PROGRAM: {"x": [1], "d": [7, -7]},
        }
        active = set()
        for op, vectors in ops.items():
            for cycle in range(12):
                show(ctx, dut, tag=1, op=op, **vectors)
                ctx.set(dut.pins.above, 3)
                await ctx.tick().repeat(cycle + 1)
                active |= {name for name, value in pins(ctx, dut).items() if value}
                show(ctx, dut, tag=0, op=0, x=[0], d=[0, 0], xw=[0], dw=[0, 0], bl=0)
                ctx.set(reset, 1)
                await ctx.tick()
                ctx.set(reset, 0)
                for _ in range(16):
                    assert not any(pins(ctx, dut).values())
                    assert list(ctx.get(dut.code.y)) == [0, 0]
                    await ctx.tick()
        assert active >= {"row", "column", "weight", "acquire", "trial", "mode", "transposed"}

    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
