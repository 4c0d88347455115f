"""What comes in: no sample without a slot, and each mark and class in its order."""

from dataclasses import replace

import pytest
from amaranth.sim import SimulatorContext

from models.design import make_design
from rtl.feed import LabelQueue, SampleGate
from rtl.plan import Plan, make_plan
from tests.rtl.simulator import run
from tests.rtl.streams import pattern


def plan(inputs: int) -> Plan:
    layers = [{"inputs": inputs, "outputs": 2}, {"inputs": 2, "outputs": 3}]
    return make_plan(make_design({"layer": layers}), 10)


@pytest.mark.parametrize("inputs", [1, 3])
@pytest.mark.parametrize("share", [0.02, 0.2])
def test_no_more_samples_come_in_than_there_are_slots(inputs: int, share: float) -> None:
    dut = SampleGate(plan(inputs))
    depth = dut.plan.first.x_depth
    give, take = pattern(1, share), pattern(2, 0.8)
    most = passed = 0

    async def bench(ctx: SimulatorContext) -> None:
        nonlocal most, passed
        begun = updated = 0
        ctx.set(dut.i.valid, 1)
        for clock in range(1500):
            done = give(clock) and updated < passed // inputs
            ctx.set(dut.updated, done)
            ctx.set(dut.i.payload, passed % 100)
            ctx.set(dut.o.ready, take(clock))
            moved = ctx.get(dut.i.ready)
            assert moved == (take(clock) and ctx.get(dut.o.valid))
            assert not moved or ctx.get(dut.o.payload) == passed % 100
            begun += moved and passed % inputs == 0
            passed += moved
            most = max(most, begun - updated)
            await ctx.tick()
            updated += done

    run(dut, bench)
    assert most == depth
    assert passed > 3 * depth * inputs


def test_both_ends_take_every_sample_in_order_however_far_apart() -> None:
    small = plan(2)
    dut = LabelQueue(replace(small, rule=replace(small.rule, S=(1, 1))))
    given = [(k % 3, k == 29) for k in range(30)]
    marks: list[int] = []
    labels: list[int] = []
    first, last = pattern(1, 0.6), pattern(2, 0.3)

    async def bench(ctx: SimulatorContext) -> None:
        left = list(given)
        for clock in range(400):
            ctx.set(dut.i.valid, bool(left))
            if left:
                ctx.set(dut.i.payload, {"label": left[0][0], "last": left[0][1]})
            ctx.set(dut.o_last.ready, first(clock))
            ctx.set(dut.o_label.ready, last(clock) and len(labels) < len(marks))
            if first(clock) and ctx.get(dut.o_last.valid):
                marks.append(ctx.get(dut.o_last.payload))
            if ctx.get(dut.o_label.ready) and ctx.get(dut.o_label.valid):
                labels.append(ctx.get(dut.o_label.payload))
            if left and ctx.get(dut.i.ready):
                left.pop(0)
            await ctx.tick()

    run(dut, bench)
    assert marks == [last for _, last in given]
    assert labels == [label for label, _ in given]
