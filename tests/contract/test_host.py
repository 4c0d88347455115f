"""A host writes and reads the weights of a whole accelerator."""

from typing import Any

import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.design import make_design
from models.number import code_limit, saturate
from models.programming import digit_count, weight_digits
from models.schedule import Op
from models.starting import make_crossbar
from models.tile import tile_config
from rtl.accelerator import Accelerator
from rtl.cosim.array import CrossbarArray
from rtl.cosim.served import ServedPort
from rtl.plan import make_plan
from tests.rtl.simulator import run

SIZES = [(3, 2), (2, 4)]
TABLES: dict[str, Any] = {
    "layer": [{"inputs": a, "outputs": b} for a, b in SIZES],
    "tile": {"output_noise": 0.0, "dac": {"bits": 5}, "adc": {"bits": 9}},
    "timing": {"forward_cycles": 3, "backward_cycles": 3},
}


class Host:
    """Sends packets and takes answers, while crossbars answer at the ports."""

    def __init__(self, slow: int) -> None:
        self.design = make_design(TABLES)
        self.configs = [tile_config(self.design, stage) for stage in range(2)]
        self.dut = Accelerator(make_plan(self.design, 10))
        device = self.design.device
        self.arrays = [CrossbarArray(make_crossbar(one, device, 0.02, 1.0)) for one in self.configs]
        self.wanted = [make_crossbar(one, device, 0.5, 1.0) for one in self.configs]
        self.replies: list[tuple[int, int]] = []
        self.slow, self.clock = slow, 0
        self.ports = [
            ServedPort(getattr(self.dut, f"tile{m}"), config, array)
            for m, (config, array) in enumerate(zip(self.configs, self.arrays, strict=True))
        ]

    async def tick(self, ctx: SimulatorContext) -> None:
        """Pass a clock: ports are served, an answer's word is taken every `slow` clocks."""
        for port in self.ports:
            port.serve(ctx)
        taking = self.clock % self.slow == 0
        ctx.set(self.dut.o_host.ready, taking)
        if taking and ctx.get(self.dut.o_host.valid):
            word = self.dut.o_host.payload
            self.replies.append((ctx.get(word.code), ctx.get(word.last)))
        await ctx.tick()
        self.clock += 1

    async def send(self, ctx: SimulatorContext, word: dict[str, int]) -> None:
        ctx.set(self.dut.i_host.payload, word)
        ctx.set(self.dut.i_host.valid, 1)
        while not ctx.get(self.dut.i_host.ready):
            await self.tick(ctx)
        await self.tick(ctx)
        ctx.set(self.dut.i_host.valid, 0)

    async def write(self, ctx: SimulatorContext, stage: int) -> None:
        """Write all wanted weights of a stage, the rows from the last to the first."""
        bar = self.wanted[stage]
        digits = weight_digits(bar.weights, bar.devices.exponent, 5)
        for row in reversed(range(bar.config.rows)):
            for number in range(digit_count(5)):
                codes = digits[number, row].tolist()
                head = {"stage": stage, "op": Op.PROGRAM, "row": row, "number": number}
                for column, code in enumerate(codes):
                    last = column == len(codes) - 1
                    await self.send(ctx, head | {"code": int(code), "last": last})

    async def read(self, ctx: SimulatorContext, stage: int, row: int) -> list[int]:
        """Return a row's codes."""
        head = {"stage": stage, "op": Op.READ, "row": row, "number": 0}
        await self.send(ctx, head | {"code": 0, "last": 1})
        self.replies = []
        while not (self.replies and self.replies[-1][1]):
            await self.tick(ctx)
        return [code for code, _ in self.replies]


@pytest.mark.parametrize("slow", [1, 3])
def test_a_host_writes_all_weights_exactly_and_reads_them_as_the_adc_sees_them(slow: int) -> None:
    host = Host(slow)
    read: dict[tuple[int, int], list[int]] = {}

    async def bench(ctx: SimulatorContext) -> None:
        for stage in (1, 0):
            await host.write(ctx, stage)
        for stage, (rows, _) in enumerate(SIZES):
            for row in range(rows):
                read[stage, row] = await host.read(ctx, stage, row)
        assert ctx.get(host.dut.cycle) == 0

    run(host.dut, bench)
    for stage, bar in enumerate(host.wanted):
        np.testing.assert_array_equal(host.arrays[stage].weights, bar.weights)
        for row in range(bar.config.rows):
            sums = code_limit(5) * bar.weights[row].astype(float)
            assert read[stage, row] == saturate(np.rint(sums / bar.adc_lsb), code_limit(9)).tolist()
