"""Frames in gates: what comes in is what the models read, what goes out is what they write."""

import numpy as np
from amaranth.sim import SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.frame import FLAG, MOST_CONTENT, FrameDecoder, encode
from rtl.frame import FrameReceiver, FrameSender
from tests.models.properties import PROPERTY
from tests.rtl.simulator import run
from tests.rtl.streams import pattern

SPECIAL = st.lists(st.sampled_from([0x7D, 0x7E, 0x5D, 0x5E, 0]), min_size=1, max_size=20).map(bytes)
CONTENT = st.one_of(st.binary(min_size=1, max_size=60), SPECIAL)
FEW = settings(PROPERTY, max_examples=12)


def received(data: bytes, hold: range = range(0)) -> tuple[list[bytes], int, int]:
    """Contents of the frames in some bytes, how many were wrong, and how many dropped."""
    dut = FrameReceiver()
    found: list[bytes] = []
    marks = [0, 0]

    async def content(ctx: SimulatorContext) -> bytes:
        ctx.set(dut.i.valid, 0)
        ctx.set(dut.start, 0)
        held = bytearray()
        ctx.set(dut.o.ready, 1)
        while ctx.get(dut.o.valid):
            held.append(ctx.get(dut.o.payload))
            await ctx.tick()
        assert len(held) == ctx.get(dut.length)
        return bytes(held)

    async def bench(ctx: SimulatorContext) -> None:
        for place, byte in enumerate(data):
            ctx.set(dut.hold, place in hold)
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            done = ctx.get(dut.done)
            ctx.set(dut.start, done)
            marks[0] += ctx.get(dut.wrong)
            marks[1] += ctx.get(dut.lost)
            await ctx.tick()
            if done:
                found.append(await content(ctx))

    run(dut, bench)
    return found, marks[0], marks[1]


@FEW
@given(st.lists(CONTENT, max_size=3))
def test_whole_frames_are_received(contents: list[bytes]) -> None:
    assert received(b"".join(map(encode, contents))) == (contents, 0, 0)


@FEW
@given(st.lists(st.one_of(CONTENT, st.just(b"")), min_size=1, max_size=4), st.integers(0, 99))
def test_noise_is_received_as_the_model_does(contents: list[bytes], seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray()
    for content in contents:
        data += encode(content) if content else bytes(rng.integers(0, 256, 9, np.uint8))
    for _ in range(int(rng.integers(4))):
        place = int(rng.integers(len(data)))
        data[place] = int(rng.choice([FLAG, 0x7D, int(rng.integers(256))]))
    data += encode(b"end")
    decoder = FrameDecoder()
    wanted = decoder.take(bytes([FLAG]) + bytes(data))
    found, wrong, _ = received(bytes([FLAG]) + bytes(data))
    assert found[-1] == b"end"
    assert set(found) <= set(wanted)
    assert wrong <= decoder.wrong


def test_the_longest_frame_is_received_and_a_longer_one_is_wrong() -> None:
    longest = bytes(n % 200 for n in range(MOST_CONTENT))
    assert received(encode(longest)) == ([longest], 0, 0)
    longer = encode(longest)[:-1] + bytes(9) + bytes([FLAG])
    assert received(longer + encode(b"x")) == ([b"x"], 1, 0)


def test_a_frame_that_begins_while_another_is_held_is_dropped() -> None:
    first, second, third = (encode(word) for word in (b"one", b"two", b"three"))
    begins = len(first)
    found, wrong, lost = received(first + second + third, range(begins, begins + 3))
    assert (found, wrong) == ([b"one", b"three"], 0)
    assert lost == 1


@FEW
@given(st.lists(CONTENT, min_size=1, max_size=2), st.integers(0, 3))
def test_frames_are_sent_and_can_be_sent_again(contents: list[bytes], slow: int) -> None:
    dut = FrameSender()
    found = bytearray()
    ready = pattern(slow, 1.0 - 0.3 * slow)

    async def bench(ctx: SimulatorContext) -> None:
        clock = 0
        for content in contents:
            for address, byte in enumerate(content):
                ctx.set(dut.write, 1)
                ctx.set(dut.address, address)
                ctx.set(dut.data, byte)
                await ctx.tick()
            ctx.set(dut.write, 0)
            ctx.set(dut.length, len(content))
            for _ in range(2):
                ctx.set(dut.start, 1)
                await ctx.tick()
                ctx.set(dut.start, 0)
                while ctx.get(dut.busy):
                    taking, clock = ready(clock), clock + 1
                    ctx.set(dut.o.ready, taking)
                    if taking and ctx.get(dut.o.valid):
                        found.append(ctx.get(dut.o.payload))
                    await ctx.tick()

    run(dut, bench)
    assert bytes(found) == b"".join(encode(content) * 2 for content in contents)
