"""The registers on their bus, against a naive file of words."""

import itertools
from typing import Any

from amaranth.hdl import EnableInserter, Module, ResetInserter
from amaranth.sim import Simulator, SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.csr import (
    COUNTERS,
    IDENTITY,
    STAGE_BASE,
    STAGE_BYTES,
    design_words,
    register_map,
    version_code,
)
from models.number import code_limit
from models.schedule import Op
from models.section import Tile
from models.tile import TileConfig
from models.version import __version__
from rtl.bias import BiasMemory
from rtl.csr import Csr
from rtl.digital import DigitalConfig
from tests.models.properties import PROPERTY
from tests.rtl.axi import read, write
from tests.rtl.words import OKAY, SLVERR, Words

SHA = "0123456789abcdef" * 4
STAGES = 2
MAP = register_map(STAGES)
OFFSET = {one.name: one.offset for one in MAP}
#: The stage that has biases, and its units.
BIASED, UNITS = 1, DigitalConfig(TileConfig(2, 3, Tile(digital_bits=24)), bias_fraction_bits=14)


def test_every_register_has_an_address_of_its_own() -> None:
    offsets = [one.offset for one in MAP]
    assert offsets == sorted(set(offsets))
    assert all(offset % 4 == 0 for offset in offsets)
    assert len(OFFSET) == len(MAP)
    assert len(COUNTERS) * 8 <= STAGE_BYTES
    assert max(one.offset for one in MAP if "stage" not in one.name) < STAGE_BASE


def test_fields_do_not_overlap() -> None:
    for one in MAP:
        assert sum(part.mask for part in one.fields) == (one.mask if one.fields else 0)


def test_words_of_the_design_are_the_digits_of_its_hash() -> None:
    assert "".join(f"{word:08x}" for word in design_words(SHA)) == SHA
    assert ".".join(map(str, version_code().to_bytes(3, "big"))) == __version__


class Host:
    """Reads and writes, while the accelerator's side is played by hand."""

    def __init__(self, cycle: int, clock: int) -> None:
        self.dut, self.words = Csr([("",), ("", "updates", "transfers")], SHA), Words(STAGES)
        counters = {f"stage{m}_{name}": 0 for m in range(STAGES) for name in COUNTERS}
        self.words.shown = {"cycle": cycle, "clock": clock, **counters}
        self.words.held = {f"design{n}": word for n, word in enumerate(design_words(SHA))}
        self.words.held |= {"identity": IDENTITY, "version": version_code(), "stages": STAGES}
        self.words.biases = {(BIASED, line): 0 for line in range(UNITS.outputs)}
        self.words.rail = code_limit(UNITS.digital_bits) << UNITS.bias_fraction_bits
        self.biases = BiasMemory(UNITS)

    async def begin(self, ctx: SimulatorContext) -> None:
        ctx.set(self.dut.cycle, self.words.shown["cycle"])
        ctx.set(self.dut.clock, self.words.shown["clock"])
        ctx.set(self.dut.enable, 1)

    async def register(self, ctx: SimulatorContext) -> None:
        """Play the shift register that is selected: one for all."""
        own = self.dut.control.stage.tile.register
        async for _, _, load, seed in ctx.tick().sample(own.load, own.seed):
            if load:
                ctx.set(own.state, seed)

    def whole(self) -> Module:
        """Return the registers with the biases of a stage beside them."""
        m = Module()
        own, memory = self.dut.control.stage.bias, self.biases
        m.submodules.dut = self.dut
        m.submodules.biases = ResetInserter(self.dut.reset)(EnableInserter(self.dut.enable)(memory))
        host = memory.host
        m.d.comb += [host.line.eq(own.line), host.look.eq(own.look), host.value.eq(own.value)]
        m.d.comb += memory.idle.eq(1)
        with m.If(self.dut.control.number == BIASED):
            m.d.comb += [host.load.eq(own.load), own.loaded.eq(host.loaded)]
            m.d.comb += [own.there.eq(host.there), own.fresh.eq(host.fresh)]
            m.d.comb += own.state.eq(host.state)
        return m

    def run(self, bench: Any) -> None:
        simulator = Simulator(self.whole())
        simulator.add_clock(1e-8)
        simulator.add_process(self.register)
        simulator.add_testbench(bench)
        simulator.run()


