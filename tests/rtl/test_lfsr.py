from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.section import Tile
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.update import Update
from rtl.lfsr import LfsrBank
from tests.rtl.simulator import run


def config(**update: object) -> TileConfig:
    return TileConfig(5, 3, Tile(update=Update.model_validate(update)), index=4, seed=11)


CATALOGUE = [
    config(lfsr_bits=bits, lfsr_sharing=sharing, comparator_bits=comparator, bl=bl)
    for bits, comparator, bl in ((8, 8, 3), (9, 4, 5), (16, 12, 8), (31, 12, 8), (32, 32, 6))
    for sharing in ("side", "line")
] + [config(steps_per_slot=1, bl=63), config(steps_per_slot=64, bl=2), config(bl=63, lfsr_bits=12)]
#: Seeds whose columns look further ahead, or were drawn again.
CATALOGUE += [
    replace(config(lfsr_bits=9, comparator_bits=6, lfsr_sharing=sharing), seed=seed)
    for sharing, seed in (("side", 3), ("line", 1))
]

#: So many lines that sums of a register's bits are registers as well.
CATALOGUE += [
    replace(config(lfsr_bits=bits, comparator_bits=8, bl=5), rows=19, columns=16)
    for bits in (8, 9, 31, 32)
]


@pytest.mark.parametrize("spec", CATALOGUE, ids=range(len(CATALOGUE)))
@pytest.mark.parametrize("side", [ROWS, COLUMNS])
def test_numbers_equal_the_model_whatever_slots_were_stepped(spec: TileConfig, side: int) -> None:
    dut = LfsrBank(spec, side)
    rng = np.random.default_rng(5)
    used = [spec.tile.update.bl, 0, 1, *rng.integers(0, spec.tile.update.bl + 1, 3)]

    async def bench(ctx: SimulatorContext) -> None:
        for update, slots in enumerate(used):
            expected = dut.model.numbers(update, int(slots) + 1)
            for slot in range(int(slots) + 1):
                ctx.set(dut.start, slot == 0)
                ctx.set(dut.step, slot > 0)
                await ctx.tick()
                assert list(ctx.get(dut.numbers)) == list(expected[slot])
            ctx.set(dut.start, 0)
            ctx.set(dut.step, 0)
            await ctx.tick().repeat(int(rng.integers(1, 3)))

    run(dut, bench)


@pytest.mark.parametrize("spec", [CATALOGUE[0], CATALOGUE[5], CATALOGUE[9], CATALOGUE[-1]])
@pytest.mark.parametrize("side", [ROWS, COLUMNS])
def test_a_register_is_seen_and_set_between_updates(spec: TileConfig, side: int) -> None:
    """With the state of another update the numbers are those of that update."""
    dut = LfsrBank(spec, side)
    states, later = [], dut.model.numbers(3, 1)[0]

    async def start(ctx: SimulatorContext) -> list[int]:
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        found = list(ctx.get(dut.numbers))
        await ctx.tick()
        return found

    async def bench(ctx: SimulatorContext) -> None:
        given = dut.register
        for _ in range(3):
            await start(ctx)
        for line, seed in enumerate(dut.model.seeds):
            ctx.set(given.line, line)
            states.append(ctx.get(given.state))
            assert states[-1] != seed
            ctx.set(given.seed, seed)
            ctx.set(given.load, 1)
            await ctx.tick()
            ctx.set(given.seed, 0)
            await ctx.tick()
            assert ctx.get(given.state) == seed
        ctx.set(given.load, 0)
        await ctx.tick().repeat(2)
        assert await start(ctx) == list(dut.model.numbers(0, 1)[0])
        for line, state in enumerate(states):
            ctx.set(given.line, line)
            ctx.set(given.seed, state)
            ctx.set(given.load, 1)
            await ctx.tick()
        ctx.set(given.load, 0)
        await ctx.tick().repeat(2)
        assert await start(ctx) == list(later)
        ctx.set(given.line, len(states))
        assert ctx.get(given.state) == 0

    run(dut, bench)


def test_a_bank_at_rest_shows_the_first_slot_of_the_next_update() -> None:
    dut = LfsrBank(CATALOGUE[0], ROWS)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        await ctx.tick().repeat(3)
        for _ in range(2):
            assert list(ctx.get(dut.numbers)) == list(dut.model.numbers(1, 1)[0])
            await ctx.tick()

    run(dut, bench)
