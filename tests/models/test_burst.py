"""The compiled update on any stashed codes, and its registers and words."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models import executor, word
from models.lfsr import LfsrBank
from models.memory import Memory
from models.register import apply, step_power, turn
from models.replay import Replay
from models.schedule import Op
from models.seed import COLUMNS, ROWS
from tests.models.packed import SHARED, cases
from tests.models.properties import PROPERTY, tile_configs

FEW = settings(PROPERTY, max_examples=60)


@PROPERTY
@given(st.integers(8, 32), st.integers(0, 10**6), st.data())
def test_a_compiled_map_is_the_map(width, steps, data):
    state = data.draw(st.integers(0, (1 << width) - 1))
    matrix = step_power(width, steps)
    found = word.linear_map(np.array(turn(matrix), np.uint64), np.uint64(state))
    assert found == apply(matrix, state)


@PROPERTY
@given(tile_configs(largest=8), st.sampled_from([ROWS, COLUMNS]), st.integers(0, 99), st.data())
def test_compiled_words_are_the_bank_s_numbers_below_their_thresholds(config, side, update, data):
    bank = LfsrBank(config, side)
    spec = config.tile.update
    slots = data.draw(st.integers(0, spec.bl))
    full = 1 << spec.comparator_bits
    limits = np.array([data.draw(st.integers(0, full)) for _ in range(bank.lines)])
    registers, words = bank.states(update), np.full(bank.lines, 99, np.uint64)
    kept = registers.copy()
    turned = np.pad(bank.turned_masks, ((0, 0), (3, 2)))
    step = np.array(turn(bank.slot_step), np.uint64)
    pulses = word.side_words(turned, 3, registers, step, limits, slots, words)
    fires = bank.numbers(update, slots) < limits
    weight = np.uint64(1) << np.arange(slots, dtype=np.uint64)
    assert words.tolist() == (fires * weight[:, None]).sum(axis=0).tolist()
    assert pulses == fires.sum()
    assert (registers == kept).all()


def stash(memory: Memory, seed: int, sample: int, integer: bool) -> None:
    """Fill a sample's stashes with any codes and factors, now and then all zero."""
    rng = np.random.default_rng(seed)
    limit = int(memory.plan.reading.dac_limit)
    for m in range(len(memory.layers)):
        state, plan, placing = memory.state, memory.plan, memory.plan.placing
        for codes, factors, slot, depth, blocks in (
            (state.x, state.x_factor, memory.x_slot, plan.x_depth, placing.rows_of(m)),
            (state.d, state.d_factor, memory.d_slot, plan.d_depth, placing.columns_of(m)),
        ):
            place = slot(m, sample)
            size = place.stop - place.start
            top = int(rng.integers(0, limit + 1)) * (rng.random() < 0.9)
            codes[place] = rng.integers(-top, top + 1, size)
            count = blocks.stop - blocks.start
            exponents, reals = rng.integers(0, 10, count), rng.uniform(-4, 1, count)
            scales = 2.0**exponents if integer else 10**reals
            factors[blocks, sample % int(depth[m])] = scales


profiles = st.sampled_from(["hardware", "behavioural"])


@FEW
@given(profiles.flatmap(lambda profile: cases(profile=profile)), st.integers(0, 1 << 30))
def test_compiled_updates_are_the_twin_s_on_any_codes(case, seed):
    compiled, plain = case.memory(), case.memory()
    replay = Replay(plain)
    for k in range(min(case.samples, 4)):
        for memory in (compiled, plain):
            stash(memory, seed + k, k, case.design.hardware)
        for m in range(case.design.stages):
            one = [np.array([value]) for value in (m, int(Op.UPDATE), k)]
            executor.run(compiled, *one, np.zeros(1, np.int64))
            replay.update(m, k)
            for name in SHARED:
                found, twin = getattr(compiled.state, name), getattr(plain.state, name)
                assert np.array_equal(found, twin), name
