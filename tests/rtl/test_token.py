import random

import pytest
from amaranth.sim import SimulatorContext

from rtl.token import TokenHall, TokenLine
from tests.rtl.simulator import run


def draw_ends(rng: random.Random, share: float, cycles: int) -> list[int]:
    """Cycles of ends, at most one a cycle."""
    return [cycle for cycle in range(1, cycles) if rng.random() < share]


def seen_at(ends: list[int], delay: int, interval: int) -> tuple[list[int], int]:
    """The cycle from which each token is seen (R5), and the most that wait at the door."""
    leaves: list[int] = []
    for end in ends:
        leaves.append(max(end, leaves[-1] + interval) if leaves else end)
    waits = [sum(a <= t < b for a, b in zip(ends, leaves, strict=True)) for t in ends]
    return [leave + delay for leave in leaves], max(waits, default=0)


@pytest.mark.parametrize("delay", [0, 1, 2, 7])
@pytest.mark.parametrize("interval", [0, 1, 2, 3, 9])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_a_token_is_seen_when_the_rule_says(delay: int, interval: int, share: float) -> None:
    ends = draw_ends(random.Random(f"{delay} {interval} {share}"), share, 40)
    expected, most = seen_at(ends, delay, interval)
    dut = TokenLine(delay, interval, max(most, 1))

    async def bench(ctx: SimulatorContext) -> None:
        seen, last = [], []
        for cycle in range(expected[-1] + 20):
            ctx.set(dut.i, cycle + 1 in ends)
            ctx.set(dut.i_last, cycle + 1 == ends[-1])
            if ctx.get(dut.o):
                seen.append(cycle + 1)
            if ctx.get(dut.o_last):
                last.append(cycle + 1)
            await (ctx.tick() if delay or interval > 1 else ctx.delay(1e-8))
        assert seen == expected
        assert last == expected[-1:]

    run(dut, bench)


def test_a_token_without_the_mark_leaves_no_mark() -> None:
    dut = TokenLine(1, 4, 3)

    async def bench(ctx: SimulatorContext) -> None:
        for cycle in range(30):
            ctx.set(dut.i, cycle < 3)
            ctx.set(dut.i_last, cycle >= 3)
            assert not ctx.get(dut.o_last)
            await ctx.tick()

    run(dut, bench)


@pytest.mark.parametrize("seed", range(6))
def test_the_hall_offers_what_has_arrived_and_is_not_taken(seed: int) -> None:
    rng, most, samples = random.Random(seed), 1 + seed, 20
    dut = TokenHall(most)

    async def bench(ctx: SimulatorContext) -> None:
        arrived = taken = 0
        while taken < samples:
            assert ctx.get(dut.o.valid) == (arrived > taken)
            assert ctx.get(dut.o.payload) == (arrived == samples and taken == samples - 1)
            ready = rng.random() < 0.4
            come = arrived < samples and arrived - taken < most and rng.random() < 0.6
            ctx.set(dut.o.ready, ready)
            ctx.set(dut.i, come)
            ctx.set(dut.i_last, come and arrived == samples - 1)
            taken += ready and arrived > taken
            arrived += come
            await ctx.tick()
        assert not ctx.get(dut.o.valid)

    run(dut, bench)
