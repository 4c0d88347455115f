"""Packed memory: views of one block, slots side by side, nothing of the network's own."""

import numpy as np
import pytest
from hypothesis import given

from models.lfsr import LfsrBank
from models.seed import COLUMNS, ROWS
from tests.models.packed import Case, case, cases
from tests.models.properties import PROPERTY

SMALL = {
    "layer": [{"inputs": 5, "outputs": 4}, {"inputs": 4, "outputs": 3}],
    "tile": {"update": {"lfsr_sharing": "line"}},
}


@PROPERTY
@given(cases())
def test_layers_are_views_of_the_packed_state(case):
    memory, network = case.memory(), case.network()
    for layer, drawn in zip(memory.layers, network.layers, strict=True):
        for tile, own in zip(layer.grid.flat, drawn.grid.flat, strict=True):
            assert (tile.weights == own.weights).all()
            assert np.shares_memory(tile.weights, memory.state.weights)
            tile.weights[...] = 7.0
        assert np.shares_memory(layer.bias, memory.state.bias)
        assert not np.shares_memory(layer.bias, drawn.bias)
        layer.bias[...] = 3.0
    assert (memory.state.weights == 7.0).all()
    assert (memory.state.bias == 3.0).all()


@PROPERTY
@given(cases())
def test_stash_slots_fill_their_blocks_without_overlap(case):
    memory, stages = case.memory(), range(case.design.stages)
    for block, slot, depths in (
        (memory.state.x, memory.x_slot, case.x_depth),
        (memory.state.d, memory.d_slot, case.d_depth),
    ):
        used = np.zeros(len(block), int)
        for m in stages:
            for k in range(depths[m]):
                used[slot(m, k)] += 1
                assert slot(m, k) == slot(m, k + 3 * depths[m])
        assert (used == 1).all()


def test_the_plan_lays_the_stages_one_after_another():
    plan = case(SMALL, samples=9, depth=2).memory().plan
    assert plan.rows.tolist() == [5, 4]
    assert plan.columns.tolist() == [4, 3]
    assert plan.placing.weight_at.tolist() == [0, 20]
    assert (plan.placing.row_at.tolist(), plan.column_at.tolist()) == ([0, 5], [0, 4])
    assert (plan.x_at.tolist(), plan.d_at.tolist()) == ([0, 10], [0, 8])
    assert len(plan.devices) == 6 * 32
    assert plan.pulsing.row_turned.shape == (31, 9)
    assert plan.pulsing.column_turned.shape == (31, 7)


def test_the_devices_stand_in_the_order_of_the_kernel():
    memory = case(SMALL).memory()
    for m, layer in enumerate(memory.layers):
        rows, columns = layer.crossbar.weights.shape
        at = 6 * int(memory.plan.placing.weight_at[m])
        packed = memory.plan.devices[at : at + 6 * rows * columns].reshape(rows, 6, columns)
        assert (packed.transpose(1, 0, 2) == layer.crossbar.devices.planes).all()


@pytest.mark.parametrize("noise", [0.0, 2.0])
@pytest.mark.parametrize("name", ["analog-sgd", "digital-sgd"])
def test_states_are_memory_of_their_own_under_write_noise_alone(noise, name):
    raw = {**SMALL, "device": {"write_noise": noise}, "algorithm": {"name": name}}
    memory = case(raw).memory()
    apart = noise > 0 and name == "analog-sgd"
    assert np.shares_memory(memory.state.weights, memory.state.held) != apart
    assert (memory.state.weights == memory.state.held).all()
    for layer in memory.layers:
        for bar in layer.grid.flat:
            assert np.shares_memory(bar.weights, memory.state.weights)
            assert np.shares_memory(bar.states, memory.state.held)


@pytest.mark.parametrize("sharing", ["side", "line"])
def test_the_registers_are_those_before_the_first_update(sharing):
    one = case({**SMALL, "tile": {"update": {"lfsr_sharing": sharing}}})
    memory = one.memory()
    for side, found in (
        (ROWS, memory.state.row_registers),
        (COLUMNS, memory.state.column_registers),
    ):
        banks = [LfsrBank(layer.crossbar.config, side) for layer in memory.layers]
        assert found.tolist() == [seed for bank in banks for seed in bank.seeds]


def test_two_memories_of_a_network_share_nothing_that_changes():
    one: Case = case(SMALL)
    network = one.network()
    kept = [layer.crossbar.weights.copy() for layer in network.layers]
    memory = type(one.memory())(network, one.data.train, one.x_depth, one.d_depth, 4)
    memory.state.weights[...] = 9.0
    assert all(
        (layer.crossbar.weights == w).all() for layer, w in zip(network.layers, kept, strict=True)
    )
    assert memory.state.logits.shape == (4, 3)
