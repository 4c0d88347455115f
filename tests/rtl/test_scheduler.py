"""One stage's scheduler against the counters and conditions of the clocked account."""

import random

import pytest
from amaranth.sim import SimulatorContext

from models.resource import one_array
from models.schedule import Rule, schedule_rule
from models.section import Schedule
from rtl.scheduler import Scheduler
from rtl.sharing import largest_lead, sample_bits
from sim.stage import BACKWARD, FORWARD, UPDATE, Holding, Stage
from tests.rtl.simulator import run
from tests.sim.machines import NAMES, draw_live_case


class Neighbours:
    """All that a stage sees of others, at random times but in the order that rules allow."""

    def __init__(self, rng: random.Random, stage: Stage, rule: Rule) -> None:
        self.rng, self.stage, self.depth = rng, stage, rule.S[stage.index]

    def events(self) -> dict[str, bool]:
        """What is seen from the next cycle on."""
        s, draw = self.stage, self.rng.random
        first = s.index == 0
        room = first or s.vF - s.eU < self.depth
        return {
            "vF": s.vF < s.total and room and draw() < 0.3,
            "vB": s.vB < s.eF and draw() < 0.4,
            "above": not s.last and s.above < s.vB and draw() < 0.4,
            "below": not first and s.below < s.eB and draw() < 0.4,
        }


def expected_start(stage: Stage, now: int, busy: bool) -> tuple[int, int] | None:
    """Op and sample that start in this cycle."""
    if busy:
        return None
    sample = {FORWARD: stage.sF, BACKWARD: stage.sB, UPDATE: stage.sU}
    for op, wait in stage.waits:
        if sample[op] < stage.total and wait(now) is None:
            return op, sample[op]
    return None


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", NAMES)
def test_what_starts_is_the_first_ready_op_in_the_order_of_priority(name: str, seed: int) -> None:
    rng = random.Random(f"{name} {seed}")
    case = draw_live_case(rng, name, most_samples=12)
    rule, total = case.rule, case.total
    index = rng.randrange(rule.stages)
    stage = Stage(rule, index, total, one_array(rule.stages).claims[index], lambda k: [], Holding())
    dut, others = Scheduler(rule, index, total), Neighbours(rng, stage, rule)
    starts: list[tuple[int, int]] = []

    async def bench(ctx: SimulatorContext) -> None:
        running, left = 0, 0
        for now in range(900):
            ctx.set(dut.i.valid, stage.vF > stage.sF)
            start = expected_start(stage, now, running != 0)
            assert ctx.get(dut.start) == (start is not None)
            if start is not None:
                running, sample = start
                assert ctx.get(dut.sample) == sample
                stage.begin(running)
                left = rng.choice([1, 2, 5])
                starts.append(start)
            assert ctx.get(dut.i.ready) == (start is not None and running == FORWARD)
            assert ctx.get(dut.op) == running
            left -= 1
            ctx.set(dut.end, running != 0 and left == 0)
            events = others.events()
            for name, port in (("vB", dut.error), ("above", dut.above), ("below", dut.below)):
                ctx.set(port, events[name])
            await ctx.tick()
            for name, seen in events.items():
                setattr(stage, name, getattr(stage, name) + seen)
            if running and left == 0:
                ended = {FORWARD: "eF", BACKWARD: "eB", UPDATE: "eU"}[running]
                setattr(stage, ended, getattr(stage, ended) + 1)
                running = 0
            assert ctx.get(dut.done) == (stage.eU == total)

    run(dut, bench)
    ops = [op for op in (FORWARD, BACKWARD, UPDATE) if op != BACKWARD or stage.has_backward]
    assert sorted(starts) == [(op, k) for op in ops for k in range(total)]


def test_counters_are_as_wide_as_the_deepest_stash_around() -> None:
    keys = {"S": (2, 3, 9, 4), "Q": (8, 1, 2, 17), "priority": ("B", "U", "F")}
    rule = schedule_rule(Schedule(name="custom", **keys), 4)
    assert [largest_lead(rule, stage) for stage in range(4)] == [8, 9, 9, 17]
    assert [largest_lead(rule, stage, 8) for stage in range(4)] == [8, 8, 8, 8]
    assert sample_bits(None) == 32
    assert [sample_bits(total) for total in (1, 7, 8)] == [1, 3, 4]