_ADDRESSES = st.one_of(
    st.sampled_from([one.offset for one in MAP]),
    st.sampled_from([OFFSET[name] for name in ("control", "errors", "rate", "select", "seed")]),
    st.sampled_from([OFFSET[name] for name in ("select", "bias_low", "bias_low", "bias_high")]),
    st.integers(0, (1 << 16) - 1),
)
_WORDS = st.one_of(
    st.integers(0, (1 << 32) - 1),
    st.sampled_from([0, 1, 3, 4, 5]),
    st.integers(BIASED << 16, (BIASED << 16) + UNITS.outputs),
)
_GAPS = st.tuples(*[st.integers(0, 4)] * 3)
_STROBES = st.one_of(st.just(15), st.integers(0, 15))
_ACCESS = st.tuples(st.booleans(), _ADDRESSES, _WORDS, _STROBES, _GAPS)


@settings(PROPERTY, max_examples=25)
@given(st.integers(0, (1 << 48) - 1), st.integers(0, (1 << 48) - 1), st.lists(_ACCESS, max_size=40))
def test_any_accesses_do_what_they_do_to_a_naive_file(
    cycle: int, clock: int, accesses: list[tuple[bool, int, int, int, tuple[int, int, int]]]
) -> None:
    host = Host(cycle, clock)

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        for writing, address, data, strobe, gaps in accesses:
            if writing:
                wanted = host.words.write(address, data, strobe)
                assert await write(ctx, host.dut.bus, address, data, strobe, gaps) == wanted
            else:
                found, response = host.words.read(address)
                assert await read(ctx, host.dut.bus, address, gaps) == (found, response)
        for one in MAP:
            assert await read(ctx, host.dut.bus, one.offset) == host.words.read(one.offset)

    host.run(bench)


def test_what_is_set_reaches_the_accelerator() -> None:
    host = Host(0, 0)
    bus, control = host.dut.bus, host.dut.control

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        assert ctx.get(control.halt)
        await write(ctx, bus, OFFSET["control"], 0b11)
        await write(ctx, bus, OFFSET["rate"], 0b101)
        await write(ctx, bus, OFFSET["limit"], 3)
        await write(ctx, bus, OFFSET["select"], 1 << 16 | 1 << 8 | 100)
        assert not ctx.get(control.halt)
        assert ctx.get(control.stage.frozen)
        assert ctx.get(control.stage.rate) == -3
        assert ctx.get(control.stage.tile.limit) == 3
        assert ctx.get(control.number) == 1
        assert ctx.get(control.stage.tile.side)
        assert ctx.get(control.stage.tile.register.line) == 100

    host.run(bench)


def test_reset_lasts_a_clock_and_halts() -> None:
    host = Host(0, 0)

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        resets = []
        await write(ctx, host.dut.bus, OFFSET["control"], 1)
        assert not ctx.get(host.dut.control.halt)
        ctx.set(host.dut.bus.bready, 1)
        ctx.set(host.dut.bus.awaddr, OFFSET["control"])
        ctx.set(host.dut.bus.wdata, 0b101)
        ctx.set(host.dut.bus.wstrb, 1)
        for clock in range(6):
            ctx.set(host.dut.bus.awvalid, clock == 0)
            ctx.set(host.dut.bus.wvalid, clock == 0)
            resets.append(ctx.get(host.dut.reset))
            await ctx.tick()
        assert resets == [0, 0, 1, 0, 0, 0]
        assert ctx.get(host.dut.control.halt)

    host.run(bench)


def test_flags_stay_until_they_are_cleared_one_by_one() -> None:
    host = Host(0, 0)
    bus = host.dut.bus

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        ctx.set(host.dut.flags, 0b110110)
        await ctx.tick()
        ctx.set(host.dut.flags, 0)
        assert await read(ctx, bus, 0xFFFC) == (0, SLVERR)
        assert await read(ctx, bus, OFFSET["errors"]) == (0b110111, OKAY)
        assert await write(ctx, bus, OFFSET["errors"], 0b100011) == OKAY
        assert await read(ctx, bus, OFFSET["errors"]) == (0b010100, OKAY)

    host.run(bench)


def test_a_register_is_loaded_when_no_array_stalls() -> None:
    host = Host(0, 0)
    bus, own = host.dut.bus, host.dut.control.stage.tile.register

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        ctx.set(host.dut.enable, 0)
        assert await write(ctx, bus, OFFSET["seed"], 0x1234) == OKAY
        await ctx.tick().repeat(5)
        assert ctx.get(own.load)
        ctx.set(host.dut.enable, 1)
        await ctx.tick()
        assert not ctx.get(own.load)
        assert await read(ctx, bus, OFFSET["seed"]) == (0x1234, OKAY)

    host.run(bench)


