"""Cycles of every op against sums done by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.design import make_design, read_design
from models.schedule import Op
from models.section import Adc, Dac, Tile, Timing
from models.tile import GridConfig, TileConfig, tile_config
from models.timing import (
    approximation_cycles,
    backward_cycles,
    conversion_offset,
    conversion_rounds,
    drive_cycles,
    drive_steps,
    forward_cycles,
    phase_offsets,
    prepare_cycles,
    read_cycles,
    refresh_cycles,
    sample_cycles,
    seconds,
    slot_cycles,
    stage_transfers,
    stage_update_cycles,
    transfer_cycles,
    trial_cycles,
    update_cycles,
)
from models.update import Update
from tests.models.properties import PROPERTY, tile_configs


def config(rows: int = 64, columns: int = 32, timing: Timing | None = None, **tile) -> TileConfig:
    return TileConfig(rows, columns, Tile(**tile), timing or Timing())


STEPS = Timing(
    load_cycles=2, bit_cycles=3, slot_cycles=5, settle_cycles=7, adc_cycles=11, pulse_cycles=13
)


@pytest.mark.parametrize(
    ("keys", "drive", "forward", "backward"),
    [
        ({}, 6, 1 + 6 + 1 + 1, 1 + 6 + 1 + 1),
        ({"timing": STEPS}, 18, 2 + 18 + 7 + 11, 2 + 18 + 7 + 11),
        ({"dac": Dac(bits=9), "adc": Adc(count=8)}, 8, 1 + 8 + 1 + 4, 1 + 8 + 1 + 8),
        ({"adc": Adc(count=5)}, 6, 1 + 6 + 1 + 7, 1 + 6 + 1 + 13),
        ({"adc": Adc(count=100)}, 6, 9, 9),
        ({"dac": Dac(bits=7, drive="pulse-width")}, 63, 1 + 63 + 1 + 1, 66),
        (
            {"dac": Dac(bits=4, drive="pulse-width"), "timing": STEPS, "adc": Adc(count=16)},
            35,
            2 + 35 + 7 + 2 * 11,
            2 + 35 + 7 + 4 * 11,
        ),
        ({"dac": Dac(bits=2), "timing": Timing(load_cycles=0, settle_cycles=0)}, 1, 2, 2),
    ],
)
def test_reads_are_load_drive_settle_and_shared_conversions(keys, drive, forward, backward):
    one = config(**keys)
    assert drive_cycles(one) == drive
    assert forward_cycles(one) == forward
    assert backward_cycles(one) == backward


def test_conversions_follow_load_drive_and_settling():
    one = config(timing=STEPS, dac=Dac(bits=4), adc=Adc(bits=5, count=10))
    assert drive_steps(one) == (3, 3)
    assert conversion_offset(one) == 2 + 9 + 7
    assert [conversion_rounds(one, outputs) for outputs in (1, 10, 11, 64)] == [1, 1, 2, 7]
    assert read_cycles(one, 11) == 2 + 9 + 7 + 2 * 11
    wide = config(timing=STEPS, dac=Dac(bits=4, drive="pulse-width"))
    assert drive_steps(wide) == (7, 5)
    assert read_cycles(replace(wide, timing=Timing(forward_cycles=2)), 5) == 1 + 7 + 1 + 1


def test_a_conversion_samples_tries_every_bit_and_shows_its_code():
    found = {
        cycles: trial_cycles(config(adc=Adc(bits=4), timing=Timing(adc_cycles=cycles)))
        for cycles in (0, 5, 6, 9, 10, 14)
    }
    assert found == {0: 0, 5: 0, 6: 1, 9: 1, 10: 2, 14: 3}
    assert approximation_cycles(config(adc=Adc(bits=4))) == 6


def test_every_retry_is_one_more_read():
    for one in (config(), config(timing=STEPS), config(timing=Timing(forward_cycles=40))):
        for cycles in (forward_cycles, backward_cycles):
            assert [cycles(one, n) for n in range(3)] == [cycles(one) * (1 + n) for n in range(3)]


def test_a_refresh_is_two_reads_of_every_row_then_the_writes():
    """Tiles of a layer refresh at once: U of the layer takes what its slowest takes longer."""
    keys = {"load_cycles": 3, "pulse_cycles": 5}
    config = TileConfig(6, 4, timing=Timing(forward_cycles=40, **keys))
    assert refresh_cycles(config, 0, 0) == 2 * 6 * 40
    assert refresh_cycles(config, 2, 17) == 2 * 6 * 40 + 2 * 3 + 17 * 5
    grid = GridConfig(((config,), (TileConfig(3, 4, timing=config.timing),)))
    once = stage_update_cycles(grid)
    assert stage_update_cycles(grid, None, [(0, 0), (3, 99)]) == once + 240 + 9 + 495
    assert stage_update_cycles(grid, None, [(1, 2), (0, 0)]) == once + 480 + 3 + 10


def test_a_read_takes_two_cycles_at_least():
    bare = Timing(load_cycles=0, settle_cycles=0)
    assert forward_cycles(config(timing=bare, dac=Dac(bits=2))) == 2
    assert update_cycles(config(timing=bare, update=Update(bl=1))) == 2


@pytest.mark.parametrize("bl", [1, 8, 31, 63])
def test_rasch_reads_in_40_ns_and_pulses_every_5(bl):
    """Rasch et al., Nat. Commun. 15:7133 (2024): t_MVM 40 ns, t_pulse 5 ns, at 1 GHz."""
    design = read_design(None, (f"tile.update.bl={bl}", "timing=rasch2024"))
    for stage in range(design.stages):
        one = tile_config(design, stage)
        assert forward_cycles(one) == backward_cycles(one) == 40
        assert update_cycles(one) == 5 * bl
        assert seconds(forward_cycles(one), one.timing) == 40e-9


def test_the_default_machine_has_the_timing_of_rasch():
    one = tile_config(read_design(), 0)
    assert (forward_cycles(one), backward_cycles(one), update_cycles(one)) == (40, 40, 40)


@pytest.mark.parametrize(
    ("phases", "slots", "used", "cycles", "offsets"),
    [
        (1, "built", None, 1 + 8, (0,)),
        (2, "built", None, 1 + 16, (0, 1 + 8)),
        (4, "built", 3, 1 + 32, (0, 1 + 8, 1 + 16, 1 + 24)),
        (1, "used", None, 1 + 8, (0,)),
        (1, "used", 3, 1 + 3, (0,)),
        (2, "used", 3, 1 + 6, (0, 1 + 3)),
        (4, "used", 1, 1 + 4, (0, 2, 3, 4)),
        (4, "used", 0, 2, (0,)),
        (4, "built", 0, 1 + 32, (0,)),
    ],
)
def test_updates_are_load_and_the_slots_of_every_phase(phases, slots, used, cycles, offsets):
    one = config(update=Update(bl=8, phases=phases, slots=slots))
    assert update_cycles(one, used) == cycles
    assert phase_offsets(one, used) == offsets


def test_pulses_of_several_cycles_stretch_the_phases():
    one = config(timing=STEPS, update=Update(bl=4, phases=2))
    assert update_cycles(one) == 2 + 2 * 4 * 13
    assert phase_offsets(one) == (0, 2 + 4 * 13)


@PROPERTY
@given(tile_configs(), st.sampled_from(["built", "used"]), st.data())
def test_the_last_phase_ends_with_the_update(one, slots, data):
    update = one.tile.update.model_copy(update={"slots": slots})
    one = replace(one, tile=one.tile.model_copy(update={"update": update}))
    used = data.draw(st.integers(1, update.bl))
    taken = update.bl if slots == "built" else used
    last = phase_offsets(one, used)[-1]
    width = taken * one.timing.pulse_cycles
    end = last + width + (one.timing.load_cycles if update.phases == 1 else 0)
    assert update_cycles(one, used) == max(2, end)
    assert len(phase_offsets(one, used)) == update.phases


@pytest.mark.parametrize(
    ("slots", "used", "cycles"),
    [("built", None, 13), ("built", 3, 13), ("used", None, 13), ("used", 3, 8), ("used", 0, 6)],
)
def test_an_update_is_prepared_slot_by_slot(slots, used, cycles):
    one = config(update=Update(bl=8, slots=slots))
    assert prepare_cycles(one, Op.UPDATE, used) == cycles
    assert prepare_cycles(one, Op.FORWARD) == prepare_cycles(one, Op.BACKWARD) == 5


def test_a_lock_step_slot_is_the_slowest_stage_and_the_slowest_link():
    timing = Timing(forward_cycles=10, backward_cycles=20, load_cycles=0, pulse_cycles=1)
    configs = tuple(
        GridConfig(((config(timing=timing, update=Update(bl=bl)),),)) for bl in (30, 4)
    )  # 40 without B, 60 with it; 34
    lengths = [sample_cycles(grid, 1, 1) for grid in configs]
    assert slot_cycles(lengths, (3,), False) == 40 + 3
    assert slot_cycles(lengths, (3,), True) == 60 + 3
    assert slot_cycles(lengths[:1], (), True) == 60
    assert slot_cycles(lengths[::-1], (1,), False) == 60 + 1


def test_a_transfer_reads_and_writes_every_line():
    """40 cycles a read, 5 a slot: with 2 updates between two transfers and trains of 5 slots the
    analog time is (5 + 1/2) 5 + 40/2 (Rasch et al., Nat. Commun. 15:7133, Table 1)."""
    timing = Timing(forward_cycles=40, load_cycles=0, pulse_cycles=5)
    one = config(timing=timing, update=Update(bl=5))
    design = make_design({"algorithm": {"name": "tiki-taka-2", "transfer_every": 2}})
    (buffered,) = design.arrangement.transfers
    assert transfer_cycles(one, buffered) == 40 + 5
    assert update_cycles(one) + transfer_cycles(one, buffered) / buffered.every == 47.5
    (pulsed,) = make_design({"algorithm": {"name": "tiki-taka"}}).arrangement.transfers
    assert transfer_cycles(one, replace(pulsed, columns=3)) == 3 * (40 + 5 * 5)
    four = config(timing=timing, update=Update(bl=5, phases=4))
    assert transfer_cycles(four, buffered) == 40 + 2 * 5
    (collected,) = make_design({"algorithm": {"name": "mixed-precision"}}).arrangement.transfers
    assert transfer_cycles(one, collected) == 5
    assert update_cycles(one, pulsed=False) == 2
    grid = GridConfig(((one, four),))
    assert stage_transfers(grid, design.arrangement) == ((2, 50),)


@pytest.mark.parametrize("phases", [1, 2, 4])
def test_a_constant_update_lasts_as_long_whatever_its_slots_and_phases_share_it(phases):
    update = Update(bl=7, slots="used", phases=phases)
    one = config(timing=Timing(update_cycles=20, pulse_cycles=9), update=update)
    assert {update_cycles(one, slots) for slots in (None, 0, 1, 7)} == {20}
    assert phase_offsets(one, 5) == tuple(20 // phases * phase for phase in range(phases))
    assert phase_offsets(one, 0) == (0,)
    assert update_cycles(one, pulsed=False) == 2
    short = config(timing=Timing(update_cycles=2), update=update)
    assert update_cycles(short) == max(2, phases)
    assert len(set(phase_offsets(short, 1))) == phases


def test_rows_that_are_written_one_after_another_multiply_the_pulses():
    update = Update(bl=3, phases=2)
    one = config(timing=Timing(load_cycles=1, pulse_cycles=5, row_by_row=True), update=update)
    assert update_cycles(one) == 1 + one.rows * 2 * 3 * 5
    assert phase_offsets(one) == (0, 1 + one.rows * 3 * 5)


def test_a_read_without_a_converter_ends_with_its_drive():
    timing = Timing(load_cycles=0, bit_cycles=2931, settle_cycles=0, adc_cycles=0)
    assert forward_cycles(config(timing=timing, dac=Dac(bits=5))) == 4 * 2931
