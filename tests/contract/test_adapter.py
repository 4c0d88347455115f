"""The tile controller with adapters and an array of pins: the same codes and the same weights."""

import numpy as np
from amaranth.hdl import Module, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator, SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.schedule import Op
from models.tile import TileConfig
from rtl.adapter.array import adapter_for
from rtl.adapter.converter import converter_count
from rtl.adapter.pin import pin_members
from rtl.layout import command_layout, drive_members, result_layout
from rtl.tile import TileController
from tests.bench import Command, Expectation, random_commands
from tests.contract.array import IntegerArray
from tests.contract.pins import PinArray
from tests.contract.simulation import Recorder, payload
from tests.models.properties import PROPERTY
from tests.rtl.adapter.designs import adapted
from tests.rtl.streams import Pattern, pattern

OPS = (Op.FORWARD, Op.BACKWARD, Op.UPDATE, Op.UPDATE, Op.PROGRAM, Op.READ)


class PinnedTile(wiring.Component):
    """Controller and adapter: ops and results on one side, pins on the other."""

    def __init__(self, config: TileConfig) -> None:
        self.config = config
        self.tile, self.adapter = TileController(config), adapter_for(config)
        super().__init__(
            {
                "i": In(stream.Signature(command_layout(config))),
                "o": Out(stream.Signature(result_layout(config))),
                "pins": Out(wiring.Signature(pin_members(config))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.tile, m.submodules.adapter = tile, adapter = self.tile, self.adapter
        wiring.connect(m, wiring.flipped(self.i), tile.i)
        wiring.connect(m, tile.o, wiring.flipped(self.o))
        wiring.connect(m, adapter.pins, wiring.flipped(self.pins))
        for name in drive_members(self.config):
            m.d.comb += getattr(adapter.code, name).eq(getattr(tile, name))
        m.d.comb += [tile.y.eq(adapter.code.y), tile.stall.eq(adapter.code.stall)]
        return m


def simulate(
    config: TileConfig, commands: list[Command], cycles: int, ready: Pattern, stalled: Pattern
) -> tuple[Recorder, PinArray]:
    """Run `commands` for so many architectural cycles; the array sees nothing but pins."""
    dut, array = PinnedTile(config), PinArray(config)
    drive, converters = drive_members(config), converter_count(config)
    watched = [Value.cast(getattr(dut.tile, name)) for name in drive]
    watched += [dut.i.ready, dut.o.valid, dut.o.payload.as_value()]
    recorder = Recorder(config, tuple(drive), commands)
    names = [name for name, member in pin_members(config).items() if member.flow == Out]

    async def bench(ctx: SimulatorContext) -> None:
        array.held = [0] * converters
        while recorder.cycle < cycles:
            stall, offering = stalled(recorder.clock), recorder.offering
            if offering:
                ctx.set(dut.i.payload, payload(commands[recorder.taken]))
            ctx.set(dut.i.valid, offering)
            ctx.set(dut.o.ready, ready(recorder.cycle))
            ctx.set(dut.pins.stall, stall)
            shown = {name: ctx.get(Value.cast(getattr(dut.pins, name))) for name in names}
            ctx.set(dut.pins.above, array.above(shown))
            if not stall:
                array.clock(shown, converters)
            held = bool(ctx.get(dut.tile.stall))
            _, _, *seen = await ctx.tick().sample(*watched)
            recorder.record(held, ready(recorder.cycle), seen)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return recorder, array


def check(config: TileConfig, seed: int, busy: float, stalls: float) -> None:
    """Compare codes, cycles and weights with the array behind the packed port."""
    rng = np.random.default_rng(seed)
    commands = random_commands(config, 12, (0, 0, 9), rng, OPS)
    for index, command in enumerate(commands):
        if command.op == Op.PROGRAM:  # the digit's number
            commands[index] = Command(**vars(command) | {"gain": index % 3})
    waiting = pattern(seed, busy)

    def ready(cycle: int) -> bool:
        return not waiting(cycle)

    expected = Expectation(config, IntegerArray(config), ready)
    account = expected.extend(commands)
    last = max(expected.free, account.results[-1].cycle if account.results else 0)
    seen, array = simulate(config, commands, last + 3, ready, pattern(seed + 1, stalls))
    assert seen.faults == []
    assert seen.account.accepted == account.accepted
    assert seen.account.goes == account.goes
    assert seen.account.results == account.results
    np.testing.assert_array_equal(array.weights, expected.array.weights)


@settings(PROPERTY, max_examples=30)
@given(adapted(), st.integers(0, 1 << 20))
def test_codes_cycles_and_weights_are_those_of_the_packed_port(
    config: TileConfig, seed: int
) -> None:
    check(config, seed, 0.0, 0.0)


@settings(PROPERTY, max_examples=12)
@given(adapted(), st.integers(0, 1 << 20))
def test_back_pressure_and_stalls_change_no_code_and_no_weight(
    config: TileConfig, seed: int
) -> None:
    check(config, seed, 0.4, 0.3)
