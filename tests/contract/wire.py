"""A simulated wire: a board in Amaranth's simulator at one end, a client at the other."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.sim import Simulator, SimulatorContext

from models.tile import TileConfig
from rtl.cosim.array import Array
from rtl.cosim.served import ServedPort
from rtl.layout import analog_members

#: What a wire does to bytes that pass.
Noise = Callable[[bytes], bytes]
PERIOD = 1e-8


class PlayedArray(wiring.Component):
    """The side of an array at an analog port; the bench plays it."""

    def __init__(self, config: TileConfig) -> None:
        members = {name: member.flip() for name, member in analog_members(config).items()}
        super().__init__(members | {"enable": In(1)})

    def elaborate(self, platform: object) -> Module:
        return Module()


def clean(data: bytes) -> bytes:
    return data


class Hurt:
    """Drops, turns and invents bytes, each with a probability of `share`."""

    def __init__(self, seed: int, share: float) -> None:
        self.rng, self.share = np.random.default_rng(seed), share
        self.done = 0

    def __call__(self, data: bytes) -> bytes:
        found = bytearray()
        for byte in data:
            kind = self.rng.random() // self.share
            self.done += kind < 3
            if kind == 0:
                continue
            if kind == 1:
                byte ^= 1 << int(self.rng.integers(8))
            elif kind == 2:
                found.append(int(self.rng.integers(256)))
            found.append(byte)
        return bytes(found)


class SimulatedWire:
    """A wire whose time passes while somebody waits for bytes.

    Parameters
    ----------
    core
        A component with the members of `rtl.board.Core`.
    played
        The arrays at its ports, and what answers for each.
    noise
        Of both directions.
    pause
        Clocks without a byte after which nothing is said to come.
    """

    def __init__(
        self,
        core: Any,
        played: Sequence[tuple[PlayedArray, TileConfig, Array]],
        noise: Noise = clean,
        pause: int = 400,
    ) -> None:
        self.core, self.noise, self.pause = core, noise, pause
        self.ports = [ServedPort(one, config, array) for one, config, array in played]
        self.arrays = [one for one, _, _ in played]
        self.sent, self.come = bytearray(), bytearray()
        self.cut = False
        #: Clocks, and bytes that have passed to the board.
        self.clocks = self.passed = 0
        self.simulator = Simulator(core)
        self.simulator.add_clock(PERIOD)
        self.simulator.add_testbench(self._bench, background=True)

    async def _bench(self, ctx: SimulatorContext) -> None:
        core = self.core
        ctx.set(core.o.ready, 1)
        while True:
            for port, array in zip(self.ports, self.arrays, strict=True):
                if not ctx.get(array.tag):
                    port.shown["tag"] = 0
                port.serve(ctx)
            ctx.set(core.i.valid, bool(self.sent))
            if self.sent:
                ctx.set(core.i.payload, self.sent.pop(0))
                self.passed += 1
            if ctx.get(core.o.valid):
                self.come.append(ctx.get(core.o.payload))
            await ctx.tick()
            self.clocks += 1

    def write(self, data: bytes) -> None:
        self.sent += b"" if self.cut else self.noise(data)

    def read(self) -> bytes:
        """Let time pass until bytes come, or for a pause."""
        end = self.clocks + self.pause
        while not self.come and self.clocks < end:
            self.simulator.advance()
        found = bytes(self.come)
        self.come.clear()
        return b"" if self.cut else self.noise(found)


class SerialLine(SimulatedWire):
    """The same by the levels of `rx` and `tx` of a `rtl.board.Board`, drawn and read by hand."""

    def __init__(self, board: Any, divisor: int, noise: Noise = clean) -> None:
        self.divisor = divisor
        super().__init__(board, [], noise, pause=30 * divisor * 10)

    async def _bench(self, ctx: SimulatorContext) -> None:
        levels: list[int] = []
        heard: list[int] = []
        while True:
            if not levels and self.sent:
                byte = self.sent.pop(0)
                bits = [0, *(byte >> place & 1 for place in range(8)), 1]
                levels = [bit for bit in bits for _ in range(self.divisor)]
            ctx.set(self.core.rx, levels.pop(0) if levels else 1)
            level = ctx.get(self.core.tx)
            if heard or not level:
                heard.append(level)
            if len(heard) == 10 * self.divisor:
                bits = heard[self.divisor // 2 :: self.divisor]
                assert (bits[0], bits[9]) == (0, 1)
                self.come.append(sum(bit << place for place, bit in enumerate(bits[1:9])))
                heard = []
            await ctx.tick()
            self.clocks += 1
