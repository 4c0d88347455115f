"""Runs in the simulator: an independent AXI4-Lite master at the registers of an accelerator."""

import itertools
from collections.abc import Iterator
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster
from cocotbext.axi.constants import AxiResp

from models.csr import (
    COUNTERS,
    IDENTITY,
    STAGE_BASE,
    Access,
    Register,
    design_words,
    register_map,
    version_code,
)

STAGES = 2
SHA = "0123456789abcdef" * 4
MAP = {one.name: one for one in register_map(STAGES)}
CYCLE, CLOCK = 0x8765_4321_0FED, 0x1234_5678_9ABC


def pauses(seed: int, share: float) -> Iterator[bool]:
    """Return a fixed pattern without end."""
    return itertools.cycle((np.random.default_rng(seed).random(512) < share).tolist())


def hinder(master: AxiLiteMaster, share: float) -> None:
    """Let the master pause on every channel."""
    writer, reader = master.write_if, master.read_if
    channels = (
        writer.aw_channel,
        writer.w_channel,
        writer.b_channel,
        reader.ar_channel,
        reader.r_channel,
    )
    for seed, channel in enumerate(channels):
        channel.set_pause_generator(pauses(seed, share) if share else None)


class Host:
    """The master, and the accelerator's side played by hand."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        self.master = AxiLiteMaster(
            AxiLiteBus.from_prefix(dut, "bus_"), dut.clk, dut.rst, reset_active_level=True
        )

    async def begin(self) -> None:
        """Reset; cycle and clock stand still."""
        dut = self.dut
        shown = (f"control__stage__{name}" for name in ("tile__register__state", "bias__state"))
        for name in ("flags", "tick", "done", *shown):
            getattr(dut, name).value = 0
        for name in ("there", "fresh", "loaded"):
            getattr(dut, f"control__stage__bias__{name}").value = 1
        for stage, name in itertools.product(
            range(STAGES), ("start", "op", "sample", "end", "cause", "x_pulses", "d_pulses")
        ):
            getattr(dut, f"trace{stage}__{name}").value = 0
        dut.enable.value, dut.cycle.value, dut.clock.value = 1, CYCLE, CLOCK
        dut.rst.value = 1
        Clock(dut.clk, 10, unit="ns").start()
        for _ in range(3):
            await RisingEdge(dut.clk)
        dut.rst.value = 0
        cocotb.start_soon(self._register())

    async def _register(self) -> None:
        """Play the shift register and the bias that are selected."""
        ways = (("tile__register", "seed"), ("bias", "value"))
        while True:
            await FallingEdge(self.dut.clk)
            for own, given in ways:
                head = f"control__stage__{own}__"
                if int(getattr(self.dut, f"{head}load").value):
                    value = getattr(self.dut, head + given).value
                    getattr(self.dut, f"{head}state").value = value

    async def read(self, address: int) -> tuple[int, AxiResp]:
        """Return the word at an address, and the response."""
        found = await self.master.read(address, 4)
        return int.from_bytes(found.data, "little"), found.resp

    async def write(self, address: int, data: bytes) -> AxiResp:
        """Write bytes, whose strobes follow from address and length."""
        return (await self.master.write(address, data)).resp


def shown(one: Register) -> int:
    """What a register reads after reset."""
    known = {"identity": IDENTITY, "version": version_code(), "stages": STAGES}
    known |= {f"design{n}": word for n, word in enumerate(design_words(SHA))}
    known |= {"cycle_low": CYCLE & 0xFFFFFFFF, "cycle_high": CYCLE >> 32}
    known |= {"clock_low": CLOCK & 0xFFFFFFFF, "clock_high": CLOCK >> 32}
    return known.get(one.name, 0)


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(share=[0.0, 0.3, 0.7])
async def every_register_is_read(dut: Any, share: float) -> None:
    host = Host(dut)
    await host.begin()
    hinder(host.master, share)
    for one in MAP.values():
        assert await host.read(one.offset) == (shown(one), AxiResp.OKAY), one.name


@cocotb.test(timeout_time=1, timeout_unit="ms")
@cocotb.parametrize(share=[0.0, 0.3, 0.7])
async def every_register_is_written_or_refused(dut: Any, share: float) -> None:
    host = Host(dut)
    await host.begin()
    hinder(host.master, share)
    rng = np.random.default_rng(5)
    for one in (one for one in MAP.values() if one.name != "bias_high"):
        for _ in range(3):
            word = int(rng.integers(1, 1 << 32)) & ~(4 if one.name == "control" else 0)
            await host.write(MAP["control"].offset, bytes(4))
            response = await host.write(one.offset, word.to_bytes(4, "little"))
            found, _ = await host.read(one.offset)
            if one.access == Access.READ:
                assert response == AxiResp.SLVERR
                assert found == shown(one)
            else:
                assert response == AxiResp.OKAY
                assert found == (word & one.mask if one.access == Access.WRITE else 0) or (
                    one.name == "errors" and found == 1 & ~word
                )


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def bytes_are_written_one_by_one(dut: Any) -> None:
    host = Host(dut)
    await host.begin()
    select, seed = MAP["select"].offset, MAP["seed"].offset
    held = bytearray(4)
    for address in (select, seed):
        await host.write(address, bytes([1, 1, 1, 1]))
    for place, data in ((0, b"\x55"), (2, b"\x07"), (1, b"\x01\x0f"), (3, b"z")):
        held[:] = (await host.read(seed))[0].to_bytes(4, "little")
        held[place : place + len(data)] = data
        assert await host.write(seed + place, data) == AxiResp.OKAY
        assert await host.write(select + place, data) == AxiResp.OKAY
        assert (await host.read(seed))[0] == int.from_bytes(held, "little")
        assert (await host.read(select))[0] == (int.from_bytes(held, "little") & MAP["select"].mask)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_bias_passes_in_two_words_and_only_when_it_is_there(dut: Any) -> None:
    host = Host(dut)
    await host.begin()
    hinder(host.master, 0.3)
    low, high = MAP["bias_low"].offset, MAP["bias_high"].offset
    for word in (0x8123456789, 0x00FFFFFFFF, 0xFF00000000):
        assert await host.write(high, (word >> 32).to_bytes(4, "little")) == AxiResp.OKAY
        assert await host.write(low, (word & 0xFFFFFFFF).to_bytes(4, "little")) == AxiResp.OKAY
        assert await host.read(low) == (word & 0xFFFFFFFF, AxiResp.OKAY)
        assert await host.read(high) == (word >> 32, AxiResp.OKAY)
    assert await host.write(low, bytes(2)) == AxiResp.SLVERR
    dut.control__stage__bias__there.value = 0
    assert await host.write(low, bytes(4)) == AxiResp.SLVERR
    assert await host.read(low) == (0, AxiResp.SLVERR)
    dut.control__stage__bias__there.value = 1
    dut.control__stage__bias__fresh.value = 0
    waiting = cocotb.start_soon(host.read(low))
    for _ in range(20):
        await RisingEdge(dut.clk)
    assert not waiting.done()
    dut.control__stage__bias__fresh.value = 1
    assert await waiting == (0, AxiResp.OKAY)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def addresses_of_nothing_answer_with_an_error(dut: Any) -> None:
    host = Host(dut)
    await host.begin()
    taken = {one.offset for one in MAP.values()}
    end = STAGE_BASE + 0x80 * STAGES
    free = [address for address in range(0, end, 4) if address not in taken]
    for address in (*free[::3], end, 0x8000, 0xFFFC):
        assert (await host.read(address))[1] == AxiResp.SLVERR
        assert await host.write(address, b"\xff\xff\xff\xff") == AxiResp.SLVERR
    assert len(free) > len(COUNTERS)
    errors = MAP["errors"].offset
    assert await host.read(errors) == (1, AxiResp.OKAY)
    assert await host.write(errors, b"\x01") == AxiResp.OKAY
    assert await host.read(errors) == (0, AxiResp.OKAY)


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def reads_and_writes_at_once_do_not_disturb_each_other(dut: Any) -> None:
    host = Host(dut)
    await host.begin()
    hinder(host.master, 0.5)
    rate, design = MAP["rate"].offset, MAP["design0"].offset
    reading = [cocotb.start_soon(host.read(design + 4 * n)) for n in range(8)]
    writing = [cocotb.start_soon(host.write(rate, bytes([n, 0, 0, 0]))) for n in range(8)]
    assert [(await one)[0] for one in reading] == design_words(SHA)
    assert [await one for one in writing] == [AxiResp.OKAY] * 8
    assert await host.read(rate) == (7, AxiResp.OKAY)
