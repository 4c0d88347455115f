import numpy as np
import pytest
from amaranth.sim import SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.section import Tile, Timing
from models.tile import TileConfig
from models.timing import phase_cycles, phase_offsets, update_cycles
from models.update import Update
from rtl.adapter.serializer import WordSerializer
from rtl.phase import slot_counts
from tests.models.properties import PROPERTY
from tests.rtl.adapter.designs import adapted
from tests.rtl.simulator import run


def bits(words: list[int], slots: int) -> np.ndarray:
    """Return what each line does in each slot, shape (lines, slots)."""
    return np.array([[word >> slot & 1 for slot in range(slots)] for word in words])


def expected_pins(config: TileConfig, xw: list[int], dw: list[int], slots: int) -> np.ndarray:
    """Return both sides' lines in every cycle of a phase's pulses, shape (cycles, lines)."""
    each = config.timing.pulse_cycles
    taken = slots if config.tile.update.slots == "used" else config.tile.update.bl
    rows, columns = bits(xw, taken), bits(dw, taken)
    turns = np.eye(config.rows) if config.timing.row_by_row else np.ones((1, config.rows))
    parts = [np.vstack([rows * turn[:, None], columns]) for turn in turns]
    return np.repeat(np.hstack(parts), each, axis=1).T


async def phase(ctx: SimulatorContext, dut: WordSerializer, later: bool, cycles: int) -> np.ndarray:
    """Let a phase go; return lines and `active` in each of so many cycles."""
    config, seen = dut.config, []
    for cycle in range(cycles):
        ctx.set(dut.again if later else dut.start, cycle == 0)
        pins = ctx.get(dut.row) | ctx.get(dut.column) << config.rows
        pins |= ctx.get(dut.active) << config.rows + config.columns
        seen.append([pins >> n & 1 for n in range(config.rows + config.columns + 1)])
        await ctx.tick()
    ctx.set(dut.again if later else dut.start, 0)
    return np.array(seen).reshape(cycles, -1)


@settings(PROPERTY, max_examples=60)
@given(adapted(), st.data())
def test_words_are_pulsed_in_the_cycles_of_the_models(
    config: TileConfig, data: st.DataObject
) -> None:
    """Every phase of two updates, one after the other without a cycle between them."""
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    used = data.draw(st.lists(st.sampled_from(slot_counts(config)), min_size=2, max_size=2))
    dut = WordSerializer(config)

    async def bench(ctx: SimulatorContext) -> None:
        for slots in used:
            offsets = [*phase_offsets(config, slots), update_cycles(config, slots)]
            ctx.set(dut.slots, slots)
            for number in range(len(offsets) - 1):
                xw, dw = (
                    rng.integers(0, 1 << slots, lines).tolist()
                    for lines in (config.rows, config.columns)
                )
                ctx.set(dut.xw, xw)
                ctx.set(dut.dw, dw)
                width = offsets[number + 1] - offsets[number]
                seen = await phase(ctx, dut, number > 0, width)
                pins = expected_pins(config, xw, dw, slots)
                before = 0 if number else config.timing.load_cycles
                assert not seen[:before].any()
                np.testing.assert_array_equal(seen[before : before + len(pins), :-1], pins)
                assert seen[before : before + len(pins), -1].all()
                assert not seen[before + len(pins) :].any()
                assert before + len(pins) <= width
                assert len(pins) == phase_cycles(config, slots)

    run(dut, bench)


@pytest.mark.parametrize("load", [0, 1, 4])
def test_the_first_slot_is_the_lowest_bit_after_the_load(load: int) -> None:
    timing = Timing(load_cycles=load, pulse_cycles=2)
    dut = WordSerializer(TileConfig(2, 1, Tile(update=Update(bl=3)), timing))

    async def bench(ctx: SimulatorContext) -> None:
        ctx.set(dut.xw, [0b001, 0b110])
        ctx.set(dut.dw, [0b101])
        seen = await phase(ctx, dut, False, load + 6)
        assert seen[load:, 0].tolist() == [1, 1, 0, 0, 0, 0]
        assert seen[load:, 1].tolist() == [0, 0, 1, 1, 1, 1]
        assert seen[load:, 2].tolist() == [1, 1, 0, 0, 1, 1]

    run(dut, bench)


def test_rows_that_follow_one_another_leave_every_coincidence_as_it_is() -> None:
    rng = np.random.default_rng(5)
    for by_row in (False, True):
        timing = Timing(load_cycles=1, row_by_row=by_row)
        config = TileConfig(4, 3, Tile(update=Update(bl=7)), timing)
        dut = WordSerializer(config)
        xw, dw = (rng.integers(0, 128, lines).tolist() for lines in (4, 3))

        async def bench(
            ctx: SimulatorContext,
            dut: WordSerializer = dut,
            xw: list[int] = xw,
            dw: list[int] = dw,
        ) -> None:
            ctx.set(dut.xw, xw)
            ctx.set(dut.dw, dw)
            seen = await phase(ctx, dut, False, update_cycles(dut.config))
            met = seen[:, :4].T @ seen[:, 4:7]
            counts = np.bitwise_count(np.array(xw)[:, None] & np.array(dw)[None, :])
            np.testing.assert_array_equal(met, counts)

        run(dut, bench)
