"""Shift registers between serial streams and the tile controller's whole vectors."""

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.seed import ROWS
from models.tile import TileConfig
from rtl.digital import DigitalConfig
from rtl.vector import VectorLoader, VectorSender
from tests.rtl.simulator import run

TAKE = [1.0, 0.5]


def digital(lines: int) -> DigitalConfig:
    return DigitalConfig(TileConfig(lines, lines), sum_places=0)


@pytest.mark.parametrize("lines", [1, 2, 5])
@pytest.mark.parametrize("offer", TAKE)
def test_a_vector_is_whole_as_soon_as_it_is_full(lines: int, offer: float) -> None:
    """Also after a vector that was left in its middle."""
    dut = VectorLoader(digital(lines), ROWS)
    rng = np.random.default_rng(lines)
    vectors = [(rng.integers(-9, 10, lines).tolist(), lines - k % 3 // 2) for k in range(12)]

    async def bench(ctx: SimulatorContext) -> None:
        for k, (vector, given) in enumerate(vectors):
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            assert not ctx.get(dut.full)
            for place, code in enumerate(vector[:given]):
                while rng.random() > offer:
                    await ctx.tick()
                assert ctx.get(dut.i.ready)
                ctx.set(dut.i.valid, 1)
                ctx.set(dut.i.payload, {"code": code, "exponent": k % 2})
                await ctx.tick()
                ctx.set(dut.i.valid, 0)
                assert ctx.get(dut.full) == (place == lines - 1)
            for _ in range(k % 4 if given == lines else 0):
                assert list(ctx.get(dut.vector)) == vector
                assert ctx.get(dut.exponent) == k % 2
                assert not ctx.get(dut.i.ready)
                await ctx.tick()

    run(dut, bench)


@pytest.mark.parametrize("lines", [1, 2, 5])
@pytest.mark.parametrize("take", TAKE)
def test_codes_of_a_result_come_one_after_another(lines: int, take: float) -> None:
    dut = VectorSender(digital(lines))
    rng = np.random.default_rng(lines)
    results = [
        (rng.integers(-9, 10, lines).tolist(), lines - k % 2 * (lines > 1)) for k in range(9)
    ]

    async def bench(ctx: SimulatorContext) -> None:
        for k, (codes, count) in enumerate(results):
            ctx.set(dut.y, codes)
            ctx.set(dut.exponent, k % 2)
            ctx.set(dut.lines, count)
            ctx.set(dut.fill, 1)
            ctx.set(dut.load, 1)
            await ctx.tick()
            ctx.set(dut.fill, 0)
            ctx.set(dut.load, 0)
            ctx.set(dut.y, [0] * lines)
            for code in codes[:count]:
                while rng.random() > take:
                    assert ctx.get(dut.o.payload.code) == code
                    await ctx.tick()
                assert ctx.get(dut.o.valid)
                assert ctx.get(dut.o.payload.code) == code
                assert ctx.get(dut.o.payload.exponent) == k % 2
                ctx.set(dut.o.ready, 1)
                await ctx.tick()
                ctx.set(dut.o.ready, 0)
            ctx.set(dut.fill, k % 2)  # an answer that is for another
            await ctx.tick()
            ctx.set(dut.fill, 0)
            assert not ctx.get(dut.o.valid)
            await ctx.tick().repeat(1 + k % 3)

    run(dut, bench)


def test_a_wiped_vector_is_0_until_the_next() -> None:
    dut = VectorLoader(digital(3), ROWS)

    async def bench(ctx: SimulatorContext) -> None:
        for codes in ([5, -4, 7], [1, 2, -3]):
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            ctx.set(dut.i.valid, 1)
            for code in codes:
                ctx.set(dut.i.payload.code, code)
                await ctx.tick()
            ctx.set(dut.i.valid, 0)
            assert list(ctx.get(dut.vector)) == codes
            ctx.set(dut.wipe, 1)
            await ctx.tick().repeat(2)
            ctx.set(dut.wipe, 0)
            assert list(ctx.get(dut.vector)) == [0, 0, 0]

    run(dut, bench)
