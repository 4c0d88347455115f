import numpy as np
import numpy.typing as npt
import pytest
from amaranth.sim import SimulatorContext

from models.number import bit_length, code_limit, shift_scale
from models.section import Dac, Tile
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from rtl.dac import ShiftScaler
from tests.rtl.simulator import run

WIDTHS = [(8, 2), (8, 5), (8, 8), (8, 12), (16, 7), (24, 9)]


def config(digital_bits: int, dac_bits: int, lines: int) -> TileConfig:
    tile = Tile(digital_bits=digital_bits, dac=Dac(bits=dac_bits))
    return TileConfig(lines, lines, tile)


def check(spec: TileConfig, vectors: npt.NDArray[np.int64], side: int = ROWS) -> None:
    """Scale one vector every two cycles, and compare each four cycles later."""
    dut = ShiftScaler(spec, side)
    codes, exponents = shift_scale(vectors, spec.tile.dac.bits)
    lengths = bit_length(np.abs(vectors).max(axis=1))

    async def bench(ctx: SimulatorContext) -> None:
        for cycle in range(2 * len(vectors) + 4):
            (n, loading), (shifted, shifting) = divmod(cycle, 2), divmod(cycle - 2, 2)
            loading = 1 - loading
            ctx.set(dut.load, loading)
            ctx.set(dut.shift, 1 - shifting)
            ctx.set(dut.round, shifting)
            ctx.set(dut.vector, vectors[min(n, len(vectors) - 1)].tolist())
            if 0 <= shifted < len(vectors):
                assert ctx.get(dut.exponent) == exponents[shifted]
                assert ctx.get(dut.length) == lengths[shifted]
            if cycle >= 4:
                expected, found = codes[n - 2], ctx.get(dut.codes)
                assert list(found) == expected.tolist()
                assert list(ctx.get(dut.sizes)) == np.abs(expected).tolist()
                below = sum(1 << line for line, v in enumerate(vectors[n - 2]) if v < 0)
                assert ctx.get(dut.negative) == below
            await ctx.tick()

    run(dut, bench)


@pytest.mark.parametrize("dac_bits", [2, 3, 5, 8, 12])
def test_every_value_of_eight_bits_scales_like_the_model(dac_bits: int) -> None:
    check(config(8, dac_bits, 1), np.arange(-128, 128)[:, None])


@pytest.mark.parametrize("largest", [15, 16, 31, 32, 127, -128])
def test_every_small_value_beside_a_larger_one_rounds_half_to_even(largest: int) -> None:
    values = np.arange(-abs(largest), abs(largest))
    check(config(8, 4, 2), np.stack([values, np.full_like(values, largest)], axis=1), COLUMNS)


@pytest.mark.parametrize(("digital_bits", "dac_bits"), WIDTHS)
def test_vectors_of_every_size_scale_like_the_model(digital_bits: int, dac_bits: int) -> None:
    rng = np.random.default_rng(digital_bits * 100 + dac_bits)
    top = 1 << (digital_bits - 1)
    edges = [0, 1, -1, top - 1, -top, -top + 1, top >> 1, (top >> 1) - 1]
    spans = np.minimum(1 << rng.integers(0, digital_bits, 60), top - 1)
    random = rng.integers(-spans[:, None], spans[:, None] + 1, (60, 3))
    same = np.repeat(np.array(edges)[:, None], 3, axis=1)
    mixed = np.array([[edge, 3, -2] for edge in edges])
    check(config(digital_bits, dac_bits, 3), np.concatenate([same, mixed, random]))


@pytest.mark.parametrize(("digital_bits", "dac_bits"), [(8, 5), (16, 7)])
def test_codes_scale_to_themselves(digital_bits: int, dac_bits: int) -> None:
    limit = code_limit(dac_bits)
    codes = np.arange(-limit, limit + 1)[:, None]
    scaled, exponents = shift_scale(codes, dac_bits)
    assert not exponents.any()
    assert (scaled == codes).all()
    check(config(digital_bits, dac_bits, 1), codes)


def test_a_vector_waits_at_every_place_for_its_strobe() -> None:
    dut = ShiftScaler(config(16, 7, 2), ROWS)

    async def bench(ctx: SimulatorContext) -> None:
        codes, exponent = shift_scale([1000, -7], 7)
        ctx.set(dut.vector, [1000, -7])
        for strobe in (dut.load, dut.shift, dut.round):
            ctx.set(strobe, 1)
            await ctx.tick()
            ctx.set(strobe, 0)
            ctx.set(dut.vector, [-5, 30000])
            await ctx.tick().repeat(4)
            assert ctx.get(dut.exponent) == exponent
        assert list(ctx.get(dut.codes)) == codes.tolist()
        for strobe in (dut.load, dut.shift):
            ctx.set(strobe, 1)
            await ctx.tick().repeat(3)
            ctx.set(strobe, 0)
            assert list(ctx.get(dut.codes)) == codes.tolist()

    run(dut, bench)
