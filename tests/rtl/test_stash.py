from typing import Any

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned
from amaranth.sim import SimulatorContext

from rtl.stash import Stash
from tests.rtl.simulator import run

#: Lines, depth, readers, bits of the head.
SIZES = [(1, 1, 1, 0), (1, 4, 2, 3), (3, 1, 2, 4), (4, 3, 2, 4), (5, 6, 3, 0)]


def vector(sample: int, lines: int) -> list[int]:
    """Return the elements of a sample's vector."""
    return [(37 * sample + 11 * line) % 101 - 50 for line in range(lines)]


class Bench:
    """A stash whose vectors are written and read in a random order that rule R6 allows."""

    def __init__(self, size: tuple[int, int, int, int], seed: int) -> None:
        self.lines, self.depth, self.readers, bits = size
        self.most = (1 << bits) - 1
        self.headed = bits > 0
        head = unsigned(bits) if bits else None
        self.dut = Stash(signed(7), head, self.lines, self.depth, self.readers)
        self.rng = np.random.default_rng(seed)
        self.seen: list[tuple[int, int]] = []

    def kept(self, element: int, sample: int) -> dict[str, int]:
        """Return what is written of an element."""
        head = {"head": sample & self.most} if self.headed else {}
        return {"element": element} | head

    async def write(self, ctx: SimulatorContext, sample: int) -> None:
        for element in vector(sample, self.lines):
            ctx.set(self.dut.i.payload, self.kept(element, sample))
            ctx.set(self.dut.i.valid, 1)
            await ctx.tick()
            ctx.set(self.dut.i.valid, 0)
            ctx.set(self.dut.i.payload, self.kept(63, 0))
            await ctx.tick().repeat(int(self.rng.integers(1, 3)))

    async def read(self, ctx: SimulatorContext, reader: int, sample: int) -> None:
        found: list[Any] = []
        cycle, first = 0, None
        ctx.set(self.dut.start, 1 << reader)
        while len(found) < self.lines:
            taking = bool(self.rng.integers(3))
            ctx.set(self.dut.o.ready, taking)
            if ctx.get(self.dut.o.valid):
                first = cycle if first is None else first
                payload = ctx.get(self.dut.o.payload)
                if self.headed:
                    assert payload["head"] == sample & self.most
                found += [int(payload["element"])] * taking
            await ctx.tick()
            ctx.set(self.dut.start, 0)
            cycle += 1
        ctx.set(self.dut.o.ready, 0)
        assert not ctx.get(self.dut.o.valid)
        assert found == vector(sample, self.lines)
        assert first == 2
        self.seen.append((reader, sample))


@pytest.mark.parametrize("size", SIZES)
def test_every_reader_finds_the_vector_of_its_sample(size: tuple[int, int, int, int]) -> None:
    own, samples = Bench(size, 4), 15

    async def bench(ctx: SimulatorContext) -> None:
        written, read = 0, [0] * own.readers
        while min(read) < samples:
            choices = [reader for reader in range(own.readers) if read[reader] < written]
            if written < min(samples, min(read) + own.depth):
                choices.append(-1)
            who = choices[int(own.rng.integers(len(choices)))]
            if who < 0:
                await own.write(ctx, written)
                written += 1
            else:
                await own.read(ctx, who, read[who])
                read[who] += 1

    run(own.dut, bench)
    assert sorted(own.seen) == [(r, k) for r in range(own.readers) for k in range(samples)]


def test_a_vector_is_written_while_another_is_read() -> None:
    dut = Stash(signed(7), unsigned(2), 3, 2, 1)

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.o.ready, 1)
        for sample in range(2):
            found = []
            for cycle in range(7):
                ctx.set(dut.start, int(sample == 1 and cycle == 0))
                ctx.set(dut.i.valid, cycle < 3)
                element = vector(sample, 3)[min(cycle, 2)]
                ctx.set(dut.i.payload, {"element": element, "head": sample})
                if ctx.get(dut.o.valid):
                    found.append((cycle, int(ctx.get(dut.o.payload)["element"])))
                await ctx.tick()
        assert found == list(zip((2, 3, 4), vector(0, 3), strict=True))

    run(dut, bench)
