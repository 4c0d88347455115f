import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.layer.linear import through
from models.number import shift_scale
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from rtl.arrival import GradientUnit, VectorStore
from rtl.digital import DigitalConfig
from tests.rtl.simulator import run
from tests.rtl.streams import numerics


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_gradients_meet_the_slopes_of_their_sample_in_three_cycles(outputs: int) -> None:
    config = DigitalConfig(TileConfig(2, outputs), x_depth=3)
    dut, rng = GradientUnit(config), np.random.default_rng(outputs)
    slopes = rng.integers(0, 1025, (8, outputs))
    gradients = rng.integers(-32767, 32768, (8, outputs))
    errors = through(gradients.astype(float), slopes.astype(float), numerics(config))

    async def keep(ctx: SimulatorContext, sample: int) -> None:
        for slope in slopes[sample].tolist():
            ctx.set(dut.slopes.payload, slope)
            ctx.set(dut.slopes.valid, 1)
            await ctx.tick()
        ctx.set(dut.slopes.valid, 0)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.o.ready, 1)
        for sample in range(2):
            await keep(ctx, sample)
        for sample in range(6):
            await keep(ctx, sample + 2)
            waiting, found = gradients[sample].tolist(), []
            assert not ctx.get(dut.busy)
            for cycle in range(outputs + 4):
                ctx.set(dut.i.valid, bool(waiting))
                ctx.set(dut.i.payload, waiting[0] if waiting else 0)
                if ctx.get(dut.o.valid):
                    found.append((cycle, ctx.get(dut.o.payload)))
                if waiting and ctx.get(dut.i.ready):
                    waiting.pop(0)
                await ctx.tick()
            cycles = range(3, 3 + outputs)
            assert found == list(zip(cycles, errors[sample].tolist(), strict=True))

    run(dut, bench)


@pytest.mark.parametrize("side", [ROWS, COLUMNS])
@pytest.mark.parametrize("lines", [1, 4])
def test_a_vector_can_be_read_by_both_ops_once_it_is_stashed(side: int, lines: int) -> None:
    depths = {"x_depth": 2} if side == ROWS else {"d_depth": 2}
    config = DigitalConfig(TileConfig(lines, lines), **depths)
    dut, vectors = (
        VectorStore(config, side),
        np.random.default_rng(1).integers(-900, 900, (6, lines)),
    )

    async def read(ctx: SimulatorContext, who: int, sample: int) -> None:
        codes, exponent = shift_scale(vectors[sample], 7)
        ctx.set(dut.start, 1 << who)
        await ctx.tick()
        ctx.set(dut.start, 0)
        await ctx.tick()
        for code in codes.tolist():
            assert ctx.get(dut.o.valid)
            payload = ctx.get(dut.o.payload)
            assert (payload["code"], payload["exponent"]) == (code, exponent)
            await ctx.tick()
        assert not ctx.get(dut.o.valid)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.o.ready, 1)
        for sample in range(6):
            for cycle in range(2 * lines + 1):
                assert ctx.get(dut.busy) == (cycle > 0)
                ctx.set(dut.i.valid, cycle < lines)
                ctx.set(dut.i.payload, int(vectors[sample][min(cycle, lines - 1)]))
                await ctx.tick()
            assert not ctx.get(dut.busy)
            await read(ctx, 0, sample)
            if sample:
                await read(ctx, 1, sample - 1)

    run(dut, bench)
