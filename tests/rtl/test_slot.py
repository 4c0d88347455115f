import pytest
from amaranth.sim import SimulatorContext

from models.schedule import Op
from models.section import Tile
from models.tile import TileConfig
from models.timing import SCALE_CYCLES, prepare_cycles
from models.update import Update
from rtl.slot import SlotCounter
from tests.rtl.simulator import run


def config(bl: int, slots: str) -> TileConfig:
    return TileConfig(1, 1, Tile(update=Update.model_validate({"bl": bl, "slots": slots})))


@pytest.mark.parametrize("bl", [1, 2, 5, 8])
@pytest.mark.parametrize("slots", ["built", "used"])
def test_slots_pass_one_a_cycle_and_only_used_ones_open_the_window(bl: int, slots: str) -> None:
    spec = config(bl, slots)
    dut = SlotCounter(spec)

    async def bench(ctx: SimulatorContext) -> None:
        for used in range(bl + 1):
            ctx.set(dut.slots, used)
            ctx.set(dut.start, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.slots, 0)
            windows = []
            for _ in range(bl):
                windows.append(ctx.get(dut.window))
                assert ctx.get(dut.passes) == (windows[-1] != 0)
                assert ctx.get(dut.step) != ctx.get(dut.done)
                if ctx.get(dut.done):
                    break
                await ctx.tick()
            assert windows == [1 << slot if slot < used else 0 for slot in range(len(windows))]
            assert len(windows) == prepare_cycles(spec, Op.UPDATE, used) - SCALE_CYCLES - 2
            if used % 2:  # the next may follow at once
                continue
            await ctx.tick()
            assert ctx.get(dut.done)
            assert not ctx.get(dut.window)
            assert not ctx.get(dut.step)
            await ctx.tick().repeat(1 + used % 3)

    run(dut, bench)
