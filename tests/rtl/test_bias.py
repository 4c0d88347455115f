from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from amaranth.sim import SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.control import LEAST_RATE
from models.device.section import Device
from models.grid import TileGrid
from models.layer.learning import update_bias
from models.layer.linear import Linear
from models.number import code_limit
from models.starting import make_crossbar
from models.tile import TileConfig
from rtl.bias import BiasMemory
from rtl.digital import DigitalConfig
from tests.models.properties import PROPERTY
from tests.rtl.simulator import run
from tests.rtl.streams import digital_configs, numerics

FEW = settings(PROPERTY, max_examples=25)


def layer(config: DigitalConfig) -> Linear:
    """Return the layer whose bias the models update."""
    tile = config.tile
    grid = TileGrid(((make_crossbar(tile, Device(), 0.05, 2.0**20),),))
    return Linear(
        grid,
        1.0,
        config.activation,
        np.zeros(config.outputs),
        True,
        numerics(config),
        np.ones(config.outputs),
    )


async def read(ctx: SimulatorContext, dut: BiasMemory, rng: np.random.Generator) -> list[int]:
    """Return all biases, taken with gaps; the first is offered two cycles after it was asked."""
    found: list[int] = []
    ctx.set(dut.read, 1)
    cycle = 0
    while len(found) < dut.config.outputs:
        assert ctx.get(dut.o.valid) == (cycle >= 2)
        taking = cycle >= 2 and bool(rng.integers(2))
        ctx.set(dut.o.ready, taking)
        if taking:
            found.append(ctx.get(dut.o.payload))
        await ctx.tick()
        ctx.set(dut.read, 0)
        cycle += 1
    ctx.set(dut.o.ready, 0)
    return found


async def change(
    ctx: SimulatorContext, dut: BiasMemory, codes: Any, exponent: int, gap: int
) -> None:
    for code in codes.tolist():
        ctx.set(dut.i.payload, {"code": code, "exponent": exponent})
        ctx.set(dut.i.valid, 1)
        await ctx.tick()
        if gap:
            ctx.set(dut.i.valid, 0)
            await ctx.tick().repeat(gap)
    ctx.set(dut.i.valid, 0)
    await ctx.tick()


async def load(ctx: SimulatorContext, dut: BiasMemory, line: int, value: int) -> None:
    """Set a bias as a host does, and look at it."""
    host = dut.host
    ctx.set(dut.idle, 1)
    ctx.set(host.look, 1)
    ctx.set(host.line, line)
    ctx.set(host.value, value)
    ctx.set(host.load, 1)
    assert ctx.get(host.there)
    assert not ctx.get(host.loaded)
    await ctx.tick()
    for clock in range(dut.config.outputs):
        assert ctx.get(host.loaded) == (clock == dut.config.outputs - 1)
        assert not ctx.get(host.fresh)
        assert ctx.get(dut.loading)
        await ctx.tick()
    assert not ctx.get(dut.loading)
    ctx.set(host.load, 0)
    assert not ctx.get(host.fresh)
    await ctx.tick()
    assert ctx.get(host.fresh)
    assert ctx.get(host.state) == value
    ctx.set(host.look, 0)


@FEW
@given(st.data())
def test_biases_change_like_the_models(data: st.DataObject) -> None:
    config = data.draw(digital_configs(biased=True))
    dut, own = BiasMemory(config), layer(config)
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    limit, unit = code_limit(config.tile.tile.dac.bits), numerics(config).bias_unit
    rail = code_limit(config.digital_bits) << config.bias_fraction_bits

    async def bench(ctx: SimulatorContext) -> None:
        for number in range(12):
            if data.draw(st.booleans()):
                line = int(rng.integers(config.outputs))
                own.bias[line] = rng.integers(-rail, rail + 1)
                await load(ctx, dut, line, int(own.bias[line]))
            assert await read(ctx, dut, rng) == own.bias.tolist()
            codes = rng.integers(-limit, limit + 1, config.outputs)
            exponent, late = int(rng.integers(len(config.exponents))), number > 7
            moved = int(rng.integers(LEAST_RATE, -LEAST_RATE)) if number % 3 == 0 else 0
            rate = 2.0 ** (config.bias_places[late] + moved) / unit
            frozen = number in (0, 5)
            if not frozen:
                update_bias(own, codes.astype(float), np.array([2.0**exponent]), rate)
            ctx.set(dut.late, late)
            ctx.set(dut.rate, moved)
            ctx.set(dut.frozen, frozen)
            await change(ctx, dut, codes, exponent, number % 2)

    run(dut, bench)


@pytest.mark.parametrize("outputs", [1, 2])
def test_updates_that_follow_at_once_see_each_other(outputs: int) -> None:
    config = replace(DigitalConfig(TileConfig(1, outputs)), bias_places=(2, 2))
    dut = BiasMemory(config)

    async def bench(ctx: SimulatorContext) -> None:
        await change(ctx, dut, np.tile(np.arange(1, outputs + 1), 5), 1, 0)
        expected = [-40 * (output + 1) for output in range(outputs)]
        assert await read(ctx, dut, np.random.default_rng(0)) == expected

    run(dut, bench)


def test_a_host_waits_for_an_op_that_begins_and_none_begins_while_it_sets() -> None:
    dut = BiasMemory(replace(DigitalConfig(TileConfig(1, 2)), bias_places=(2, 2)))

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.host.look, 1)
        ctx.set(dut.host.load, 1)
        for idle, begins in ((1, 1), (0, 0), (0, 0)):
            ctx.set(dut.idle, idle)
            ctx.set(dut.begins, begins)
            await ctx.tick()
            assert not ctx.get(dut.loading)
        ctx.set(dut.idle, 1)
        ctx.set(dut.begins, 0)
        await ctx.tick()
        assert ctx.get(dut.loading)

    run(dut, bench)
