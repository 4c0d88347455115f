import pytest
from amaranth.sim import SimulatorContext

from models.schedule import Op
from models.section import Tile, Timing
from models.tile import TileConfig
from models.timing import update_cycles
from models.update import Update
from rtl.ending import UpdateEnd
from rtl.phase import slot_counts
from tests.rtl.simulator import run


@pytest.mark.parametrize("slots", ["built", "used"])
@pytest.mark.parametrize("timing", [Timing(), Timing(load_cycles=0, pulse_cycles=1)])
def test_an_update_ends_with_its_last_cycle(slots: str, timing: Timing) -> None:
    update = Update.model_validate({"bl": 6, "slots": slots, "phases": 2})
    config = TileConfig(3, 3, Tile(update=update), timing)
    dut = UpdateEnd(config)

    async def bench(ctx: SimulatorContext) -> None:
        tag = 0
        for used in slot_counts(config):
            for op in (Op.FORWARD, Op.UPDATE):
                tag += 1
                cycles = update_cycles(config, used)
                ctx.set(dut.op, op)
                ctx.set(dut.bl, used)
                last = []
                for cycle in range(cycles):
                    ctx.set(dut.tag, tag + (cycle > 0))
                    ctx.set(dut.attempt, int(cycle > 0))
                    last.append(ctx.get(dut.last))
                    await ctx.tick()
                tag += 1
                assert last == [0] * (cycles - 1) + [int(op == Op.UPDATE)]

    run(dut, bench)