def test_a_bias_is_set_and_shown_while_arrays_stall_now_and_then() -> None:
    host = Host(0, 0)
    bus, wanted = host.dut.bus, [-(3 << 31), 7 - (1 << 20), 5]

    async def stall(ctx: SimulatorContext) -> None:
        for clock in itertools.count():
            ctx.set(host.dut.enable, clock % 5 == 0)
            await ctx.tick()

    async def shown(ctx: SimulatorContext, line: int) -> int:
        await write(ctx, bus, OFFSET["select"], BIASED << 16 | line)
        low, _ = await read(ctx, bus, OFFSET["bias_low"])
        high, _ = await read(ctx, bus, OFFSET["bias_high"])
        return (high << 32 | low) - ((high >> 7) << 40)

    async def bench(ctx: SimulatorContext) -> None:
        for line, value in enumerate(wanted):
            assert [await shown(ctx, one) for one in range(3)] == wanted[:line] + [0] * (3 - line)
            await write(ctx, bus, OFFSET["select"], BIASED << 16 | line)
            await write(ctx, bus, OFFSET["bias_high"], value >> 32 & 0xFF)
            assert await write(ctx, bus, OFFSET["bias_low"], value & 0xFFFFFFFF) == OKAY
        assert [await shown(ctx, one) for one in range(3)] == wanted
        for setting, line, found in ((1, 0, SLVERR), (0, 3, SLVERR), (0, 0, OKAY)):
            await write(ctx, bus, OFFSET["control"], setting)
            await write(ctx, bus, OFFSET["select"], BIASED << 16 | line)
            assert (await read(ctx, bus, OFFSET["bias_low"]))[1] == found
            assert await write(ctx, bus, OFFSET["bias_low"], 9, 7) == SLVERR
        await write(ctx, bus, OFFSET["control"], 4)
        assert [await shown(ctx, one) for one in range(3)] == [0, 0, 0]

    simulator = Simulator(host.whole())
    simulator.add_clock(1e-8)
    simulator.add_testbench(stall, background=True)
    simulator.add_testbench(bench)
    simulator.run()


def test_counters_count_ticks_and_pulses_and_fall_with_reset() -> None:
    host = Host(0, 0)
    dut, trace = host.dut, host.dut.trace1

    async def counters(ctx: SimulatorContext) -> dict[str, int]:
        found = {}
        for name in COUNTERS:
            low, _ = await read(ctx, dut.bus, OFFSET[f"stage1_{name}_low"])
            high, _ = await read(ctx, dut.bus, OFFSET[f"stage1_{name}_high"])
            found[name] = high << 32 | low
        return {name: value for name, value in found.items() if value}

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        for tick, enable, op, cause, x, d in (
            (1, 1, Op.FORWARD, 0, 0, 0),
            (1, 1, Op.UPDATE, 0, 128, 128),
            (0, 1, Op.UPDATE, 0, 3, 0),
            (1, 0, Op.UPDATE, 0, 9, 9),
            (1, 1, 0, 5, 0, 1),
            (1, 1, 0, 1, 2, 5),
        ):
            for port, value in ((dut.tick, tick), (dut.enable, enable), (trace.op, op)):
                ctx.set(port, int(value))
            ctx.set(dut.traceupdates1.op, Op.UPDATE if cause == 1 else 0)
            ctx.set(dut.tracetransfers1.op, Op.TRANSFER if op == Op.FORWARD else 0)
            for port, value in ((trace.cause, cause), (trace.x_pulses, x), (trace.d_pulses, d)):
                ctx.set(port, value)
            await ctx.tick()
        ctx.set(dut.traceupdates1.op, 0)
        for port in (dut.tick, trace.op, trace.cause, trace.x_pulses, trace.d_pulses):
            ctx.set(port, 0)
        await ctx.tick().repeat(3)
        assert await counters(ctx) == {
            "forward": 1,
            "update": 2,
            "transfer": 1,
            "idle_input": 1,
            "idle_stash": 1,
            "slots": 2,
            "pulses": 256 + 3 + 1 + 7,
            "coincidences": 128 * 128 + 10,
        }
        await write(ctx, dut.bus, OFFSET["control"], 4)
        await ctx.tick()
        assert await counters(ctx) == {}

    host.run(bench)


def test_values_of_the_outside_are_seen() -> None:
    host = Host((1 << 48) - 2, 77)

    async def bench(ctx: SimulatorContext) -> None:
        await host.begin(ctx)
        ctx.set(host.dut.done, 1)
        assert await read(ctx, host.dut.bus, OFFSET["status"]) == (1, OKAY)
        assert await read(ctx, host.dut.bus, OFFSET["cycle_low"]) == (0xFFFFFFFE, OKAY)
        ctx.set(host.dut.cycle, 5)
        assert await read(ctx, host.dut.bus, OFFSET["cycle_high"]) == (0xFFFF, OKAY)

    host.run(bench)
