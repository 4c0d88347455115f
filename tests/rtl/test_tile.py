from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import ResetInserter, Signal, Value
from amaranth.sim import Simulator, SimulatorContext

from models.number import shift_scale
from models.schedule import Op
from models.section import Dac, Tile, Timing
from models.tile import TileConfig
from models.timing import update_cycles
from models.update import Update
from rtl.layout import drive_members
from rtl.tile import TileController
from rtl.verilog import verilog_text
from tests.bench import Account, Command, Expectation
from tests.contract.array import IntegerArray
from tests.contract.simulation import simulate

SHORTEST = Timing(forward_cycles=2, backward_cycles=2, load_cycles=0)


def config(timing: Timing = SHORTEST, **update: object) -> TileConfig:
    tile = Tile(dac=Dac(bits=5), update=Update.model_validate({"bl": 4, **update}))
    return TileConfig(3, 2, tile, timing, index=1, seed=7)


def command(op: Op, sample: int = 0, gap: int = 0, gain: int = 0) -> Command:
    x, d = np.array([300, -95, 77]), np.array([-90, 44])
    return Command(op, sample, x, d, -10, -10, gain, gap)


def account(
    spec: TileConfig, commands: Sequence[Command], cycles: int = 100, **kwargs: Any
) -> Account:
    return simulate(spec, commands, cycles, **kwargs).account


def goes(spec: TileConfig, commands: Sequence[Command], **kwargs: Any) -> list[int]:
    return [go.cycle for go in account(spec, commands, **kwargs).goes]


def test_the_first_op_goes_five_cycles_after_its_acceptance() -> None:
    assert goes(config(), [command(Op.FORWARD)]) == [5]


@pytest.mark.parametrize("op", [Op.FORWARD, Op.BACKWARD])
def test_reads_of_two_cycles_go_every_two_cycles(op: Op) -> None:
    assert goes(config(), [command(op)] * 5) == [5, 7, 9, 11, 13]


@pytest.mark.parametrize("bl", [1, 4, 9])
@pytest.mark.parametrize(("load", "pulse"), [(1, 1), (0, 2), (2, 3)])
def test_updates_hide_their_preparation_in_the_update_before(
    bl: int, load: int, pulse: int
) -> None:
    spec = config(Timing(load_cycles=load, pulse_cycles=pulse), bl=bl)
    times = goes(spec, [command(Op.UPDATE)] * 4, cycles=200)
    assert np.diff(times).tolist() == [update_cycles(spec)] * 3


def test_the_shortest_updates_wait_for_their_words() -> None:
    spec = config(bl=4)
    assert update_cycles(spec) == 4
    assert goes(spec, [command(Op.UPDATE)] * 3) == [9, 14, 19]


def test_an_unread_result_stops_the_second_read_after_it_and_no_update() -> None:
    commands = [command(op) for op in (Op.FORWARD, Op.FORWARD, Op.UPDATE, Op.FORWARD)]
    seen = account(config(), commands, ready=lambda cycle: cycle >= 40)
    assert [go.cycle for go in seen.goes] == [5, 7, 13, 42]
    assert [result.cycle for result in seen.results] == [40, 41, 44]


def test_an_update_gives_no_result() -> None:
    assert account(config(), [command(Op.UPDATE)] * 3).results == []


def test_the_port_drives_nothing_but_the_vector_of_the_op() -> None:
    commands = [command(op, gain=20) for op in (Op.UPDATE, Op.FORWARD, Op.UPDATE, Op.BACKWARD)]
    for go in account(config(), commands).goes:
        driven = {name for name, value in go.fields.items() if value}
        driven -= {"tag", "op", "sample", "attempt"}
        words = {"xw", "xs", "dw", "ds", "bl"}
        assert driven == {Op.FORWARD: {"x"}, Op.BACKWARD: {"d"}, Op.UPDATE: words}[go.fields["op"]]


def test_a_sample_keeps_its_number_from_command_to_result() -> None:
    samples = [3, 0xFFFFFFFF, 17]
    seen = account(config(), [command(Op.FORWARD, sample) for sample in samples])
    assert [go.fields["sample"] for go in seen.goes] == samples
    assert [result.sample for result in seen.results] == samples


def test_words_do_not_depend_on_the_slots_used_before() -> None:
    spec = config(slots="used")
    last = command(Op.UPDATE, gain=2)
    few = account(spec, [command(Op.UPDATE, gain=-100), last]).goes[-1].fields
    many = account(spec, [command(Op.UPDATE, gain=100), last]).goes[-1].fields
    assert few == many


def test_stashed_codes_make_the_words_of_the_vectors_they_came_from() -> None:
    raw = command(Op.UPDATE, gain=20)
    (x, shift_x), (d, shift_d) = shift_scale(raw.x, 5), shift_scale(raw.d, 5)
    assert shift_x > 0
    assert shift_d > 0
    stashed = replace(raw, x=x, d=d, ex=raw.ex + int(shift_x), ed=raw.ed + int(shift_d))
    assert account(config(), [stashed]).goes == account(config(), [raw]).goes


def reset_and_run(spec: TileConfig, resets: Sequence[int]) -> dict[str, int]:
    """Offer updates forever, reset in some clocks; return the port 20 clocks after the last."""
    dut, reset = TileController(spec), Signal()
    ports = {name: Value.cast(getattr(dut, name)) for name in drive_members(spec)}
    seen: dict[str, int] = {}

    async def bench(ctx: SimulatorContext) -> None:
        fields: dict[str, object] = {"op": Op.UPDATE, "sample": 1, "gain": 20}
        ctx.set(dut.i.payload, fields | {"x": [5, 6, 7], "d": [1, -2]})
        ctx.set(dut.i.valid, 1)
        for clock in range(resets[-1] + 21):
            ctx.set(reset, clock in resets)
            await ctx.tick()
            if clock == resets[-1]:
                assert all(ctx.get(port) == 0 for port in ports.values())
                assert ctx.get(dut.i.ready)
                assert not ctx.get(dut.o.valid)
        seen.update({name: ctx.get(port) for name, port in ports.items()})

    simulator = Simulator(ResetInserter(reset)(dut))
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


@pytest.mark.parametrize("clock", [1, 8, 13, 30])
def test_reset_returns_to_the_first_cycle(clock: int) -> None:
    fresh = reset_and_run(config(), [0])
    assert fresh["tag"] > 1
    assert reset_and_run(config(), [clock]) == fresh


@pytest.mark.parametrize(
    "spec",
    [
        TileConfig(1, 1, Tile(digital_bits=8, dac=Dac(bits=12), update=Update(bl=1))),
        TileConfig(2, 1, Tile(dac=Dac(bits=2), update=Update(bl=1, phases=2)), SHORTEST),
    ],
)
def test_no_signal_of_the_smallest_tiles_is_without_bits(spec: TileConfig) -> None:
    """Verilog has none: [-1:0] has two bits."""
    assert "[-1:0]" not in verilog_text(TileController(spec), "tile")


def test_the_expectation_follows_the_law_by_hand() -> None:
    commands = [command(op) for op in (Op.FORWARD, Op.UPDATE, Op.BACKWARD)]
    spec = config()
    expected = Expectation(spec, IntegerArray(spec), lambda cycle: True).extend(commands)
    assert [go.cycle for go in expected.goes] == [5, 11, 15]
