from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.number import code_limit
from models.section import Dac, Tile, Timing
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.timing import drive_cycles
from rtl.adapter.driver import LineDriver
from rtl.layout import side_lines
from tests.models.properties import PROPERTY
from tests.rtl.adapter.designs import adapted
from tests.rtl.simulator import run


def driven(config: TileConfig, side: int, vectors: list[list[int]]) -> None:
    """Drive vectors one after another; compare charge and cycles of each with the models'."""
    dut = LineDriver(config, side)
    lines, load, drive = side_lines(config, side), config.timing.load_cycles, drive_cycles(config)
    cycles = (
        config.timing.bit_cycles
        if config.tile.dac.drive == "bit-serial"
        else config.timing.slot_cycles
    )

    async def bench(ctx: SimulatorContext) -> None:
        for codes in vectors:
            ctx.set(dut.codes, codes)
            charge = np.zeros(lines, np.int64)
            active, begin = [], []
            for cycle in range(load + drive):
                ctx.set(dut.start, cycle == 0)
                on, sign = (
                    np.array([ctx.get(pin) >> n & 1 for n in range(lines)], np.int64)
                    for pin in (dut.on, dut.sign)
                )
                charge += np.where(sign, -on, on) * ctx.get(dut.weight)
                assert bool(ctx.get(dut.weight)) == bool(ctx.get(dut.active))
                if ctx.get(dut.active):
                    active.append(cycle)
                if ctx.get(dut.begin):
                    begin.append(cycle)
                await ctx.tick()
            assert charge.tolist() == (np.array(codes) * cycles).tolist()
            assert active == list(range(load, load + drive))
            assert begin == [load]
        ctx.set(dut.start, 0)
        for _ in range(3):
            assert not ctx.get(dut.on)
            assert not ctx.get(dut.active)
            assert not ctx.get(dut.weight)
            await ctx.tick()

    run(dut, bench)


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("drive", ["bit-serial", "pulse-width"])
@pytest.mark.parametrize(
    "timing", [Timing(load_cycles=0), Timing(load_cycles=2, bit_cycles=3, slot_cycles=2)]
)
def test_every_code_of_every_width_delivers_itself(bits: int, drive: str, timing: Timing) -> None:
    """One line a code, all at once, then all the other way round."""
    codes = list(range(-code_limit(bits), code_limit(bits) + 1))
    tile = Tile(dac=Dac.model_validate({"bits": bits, "drive": drive}))
    driven(TileConfig(len(codes), 1, tile, timing), ROWS, [codes, codes[::-1]])


@settings(PROPERTY, max_examples=40)
@given(adapted(), st.data())
def test_vectors_of_any_design_are_driven_in_the_cycles_of_the_models(
    config: TileConfig, data: st.DataObject
) -> None:
    side = data.draw(st.sampled_from([ROWS, COLUMNS]))
    limit, lines = code_limit(config.tile.dac.bits), side_lines(config, side)
    one = st.lists(st.integers(-limit, limit), min_size=lines, max_size=lines)
    driven(config, side, data.draw(st.lists(one, min_size=1, max_size=3)))


def test_the_lowest_bit_comes_first() -> None:
    dut = LineDriver(TileConfig(1, 1, Tile(dac=Dac(bits=5)), Timing()), ROWS)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.codes, [-0b0110])
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        seen = []
        for _ in range(4):
            seen.append((ctx.get(dut.weight), ctx.get(dut.on), ctx.get(dut.sign)))
            await ctx.tick()
        assert seen == [(1, 0, 1), (2, 1, 1), (4, 1, 1), (8, 0, 1)]

    run(dut, bench)


def test_a_longer_pulse_holds_a_shorter_one() -> None:
    config = TileConfig(3, 1, Tile(dac=Dac(bits=3, drive="pulse-width")), Timing())
    dut = LineDriver(replace(config, timing=Timing(load_cycles=0)), ROWS)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.codes, [3, -1, 0])
        seen = []
        for cycle in range(4):
            ctx.set(dut.start, cycle == 0)
            seen.append(ctx.get(dut.on))
            await ctx.tick()
        assert seen == [0b011, 0b001, 0b001, 0]

    run(dut, bench)
