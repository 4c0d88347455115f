import numpy as np
import pytest
from amaranth.sim import SimulatorContext

from models.control import LIMIT_BITS, limited_slots
from models.management import split, thresholds
from models.number import shift_scale
from models.pulse import PulseTranslator
from models.section import Dac, Tile
from models.seed import COLUMNS, ROWS
from models.tile import TileConfig
from models.update import Update
from rtl.layout import BL_BITS
from rtl.pulse import PulseGenerator, UpdateManager, most_places
from tests.rtl.simulator import run


def config(dac_bits: int = 7, digital_bits: int = 16, **update: object) -> TileConfig:
    tile = Tile(
        digital_bits=digital_bits, dac=Dac(bits=dac_bits), update=Update.model_validate(update)
    )
    return TileConfig(4, 3, tile, index=2, seed=9)


CATALOGUE = [
    config(),
    config(bl=1),
    config(bl=63, lfsr_sharing="line"),
    config(bl=5, lfsr_bits=8, comparator_bits=4, dac_bits=12),
    config(bl=20, lfsr_bits=32, comparator_bits=32, dac_bits=2),
    config(bl=8, update_bl_management=False),
    config(bl=1, update_bl_management=False),
    config(bl=63, update_bl_management=False),
    config(bl=11, update_bl_management=False, dac_bits=9),
]


#: Every design as it was built, and some with every limit of the slots.
LIMITS = [(place, 0) for place in range(len(CATALOGUE))]
LIMITS += [(place, limit) for place in (0, 4, 7, 8) for limit in range(1, 1 << LIMIT_BITS)]


@pytest.mark.parametrize(("place", "limit"), LIMITS)
def test_slots_and_thresholds_equal_the_models_for_every_exponent(place: int, limit: int) -> None:
    spec = CATALOGUE[place]
    dut = UpdateManager(spec)
    update, dac_bits = spec.tile.update, spec.tile.dac.bits
    bl = limited_slots(update.bl, limit)
    vectors = [[0, 0], [1, 0], [-3, 2], [100, -99], [32767, 5], [-32768, 17]]
    pairs = [(x, d) for x in vectors for d in vectors]
    exponents = [*range(-44, 12), -384, -129, 127, 381]
    if limit:
        vectors, exponents = vectors[1:3], exponents[::3]
        pairs = [(x, d) for x in vectors for d in vectors]

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.limit, limit)
        for x, d in pairs:
            (x_codes, ex), (d_codes, ed) = shift_scale(x, dac_bits), shift_scale(d, dac_bits)
            ctx.set(dut.x_length, max(map(abs, x)).bit_length())
            ctx.set(dut.d_length, max(map(abs, d)).bit_length())
            for exponent in exponents:
                ctx.set(dut.exponent, exponent)
                await ctx.tick()
                ctx.set(dut.sum, 1)
                await ctx.tick()
                ctx.set(dut.sum, 0)
                ctx.set(dut.split, 1)
                await ctx.tick()
                ctx.set(dut.split, 0)
                largest = (int(np.abs(codes).max()) for codes in (x_codes, d_codes))
                total = exponent + int(ex) + int(ed)
                plan = split(*largest, total, bl, update.update_bl_management)
                assert ctx.get(dut.slots) == plan.slots
                if plan.slots == 0:
                    continue
                for codes, shift, chosen in (
                    (x_codes, plan.row_shift, ctx.get(dut.x_places)),
                    (d_codes, plan.column_shift, ctx.get(dut.d_places)),
                ):
                    assert chosen.bit_count() == 1
                    places = chosen.bit_length() - 1
                    limits = thresholds(codes, shift, update.comparator_bits)
                    made = np.abs(codes).astype(object) << update.comparator_bits
                    assert [int(v) >> places for v in made] == limits.tolist()

    run(dut, bench)


@pytest.mark.parametrize("spec", CATALOGUE, ids=range(len(CATALOGUE)))
@pytest.mark.parametrize("side", [ROWS, COLUMNS])
def test_words_and_signs_equal_the_models_slot_by_slot(spec: TileConfig, side: int) -> None:
    dut = PulseGenerator(spec, side)
    translator, update = PulseTranslator(spec), spec.tile.update
    rng = np.random.default_rng(3)
    most = (1 << (spec.tile.dac.bits - 1)) - 1

    async def bench(ctx: SimulatorContext) -> None:
        for number in range(6):
            x = rng.integers(-most, most + 1, spec.rows)
            d = rng.integers(-most, most + 1, spec.columns)
            x[0], d[0] = most, -most
            exponent = int(rng.integers(-12, 8)) - 2 * most.bit_length()
            words = translator.words(x, d, exponent, number)
            plan = split(most, most, exponent, update.bl, update.update_bl_management)
            shift = (plan.row_shift, plan.column_shift)[side]
            codes = (x, d)[side].tolist()
            ctx.set(dut.sizes, [abs(code) for code in codes])
            ctx.set(dut.negative, sum((code < 0) << line for line, code in enumerate(codes)))
            ctx.set(dut.places, 1 << min(most.bit_length() + shift, most_places(spec)))
            ctx.set(dut.start, 1)
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.clear, 0)
            for slot in range(words.slots):
                ctx.set(dut.window, 1 << slot)
                ctx.set(dut.passes, 1)
                ctx.set(dut.step, slot < words.slots - 1)
                if slot == words.slots - 1:
                    break
                await ctx.tick()
            expected = (words.xw, words.dw)[side]
            assert [int(word) for word in ctx.get(dut.words)] == expected.tolist()
            signs = ctx.get(dut.signs)
            assert [signs >> line & 1 for line in range(len(expected))] == (
                (words.xs, words.ds)[side].tolist()
            )
            await ctx.tick()
            ctx.set(dut.window, 0)
            ctx.set(dut.passes, 0)
            await ctx.tick().repeat(2)
            assert [int(word) for word in ctx.get(dut.words)] == expected.tolist()

    run(dut, bench)


def test_the_slot_count_holds_the_longest_train() -> None:
    assert Update.model_fields["bl"].metadata[1].le < 1 << BL_BITS
