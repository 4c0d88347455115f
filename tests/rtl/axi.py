"""A manager of AXI4-Lite in Amaranth's simulator, with pauses on every channel."""

from collections.abc import Sequence
from typing import Any

from amaranth.sim import SimulatorContext

MOST_CLOCKS = 200


async def write(
    ctx: SimulatorContext,
    bus: Any,
    address: int,
    data: int,
    strobe: int = 15,
    gaps: Sequence[int] = (0, 0, 0),
) -> int:
    """Write a word and return the response; address, data and answer wait for `gaps` clocks."""
    ctx.set(bus.awaddr, address)
    ctx.set(bus.wdata, data)
    ctx.set(bus.wstrb, strobe)
    left = {"aw", "w"}
    for clock in range(MOST_CLOCKS):
        ctx.set(bus.awvalid, "aw" in left and clock >= gaps[0])
        ctx.set(bus.wvalid, "w" in left and clock >= gaps[1])
        taking = not left and clock >= gaps[2]
        ctx.set(bus.bready, taking)
        for name, valid, ready in (
            ("aw", bus.awvalid, bus.awready),
            ("w", bus.wvalid, bus.wready),
        ):
            if ctx.get(valid) and ctx.get(ready):
                left.discard(name)
        answered, response = ctx.get(bus.bvalid), ctx.get(bus.bresp)
        await ctx.tick()
        if taking and answered:
            ctx.set(bus.bready, 0)
            return int(response)
    raise AssertionError("a write is not answered")


async def read(
    ctx: SimulatorContext, bus: Any, address: int, gaps: Sequence[int] = (0, 0)
) -> tuple[int, int]:
    """Return the word at an address and the response."""
    ctx.set(bus.araddr, address)
    asked = False
    for clock in range(MOST_CLOCKS):
        ctx.set(bus.arvalid, not asked and clock >= gaps[0])
        taking = asked and clock >= gaps[1]
        ctx.set(bus.rready, taking)
        accepted = ctx.get(bus.arvalid) and ctx.get(bus.arready)
        answered = ctx.get(bus.rvalid)
        found = int(ctx.get(bus.rdata)), int(ctx.get(bus.rresp))
        await ctx.tick()
        asked = asked or bool(accepted)
        if taking and answered:
            ctx.set(bus.rready, 0)
            return found
    raise AssertionError("a read is not answered")
