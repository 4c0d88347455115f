"""The plain executor: whole mini-batches at once, and each op's place in memory."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from models.replay import Replay
from models.schedule import Op
from tests.models.packed import SHARED, Case, case, cases, sequential
from tests.models.properties import PROPERTY

FEW = settings(PROPERTY, max_examples=30)


def batch_ops(case: Case) -> tuple[np.ndarray, ...]:
    """All F, then all B, then all U: one mini-batch of a fill-drain schedule."""
    stages, samples = case.design.stages, range(case.samples)
    found = [(m, Op.FORWARD, k) for m in range(stages) for k in samples]
    found += [(m, Op.BACKWARD, k) for m in reversed(range(stages)) for k in samples]
    found += [(m, Op.UPDATE, k) for m in range(stages) for k in samples]
    return tuple(np.array(column, np.int64) for column in zip(*found, strict=True))


def deep(case: Case) -> Case:
    """The same case with stashes that hold every sample."""
    depths = (case.samples,) * case.design.stages
    return replace(case, x_depth=depths, d_depth=depths)


@FEW
@given(cases())
def test_a_batch_read_at_once_has_the_bits_of_its_samples_one_by_one(case):
    one = deep(case)
    single, batched = one.memory(), one.memory()
    Replay(single).run(*batch_ops(one), one.order)
    replay, samples = Replay(batched), np.arange(one.samples)
    stages = range(one.design.stages)
    for stage in stages:
        replay.forward(stage, samples, one.order[samples % len(one.order)])
    for stage in reversed(stages):
        replay.backward(stage, samples)
    for stage in stages:
        for k in samples.tolist():
            replay.update(stage, k)
    for name in SHARED:
        assert np.array_equal(getattr(single.state, name), getattr(batched.state, name)), name


def test_a_forward_of_the_first_stage_stashes_the_codes_of_the_image():
    one = case({"layer": [{"inputs": 5, "outputs": 3}]}, samples=4)
    memory = one.memory()
    Replay(memory).forward(0, np.array([1]), np.array([7]))
    vectors = one.data.train.pixels[7:8] * 64.0  # 16 stands for 1.0, 1024 units
    codes, factor, _ = memory.network.encode(vectors, 0, Op.FORWARD, np.array([1]))
    assert (memory.state.x[memory.x_slot(0, 1)] == codes[0]).all()
    assert memory.state.x_factor[0, 1] == factor[0]


def test_the_last_stage_keeps_its_logits_and_starts_the_error():
    """Within a code, a unit, and the exponential's half step of 1/128: 16 units at most."""
    one = case({"layer": [{"inputs": 5, "outputs": 3}]}, samples=4)
    memory = one.memory()
    Replay(memory).forward(0, np.array([2]), np.array([7]))
    z = memory.state.logits[2]
    share = np.exp(z / 1024 - np.log(np.exp(z / 1024).sum()))
    target = np.arange(3) == one.data.train.labels[7]
    found = memory.state.d[memory.d_slot(0, 2)] * memory.state.d_factor[0, 2]
    factor = memory.state.d_factor[0, 2]
    assert found / 1024 == pytest.approx(share - target, abs=(factor + 16 + 1) / 1024)


def test_counters_add_up_what_the_updates_used():
    one = case({}, samples=6)
    memory = one.memory()
    replay, stages = Replay(memory), one.design.stages
    total = np.zeros(stages, np.int64)
    for m, op, k in zip(*(c.tolist() for c in sequential(6, stages)), strict=True):
        before = memory.state.counters[m].copy()
        arrays = (np.array([m]), np.array([op]), np.array([k]))
        replay.run(*arrays, one.order)
        change = memory.state.counters[m] - before
        if op == Op.UPDATE:
            assert change[0] == memory.state.used[m] <= 8
            lines = memory.plan.rows[m] + memory.plan.columns[m]
            assert 0 <= change[1] <= change[0] * lines
            total[m] += change[2]
        else:
            assert not change.any()
    assert (memory.state.counters[:, 2] == total).all()
    assert total.min() > 0


def test_samples_beyond_the_images_begin_again():
    one = case({"layer": [{"inputs": 5, "outputs": 3}]}, samples=30)
    memory = one.memory()
    replay = Replay(memory)
    zero = np.zeros(1, np.int64)
    for k in (3, 15):
        replay.run(zero, zero + int(Op.FORWARD), zero + k, np.arange(12))
    assert (memory.state.x[memory.x_slot(0, 3)] == memory.state.x[memory.x_slot(0, 15)]).all()
