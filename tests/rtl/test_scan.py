"""A tile between two wires: ops in and results out, bit by bit, as its controller has them."""

import numpy as np
from amaranth.sim import SimulatorContext

from models.design import make_design
from models.network import make_grid
from models.schedule import Op
from rtl.cosim.array import CrossbarArray
from rtl.emulation import emulated_tile
from rtl.fpga.scan import ScannedTile
from rtl.layout import command_layout, result_layout
from tests.rtl.simulator import run


def test_a_read_and_an_update_pass_bit_by_bit() -> None:
    layer = {"inputs": 3, "outputs": 2, "omega": 2.0, "adc_full_scale": 1.0}
    tables = {"device": {"preset": "emulated", "dw_min": 0.1}, "tile": {"output_noise": 0.0}}
    design = make_design(tables | {"layer": [layer]})
    (bar,) = make_grid(design, 0).flat
    dut, array = ScannedTile(emulated_tile(bar, design)), CrossbarArray(bar)
    command, result = command_layout(bar.config), result_layout(bar.config)
    x, d = [40, -63, 11], [30, -60]  # codes: scaling leaves them as they are
    before = array.read(Op.FORWARD, np.array(x), 0)

    async def send(ctx: SimulatorContext, op: Op) -> None:
        word = command.const({"op": op, "x": x, "d": d, "gain": 0}).as_value().value
        for bit in f"1{word:0{command.size}b}0":
            ctx.set(dut.rx, int(bit))
            await ctx.tick()

    async def receive(ctx: SimulatorContext) -> list[int]:
        for _ in range(500):
            if ctx.get(dut.tx):
                break
            await ctx.tick()
        word = 0
        for _ in range(result.size):
            await ctx.tick()
            word = 2 * word + ctx.get(dut.tx)
        await ctx.tick()
        return [int(code) for code in result.from_bits(word).y][: len(d)]

    async def bench(ctx: SimulatorContext) -> None:
        await send(ctx, Op.FORWARD)
        assert await receive(ctx) == before.tolist()
        await send(ctx, Op.UPDATE)
        await send(ctx, Op.FORWARD)
        after = await receive(ctx)
        assert all(
            (now - then) * code < 0
            for now, then, code in zip(after, before.tolist(), d, strict=True)
        )

    run(dut, bench)
