"""Queues between the link and the streams."""

from amaranth.sim import SimulatorContext

from models.design import make_design
from models.link import Get, Put
from rtl.channel import Channels
from rtl.host_switch import packet_layout
from rtl.plan import make_plan
from rtl.remote.word import packed, signed_field
from tests.rtl.simulator import run

DEPTH = 3
PLAN = make_plan(
    make_design({"layer": [{"inputs": 2, "outputs": 2}] * 2 + [{"inputs": 2, "outputs": 3}]}), 10
)


def test_items_go_in_while_there_is_room_and_come_out_in_order() -> None:
    dut = Channels(PLAN, DEPTH)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.put_channel, Put.ELEMENT)
        taken = 0
        while ctx.get(dut.room):
            ctx.set(dut.item, 100 + taken)
            ctx.set(dut.put, 1)
            taken += 1
            await ctx.tick()
        ctx.set(dut.put, 0)
        assert DEPTH <= taken <= DEPTH + 1
        ctx.set(dut.i.ready, 1)
        found = []
        for _ in range(taken + 2):
            if ctx.get(dut.i.valid):
                found.append(ctx.get(dut.i.payload))
            await ctx.tick()
        assert found == [100 + n for n in range(taken)]

    run(dut, bench)


def test_results_wait_until_they_are_got() -> None:
    dut = Channels(PLAN, DEPTH)

    async def bench(ctx: SimulatorContext) -> None:
        for value in (2, 1):
            assert ctx.get(dut.o_class.ready)
            ctx.set(dut.o_class.payload, value)
            ctx.set(dut.o_class.valid, 1)
            await ctx.tick()
        ctx.set(dut.o_class.valid, 0)
        await ctx.tick()
        ctx.set(dut.get_channel, Get.OUTPUT)
        assert not ctx.get(dut.there)
        ctx.set(dut.get_channel, Get.CLASS)
        for value in (2, 1):
            assert ctx.get(dut.there)
            assert ctx.get(dut.shown) == value
            ctx.set(dut.get, 1)
            await ctx.tick()
        assert not ctx.get(dut.there)

    run(dut, bench)


def test_what_is_no_item_is_not_passed_on() -> None:
    dut = Channels(PLAN, DEPTH)
    packet = packed(packet_layout(PLAN), {"stage": 3, "op": 5, "last": 1})

    async def bench(ctx: SimulatorContext) -> None:
        for channel, good, bad, stream, flag in (
            (Put.LABEL, 2, 3, dut.i_label, dut.label_wrong),
            (Put.PACKET, packet - 1, packet, dut.i_host, dut.packet_wrong),
        ):
            ctx.set(dut.put_channel, channel)
            for item in (bad, good):
                ctx.set(dut.item, item)
                ctx.set(dut.put, 1)
                assert ctx.get(dut.wrong) == ctx.get(flag) == (item == bad)
                await ctx.tick()
                ctx.set(dut.put, 0)
                await ctx.tick().repeat(2)
                assert ctx.get(stream.valid) == (item == good)

    run(dut, bench)


def test_words_are_packed_as_the_streams_lay_them_out() -> None:
    layout = packet_layout(PLAN)
    word = packed(layout, {"stage": 2, "code": -5, "last": 1})
    assert signed_field(layout, "code", word) == -5
    assert layout.from_bits(word).stage == 2
    assert layout.from_bits(word).last == 1
