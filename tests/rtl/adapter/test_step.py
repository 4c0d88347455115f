import pytest
from amaranth.sim import SimulatorContext

from rtl.adapter.step import Delay, StepCounter
from tests.rtl.simulator import run


@pytest.mark.parametrize("cycles", [1, 2, 3, 8])
def test_an_event_comes_so_many_cycles_later_and_once(cycles: int) -> None:
    dut = Delay(cycles)

    async def bench(ctx: SimulatorContext) -> None:
        for _ in range(2):
            seen = []
            for cycle in range(cycles + 4):
                ctx.set(dut.i, cycle == 0)
                if ctx.get(dut.o):
                    seen.append(cycle)
                await ctx.tick()
            assert seen == [cycles]

    run(dut, bench)


def test_an_event_is_there_at_once_without_a_delay() -> None:
    dut = Delay(0)

    async def bench(ctx: SimulatorContext) -> None:
        for value in (0, 1, 0, 1):
            ctx.set(dut.i, value)
            assert ctx.get(dut.o) == value

    run(dut, bench)


async def passing(ctx: SimulatorContext, dut: StepCounter, cycles: int) -> list[object]:
    """Start in cycle 0; return what the counter shows in each of so many cycles."""
    seen: list[object] = []
    for cycle in range(cycles):
        ctx.set(dut.start, cycle == 0)
        seen.append((ctx.get(dut.round), ctx.get(dut.step)) if ctx.get(dut.active) else None)
        await ctx.tick()
    return seen


@pytest.mark.parametrize("cycles", [1, 2, 5])
@pytest.mark.parametrize("most_steps", [1, 2, 7])
@pytest.mark.parametrize("most_rounds", [1, 3])
def test_steps_pass_from_the_cycle_of_start_on_round_after_round(
    cycles: int, most_steps: int, most_rounds: int
) -> None:
    dut = StepCounter(cycles, most_steps, most_rounds)

    async def bench(ctx: SimulatorContext) -> None:
        for steps in range(1, most_steps + 1):
            for rounds in range(1, most_rounds + 1):
                ctx.set(dut.steps, steps)
                ctx.set(dut.rounds, rounds)
                expected = [
                    (turn, step)
                    for turn in range(rounds)
                    for step in range(steps)
                    for _ in range(cycles)
                ]
                # Straight after the last cycle, and with a rest.
                assert await passing(ctx, dut, len(expected)) == expected
                assert await passing(ctx, dut, len(expected) + 3) == [*expected, None, None, None]
                assert (ctx.get(dut.round), ctx.get(dut.step)) == (0, 0)

    run(dut, bench)


def test_a_start_in_between_begins_anew() -> None:
    dut = StepCounter(2, 3, 2)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.steps, 3)
        ctx.set(dut.rounds, 2)
        for cut in range(1, 12):
            whole = [(turn, step) for turn in (0, 1) for step in (0, 1, 2) for _ in (0, 1)]
            assert await passing(ctx, dut, cut) == whole[:cut]

    run(dut, bench)
