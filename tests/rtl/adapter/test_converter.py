from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from amaranth.sim import SimulatorContext
from hypothesis import given, settings
from hypothesis import strategies as st

from models.number import code_limit, saturate, shift_round
from models.section import Adc, Tile, Timing
from models.tile import TileConfig
from models.timing import conversion_offset, read_cycles, trial_cycles
from rtl.adapter.converter import ConverterBank, converter_count
from tests.models.properties import PROPERTY
from tests.rtl.adapter.designs import adapted
from tests.rtl.simulator import run

#: Analog values are given in quarters of a code.
QUARTER = Fraction(1, 4)


def reaches(quarters: int, code: int) -> bool:
    """Return whether a value rounds to this code or a larger one, halves to even."""
    edge = code - Fraction(1, 2)
    value = quarters * QUARTER
    return value > edge or (value == edge and code % 2 == 0)


def convert(config: TileConfig, reads: Sequence[tuple[bool, Sequence[int]]]) -> None:
    """Convert outputs of F or B one read after the other; compare codes and cycles.

    Comparators answer truly in the last cycle of a trial alone, as if they were slow.
    """
    dut, rng = ConverterBank(config), np.random.default_rng(1)
    bits, count, total = config.tile.adc.bits, converter_count(config), config.timing.adc_cycles
    each, offset = trial_cycles(config), conversion_offset(config)
    first = total - 1 - bits * each

    async def bench(ctx: SimulatorContext) -> None:
        for transposed, quarters in reads:
            outputs = len(quarters)
            assert outputs == (config.rows if transposed else config.columns)
            cycles = read_cycles(config, outputs)
            held = [0] * count
            ctx.set(dut.transposed, transposed)
            for cycle in range(cycles):
                ctx.set(dut.start, cycle == 0)
                turn, place = divmod(cycle - offset, total)
                sampling = cycle >= offset and place < first
                assert ctx.get(dut.acquire) == sampling
                if sampling:
                    assert ctx.get(dut.select) == turn
                    served = quarters[turn * count : (turn + 1) * count]
                    held = [*served, *[0] * (count - len(served))]
                deciding = cycle >= offset and first <= place < total - 1
                if deciding and (place - first) % each == each - 1:
                    trial = ctx.get(dut.trial)
                    answers = [reaches(held[j], trial[j]) for j in range(count)]
                else:
                    answers = rng.integers(0, 2, count).astype(bool).tolist()
                ctx.set(dut.above, sum(answer << j for j, answer in enumerate(answers)))
                if cycle == cycles - 1:
                    rounded = saturate(shift_round(quarters, -2), code_limit(bits))
                    assert (
                        rounded
                        == np.clip(
                            np.rint(np.array(quarters) / 4), -code_limit(bits), code_limit(bits)
                        )
                    ).all()
                    found = np.array(list(ctx.get(dut.y)))
                    assert found[:outputs].tolist() == rounded.tolist()
                    assert not found[outputs:].any()
                await ctx.tick()

    run(dut, bench)


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("spare", [0, 5, 17])
def test_every_value_of_every_width_gives_its_code(bits: int, spare: int) -> None:
    """Quarters of a code from beyond one rail to beyond the other, on 16 converters."""
    most = 4 * (code_limit(bits) + 3)
    values = np.arange(-most, most + 1)
    values = np.pad(values, (0, -len(values) % 16)).reshape(-1, 16)
    timing = Timing(adc_cycles=bits + 2 + spare)
    config = TileConfig(3, 16, Tile(adc=Adc(bits=bits)), timing)
    convert(config, [(False, row) for row in values.tolist()])


@pytest.mark.parametrize("count", [None, 1, 2, 3, 5, 6, 20])
def test_shared_converters_serve_all_outputs_of_both_sides(count: int | None) -> None:
    rng = np.random.default_rng(3)
    config = TileConfig(6, 5, Tile(adc=Adc(bits=4, count=count)), Timing(adc_cycles=7))
    assert converter_count(config) == min(count or 6, 6)
    reads = [(side, rng.integers(-40, 40, 6 if side else 5).tolist()) for side in (0, 1, 1, 0, 0)]
    convert(config, reads)


@settings(PROPERTY, max_examples=40)
@given(adapted(), st.data())
def test_codes_are_whole_in_the_last_cycle_of_the_models(
    config: TileConfig, data: st.DataObject
) -> None:
    most = 4 * (code_limit(config.tile.adc.bits) + 2)
    reads = []
    for transposed in data.draw(st.lists(st.booleans(), min_size=1, max_size=4)):
        outputs = config.rows if transposed else config.columns
        one = st.lists(st.integers(-most, most), min_size=outputs, max_size=outputs)
        reads.append((transposed, data.draw(one)))
    convert(config, reads)
