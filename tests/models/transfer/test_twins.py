"""Compiled transfers against their plain twin, for every learning rule."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models import executor
from models.lfsr import LfsrBank
from models.replay import Replay
from models.seed import COLUMNS
from models.transfer.packed import apart
from tests.models.packed import SHARED, shuffled
from tests.models.properties import PROPERTY
from tests.models.rules import ruled

FEW = settings(PROPERTY, max_examples=60)
FIELDS = (*SHARED, "digital", "chopper", "transferred")


def assert_twins(case, seed, names):
    compiled, plain, ops = case.memory(), case.memory(), shuffled(case, seed)
    for memory in (compiled, plain):  # a warm start ends phase after phase
        memory.state.switches[:] = 2 + 3 * np.arange(len(memory.state.switches))
    executor.run(compiled, *ops, case.order)
    Replay(plain).run(*ops, case.order)
    for name in names:
        found, twin = getattr(compiled.state, name), getattr(plain.state, name)
        assert np.array_equal(found, twin), name
    return compiled


@FEW
@given(ruled(), st.integers(0, 99))
def test_the_hardware_profile_is_bit_equal_in_any_valid_order(case, seed):
    assert_twins(case, seed, FIELDS)


@FEW
@given(ruled(profile="behavioural", activations=("relu",), losses=["mse"]), st.integers(0, 99))
def test_the_behavioural_profile_is_bit_equal_without_transcendentals(case, seed):
    assert_twins(case, seed, FIELDS)


@FEW
@given(ruled(pulse_types=["lfsr"]), st.integers(0, 99))
def test_registers_of_transfers_leap_with_every_line(case, seed):
    memory = assert_twins(case, seed, ())
    registers, found = memory.state.transfer_registers, []
    writes = [one for one in case.design.arrangement.transfers if one.writes == "pulses"]
    for t, transfer in enumerate(writes):
        for bar in memory.bars:
            bank = LfsrBank(apart(bar.config, t), COLUMNS)
            found.append(bank.states(case.samples // transfer.every * transfer.columns))
    assert np.array_equal(registers, np.concatenate([np.zeros(0, np.uint64), *found]))
