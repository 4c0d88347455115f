"""Bytes on a wire, against a wire that is drawn by hand."""

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import connect
from amaranth.sim import Simulator, SimulatorContext

from rtl.uart import UartReceiver, UartSender, heard_divisor
from tests.rtl.simulator import run

MESSAGE = bytes([0x00, 0xFF, 0x55, 0xAA, 0x01, 0x80, 0x7E])


def drawn(data: bytes, bit: float, rest: int = 1) -> list[int]:
    """The wire, clock by clock, with `bit` clocks a bit and `rest` bits between bytes."""
    bits: list[int] = [1, 1]
    for byte in data:
        bits += [0, *(byte >> place & 1 for place in range(8)), *[1] * rest]
    return [bits[int(clock / bit)] for clock in range(int(len(bits) * bit))] + [1] * 40


def heard(divisor: int, wire: list[int]) -> tuple[bytes, int]:
    """Bytes that are received from a wire, and how many were wrong."""
    dut, found, wrong = UartReceiver(divisor), bytearray(), [0]

    async def bench(ctx: SimulatorContext) -> None:
        for level in wire:
            ctx.set(dut.rx, level)
            await ctx.tick()
            wrong[0] += ctx.get(dut.wrong)
            if ctx.get(dut.o.valid):
                found.append(ctx.get(dut.o.payload))

    run(dut, bench)
    return bytes(found), wrong[0]


@pytest.mark.parametrize("divisor", [4, 5, 16])
@pytest.mark.parametrize("rest", [1, 3])
def test_bytes_are_heard_as_they_were_drawn(divisor: int, rest: int) -> None:
    assert heard(divisor, drawn(MESSAGE, divisor, rest)) == (MESSAGE, 0)


@pytest.mark.parametrize("error", [-0.03, 0.03])
def test_a_clock_may_be_off(error: float) -> None:
    assert heard(16, drawn(MESSAGE, 16 * (1 + error))) == (MESSAGE, 0)


def test_a_byte_without_stop_bit_is_wrong_and_the_next_is_whole() -> None:
    wire = drawn(b"\x55", 8)
    broken = [0 if 8 * 11 <= clock < 8 * 14 else level for clock, level in enumerate(wire)]
    assert heard(8, broken + drawn(b"\x42", 8)) == (b"\x42", 1)


def test_a_spike_is_no_byte() -> None:
    wire = [1] * 20
    wire[5] = wire[6] = 0
    assert heard(16, wire + drawn(b"\x42", 16)) == (b"\x42", 0)


@pytest.mark.parametrize("divisor", [1, 3])
def test_bytes_are_drawn_bit_by_bit(divisor: int) -> None:
    dut, found = UartSender(divisor), list[int]()

    async def bench(ctx: SimulatorContext) -> None:
        assert ctx.get(dut.tx)
        for byte in MESSAGE:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            assert ctx.get(dut.i.ready)
            await ctx.tick()
            ctx.set(dut.i.valid, 0)
            while not ctx.get(dut.i.ready):
                found.append(ctx.get(dut.tx))
                await ctx.tick()

    run(dut, bench)
    assert found == drawn(MESSAGE, divisor)[2 * divisor : -40]


def test_one_end_hears_the_other() -> None:
    class Both(wiring.Component):
        def __init__(self) -> None:
            self.sender, self.receiver = UartSender(4), UartReceiver(4)
            super().__init__({"i": self.sender.signature.members["i"]})

        def elaborate(self, platform: object) -> Module:
            m = Module()
            m.submodules.sender, m.submodules.receiver = self.sender, self.receiver
            connect(m, wiring.flipped(self.i), self.sender.i)
            m.d.comb += self.receiver.rx.eq(self.sender.tx)
            return m

    dut, found = Both(), bytearray()

    async def listen(ctx: SimulatorContext) -> None:
        async for _, _, valid, byte in ctx.tick().sample(
            dut.receiver.o.valid, dut.receiver.o.payload
        ):
            if valid:
                found.append(byte)

    async def bench(ctx: SimulatorContext) -> None:
        for byte in MESSAGE:
            ctx.set(dut.i.payload, byte)
            ctx.set(dut.i.valid, 1)
            await ctx.tick().until(dut.i.ready)
        ctx.set(dut.i.valid, 0)
        await ctx.tick().repeat(60)

    simulator = Simulator(dut)
    simulator.add_clock(1e-8)
    simulator.add_testbench(listen, background=True)
    simulator.add_testbench(bench)
    simulator.run()
    assert bytes(found) == MESSAGE


def test_a_divisor_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^The divisor must be at least 4, not 3$"):
        heard_divisor(3)
