"""Convolutions, pooling and LSTMs among linear layers: both executors, gradients, evaluation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import executor
from models.loss import mean_loss
from models.memory import Memory
from models.replay import Replay
from models.schedule import Op
from tests.models.gradient import finite_differences
from tests.models.mixed import mixed_cases
from tests.models.packed import SHARED, SMOOTH, Case, Ops, case, shuffled
from tests.models.properties import PROPERTY

FEW = settings(PROPERTY, max_examples=60)
#: What other kinds of layers keep besides.
ALL = (*SHARED, "value", "cells", "renewed")

orders = st.integers(0, 99)


def in_turn(samples: int, stages: int) -> Ops:
    """Sample after sample: all F, then B and U from the last stage to the first, B included."""
    found = []
    for k in range(samples):
        found += [(m, Op.FORWARD, k) for m in range(stages)]
        for m in reversed(range(stages)):
            found += [(m, Op.BACKWARD, k), (m, Op.UPDATE, k)]
    return tuple(np.array(column, np.int64) for column in zip(*found, strict=True))


def both(case: Case, ops: Ops) -> tuple[Memory, Memory]:
    compiled, plain = case.memory(), case.memory()
    executor.run(compiled, *ops, case.order)
    Replay(plain).run(*ops, case.order)
    return compiled, plain


def assert_alike(compiled: Memory, plain: Memory, names: tuple[str, ...] = ALL) -> None:
    for name in names:
        found, twin = getattr(compiled.state, name), getattr(plain.state, name)
        assert np.array_equal(found, twin), name


@FEW
@given(mixed_cases(), orders)
def test_the_hardware_profile_is_bit_equal_in_any_valid_order(case, seed):
    assert_alike(*both(case, shuffled(case, seed)))


REAL = {
    "profile": "behavioural",
    "managements": ["abs-max", "average-abs-max", "constant", "shift", "none"],
}


@FEW
@given(mixed_cases(activations=SMOOTH, **REAL), orders)
def test_last_bits_of_tanh_and_exp_vanish_in_the_codes(case, seed):
    """Weights, codes and counts are equal; the rest to a few units in the last place."""
    compiled, plain = both(case, shuffled(case, seed))
    assert_alike(compiled, plain, ("weights", "x", "d", "counters", "used"))
    for name in ("bias", "slope", "x_factor", "d_factor", "logits", "value", "cells"):
        found, twin = getattr(compiled.state, name), getattr(plain.state, name)
        assert found == pytest.approx(twin, rel=1e-11, abs=1e-13), name


@FEW
@given(mixed_cases())
def test_reads_of_several_samples_at_once_are_those_of_each(case):
    """Without updates in between, as in a mini-batch of a synchronous schedule."""
    samples, stages = np.arange(min(case.samples, *case.x_depth, *case.d_depth)), case.design.stages
    single, batched = case.memory(), case.memory()
    images = case.order[samples % len(case.order)]
    for k, image in zip(samples, images, strict=True):
        for m in range(stages):
            Replay(single).forward(m, k[None], image[None])
    for m in range(stages):
        Replay(batched).forward(m, samples, images)
    for m in reversed(range(stages)):
        for k in samples:
            Replay(single).backward(m, k[None])
        Replay(batched).backward(m, samples)
    assert_alike(single, batched)


NETWORKS = {
    "max pooling": [
        {
            "kind": "conv",
            "channels": 1,
            "height": 6,
            "width": 5,
            "filters": 2,
            "kernel": 3,
            "padding": 1,
            "pool": 2,
        },
        {
            "kind": "conv",
            "channels": 2,
            "height": 3,
            "width": 2,
            "filters": 3,
            "kernel": 2,
            "activation": "sigmoid",
        },
        {"inputs": 6, "outputs": 4},
    ],
    "average pooling": [
        {
            "kind": "conv",
            "channels": 2,
            "height": 5,
            "width": 7,
            "filters": 3,
            "kernel": 3,
            "stride": 2,
            "padding": 1,
            "pool": 2,
            "pool_kind": "average",
        },
        {"inputs": 6, "outputs": 4},
    ],
    "lstm": [
        {"kind": "lstm", "features": 3, "hidden": 4, "steps": 4},
        {"inputs": 4, "outputs": 3},
    ],
    "all": [
        {"inputs": 5, "outputs": 16},
        {"kind": "conv", "channels": 1, "height": 4, "width": 4, "filters": 2, "kernel": 2},
        {"kind": "lstm", "features": 6, "hidden": 3, "steps": 3},
        {"inputs": 3, "outputs": 3},
    ],
}


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])
@pytest.mark.parametrize("name", NETWORKS)
def test_digital_sgd_descends_the_finite_difference_gradient(name, compiled):
    """dG takes lr / s of the errors and inputs of all vectors, so -lr / s^2 of dL/dG.

    One sample moves a weight once a vector, and each move rounds it by half a step of float32.
    """
    layers = [{**layer, "omega": 0.4, "scale": 1.25} for layer in NETWORKS[name]]
    algorithm = {"name": "digital-sgd", "lr": 0.5, "lr_decay": 1.0}
    raw = {"layer": layers, "algorithm": algorithm, "schedule": {"first_stage_backward": True}}
    one = case(raw, samples=1)
    memory, ops = one.memory(), in_turn(1, one.design.stages)
    before = [(la.crossbar.weights.astype(np.float64), la.bias.copy()) for la in memory.layers]
    if compiled:
        executor.run(memory, *ops, one.order)
    else:
        Replay(memory).run(*ops, one.order)
    gradients = finite_differences(one, int(one.order[0]))
    vectors = [layer.errors for layer in one.design.layer]
    for layer, (w, b), (dw, db), n in zip(memory.layers, before, gradients, vectors, strict=True):
        moved = (layer.crossbar.weights - w) * layer.scale**2 / -0.5
        assert np.abs(dw).max() > 1e-4
        assert moved == pytest.approx(dw, abs=2e-7 * n * layer.scale**2)
        assert (layer.bias - b) / -0.5 == pytest.approx(db, abs=1e-8)


@FEW
@given(mixed_cases(pulse_types=["lfsr"]))
def test_without_noise_an_evaluation_reads_what_training_reads(case):
    """Loss of one image by both ways, where no draw could tell them apart."""
    design = case.design
    if design.tile.dac.rounding == "stochastic" or design.tile.adc.rounding == "stochastic":
        return
    quiet = {"output_noise": 0.0, "read_noise": 0.0}
    layers = tuple(layer.model_copy(update={"dropout": 0.0}) for layer in design.layer)
    tile = design.tile.model_copy(
        update={**quiet, "dac": design.tile.dac.model_copy(update={"noise": 0.0})}
    )
    one = Case(
        design.model_copy(update={"tile": tile, "layer": layers}),
        case.data,
        1,
        case.x_depth,
        case.d_depth,
    )
    memory, network, images = one.memory(), one.network(), one.data.train
    executor.run(
        memory, *(column[: design.stages] for column in in_turn(1, design.stages)), one.order
    )
    place = int(one.order[0])
    image = type(images)(images.pixels[place : place + 1], images.labels[place : place + 1])
    held = tuple((layer.grid.weights(), layer.bias, layer.gain) for layer in network.layers)
    loss, right = network.evaluate(image, 0, held)
    z = memory.state.logits[:1]
    value, _ = memory.layers[-1].activate(z)
    assert right == float(value.argmax() == image.labels[0])
    assert loss == mean_loss(
        z,
        value,
        image.labels,
        design.network.loss,
        network.numerics,
        design.network.label_smoothing,
    )


def test_registers_and_slots_count_vectors():
    """After k samples the registers stand where k times the vectors' updates leave them."""
    layers = [
        {"kind": "conv", "channels": 1, "height": 4, "width": 4, "filters": 3, "kernel": 2},
        {"kind": "lstm", "features": 9, "hidden": 4, "steps": 3, "truncate": 2},
        {"inputs": 4, "outputs": 3},
    ]
    one = case({"layer": layers, "algorithm": {"lr": 0.3}}, samples=7)
    memory = one.memory()
    executor.run(memory, *shuffled(one, 0), one.order)
    vectors = [9, 2, 1]
    expected = [bank[0].states(7 * n) for bank, n in zip(memory.banks, vectors, strict=True)]
    assert (memory.state.row_registers == np.concatenate(expected)).all()
    assert len(memory.state.used) == 12
    assert memory.state.counters[:, 0].min() > 0
