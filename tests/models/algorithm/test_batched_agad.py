"""Replicas: which of them a sample passes through, which array its gradient, what is evaluated."""

import numpy as np
import pytest

from models import executor
from models.schedule import Op
from tests.models.packed import case

LAYER = {"inputs": 6, "outputs": 4, "activation": "linear"}


def replicas(version, count=3, batch=7):
    rule = {
        "name": "batched-agad",
        "replicas": count,
        "version": version,
        "transfer_every": 1000,
        "lr": 1.0,
    }
    return case(
        {
            "layer": [LAYER],
            "tile": {"output_noise": 0.0, "adc": {"bits": 12}},
            "schedule": {"name": "fill-drain", "N": batch},
            "algorithm": rule,
        },
        samples=14,
        depth=14,
    ).memory()


def run(memory, op, samples):
    stages = np.zeros(len(samples), np.int64)
    ops, order = np.full(len(samples), int(op)), np.zeros(1, np.int64)  # always the first image
    executor.run(memory, stages, ops, np.array(samples), order)


@pytest.mark.parametrize("version", [1, 2])
def test_the_samples_of_a_mini_batch_go_to_the_replicas_in_turn(version):
    """Seven samples among three replicas: three, two and two."""
    memory = replicas(version)
    views = memory.state.weights.reshape(3, 6, 4)
    for view in range(3):
        views[view] = 0.125 * (view + 1)
    run(memory, Op.FORWARD, range(14))
    sums = memory.state.logits[:, 0]
    seen = np.rint(sums / sums[0]).astype(int)
    assert seen.tolist() == 2 * [1, 2, 3, 1, 2, 3, 1]


@pytest.mark.parametrize(("version", "arrays"), [(1, [0, 0, 0]), (2, [0, 1, 2])])
def test_a_gradient_goes_to_the_array_of_its_part(version, arrays):
    for sample, array in ((0, arrays[0]), (4, arrays[1]), (5, arrays[2]), (8, arrays[1])):
        memory = replicas(version)
        run(memory, Op.FORWARD, range(sample + 1))
        before = memory.state.held.reshape(-1, 6, 4).copy()
        run(memory, Op.UPDATE, [sample])
        moved = (memory.state.held.reshape(-1, 6, 4) != before).any(axis=(1, 2))
        assert np.flatnonzero(moved).tolist() == [array]


def test_the_mean_of_the_replicas_is_what_the_network_holds():
    memory = replicas(1)
    views = memory.state.weights.reshape(3, 6, 4)
    views[...] = np.array([0.25, 0.5, -0.125], np.float32)[:, None, None]
    assert memory.layers[0].grid.weights() == pytest.approx(0.625 / 3, abs=2.0**-22)
