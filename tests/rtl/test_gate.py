import random

import pytest
from amaranth.sim import SimulatorContext

from rtl.gate import SlotGate
from tests.rtl.simulator import run


@pytest.mark.parametrize(
    ("first", "slot"), [(0, 1), (0, 2), (0, 7), (1, 1), (3, 3), (6, 3), (40, 10)]
)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 1.0])
def test_a_sample_may_start_from_its_slot_on(first: int, slot: int, share: float) -> None:
    rng, samples = random.Random(f"{first} {slot} {share}"), 100
    dut = SlotGate(first, slot, samples)

    async def bench(ctx: SimulatorContext) -> None:
        started = 0
        for cycle in range(90):
            ready = cycle >= first + slot * started
            assert ctx.get(dut.open) == ready
            take = ready and started < samples and rng.random() < share
            ctx.set(dut.take, take)
            started += take
            await ctx.tick()

    run(dut, bench)


def test_no_slot_is_lost_while_samples_are_late() -> None:
    dut = SlotGate(0, 1, 5)

    async def bench(ctx: SimulatorContext) -> None:
        await ctx.tick().repeat(50)
        for _ in range(5):
            assert ctx.get(dut.open)
            ctx.set(dut.take, 1)
            await ctx.tick()
        ctx.set(dut.take, 0)
        assert ctx.get(dut.open)

    run(dut, bench)
