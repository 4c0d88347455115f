"""Layers with adapters: both executors, gradients, batches, and a base that nothing moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import executor
from models.memory import Memory
from models.replay import Replay
from tests.models.gradient import finite_differences
from tests.models.packed import SHARED, Case, Ops, case, raw_designs, shuffled
from tests.models.properties import PROPERTY, sometimes
from tests.models.rules import NAMES, tables

FEW = settings(PROPERTY, max_examples=60)
#: What these layers keep besides.
ALL = (*SHARED, "value", "gradient", "renewed")
KINDS = ("analog", "digital")

orders = st.integers(0, 99)


@st.composite
def adapted_cases(draw, **fixed) -> Case:
    """Small networks whose layers have adapters, most of them."""
    raw = draw(raw_designs(**fixed))
    for layer in raw["layer"]:
        if draw(sometimes([False], True)):
            layer["adapter_rank"] = draw(st.integers(1, min(layer["inputs"], layer["outputs"])))
            layer["adapter_base"] = draw(st.sampled_from(KINDS))
            layer["adapter_scale"] = draw(st.sampled_from([0.5, 1.0, 4.0]))
            layer["adapter_bias"] = draw(st.booleans())
            layer |= {"normalise": False, "learn_scale": "none"}
        layer["dropout"] = draw(sometimes([0.5], 0.0))
    raw["layer"][-1]["dropout"] = 0.0
    raw["schedule"] = {"first_stage_backward": True}
    one = case(raw, samples=draw(st.integers(1, 8)))
    depths = st.lists(st.integers(1, 4), min_size=one.design.stages, max_size=one.design.stages)
    return Case(one.design, one.data, one.samples, tuple(draw(depths)), tuple(draw(depths)))


def both(case: Case, ops: Ops) -> tuple[Memory, Memory]:
    compiled, plain = case.memory(), case.memory()
    executor.run(compiled, *ops, case.order)
    Replay(plain).run(*ops, case.order)
    return compiled, plain


def assert_alike(one: Memory, other: Memory, names: tuple[str, ...] = ALL) -> None:
    for name in names:
        assert np.array_equal(getattr(one.state, name), getattr(other.state, name)), name


@FEW
@given(adapted_cases(), orders)
def test_the_hardware_profile_is_bit_equal_in_any_valid_order(case, seed):
    assert_alike(*both(case, shuffled(case, seed)))


@FEW
@given(adapted_cases(profile="behavioural", managements=["constant", "shift", "none"]), orders)
def test_last_bits_of_tanh_and_exp_vanish_in_the_codes(case, seed):
    """Not with factors in the ratio of two codes: halves of a code are decided by last bits."""
    compiled, plain = both(case, shuffled(case, seed))
    assert_alike(compiled, plain, ("weights", "x", "d", "counters", "used"))
    for name in ("bias", "slope", "x_factor", "d_factor", "logits", "value", "gradient"):
        found, twin = getattr(compiled.state, name), getattr(plain.state, name)
        assert found == pytest.approx(twin, rel=1e-11, abs=1e-13), name


@FEW
@given(adapted_cases())
def test_reads_of_several_samples_at_once_are_those_of_each(case):
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


def layers(base: str, **keys) -> list[dict]:
    own = {"adapter_rank": 3, "adapter_base": base, "adapter_scale": 2.0, "adapter_bias": True}
    return [
        {"inputs": 7, "outputs": 6, **own, **keys},
        {"inputs": 6, "outputs": 5, "activation": "sigmoid", **keys},
        {"inputs": 5, "outputs": 4, **own, **keys},
    ]


def drawn(memory: Memory) -> None:
    """Move B away from 0, where A has no gradient."""
    rng = np.random.default_rng(3)
    for part, layer in zip(memory.network.design.parts, memory.layers, strict=True):
        if part.kind == "up":
            weights = layer.crossbar.weights
            weights[...] = rng.uniform(-0.3, 0.3, weights.shape)


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])
@pytest.mark.parametrize("base", KINDS)
@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
def test_digital_sgd_descends_the_finite_difference_gradient(base, loss, compiled, monkeypatch):
    """dG takes -lr / s^2 of dL/dG, with s the scale of A or of B, the adapter's factor apart.

    W = f s G of B moves by f times the gradient of s G, so G by lr f / s of errors and inputs.
    """
    one = case(
        {
            "layer": layers(base, omega=0.4, scale=1.25),
            "network": {"loss": loss},
            "algorithm": {"name": "digital-sgd", "lr": 0.5, "lr_decay": 1.0},
            "schedule": {"first_stage_backward": True},
        },
        samples=1,
    )
    memory, ops = one.memory(), shuffled(one, 0)
    drawn(memory)
    before = [(la.grid.weights().astype(np.float64), la.bias.copy()) for la in memory.layers]
    network = one.network()
    for layer, (weights, _) in zip(network.layers, before, strict=True):
        for _, _, rows, columns, tile in layer.grid.blocks():
            tile.weights[...] = weights[rows, columns]
    monkeypatch.setattr(Case, "network", lambda self: network)
    gradients = finite_differences(one, int(one.order[0]))
    monkeypatch.undo()
    if compiled:
        executor.run(memory, *ops, one.order)
    else:
        Replay(memory).run(*ops, one.order)
    parts = one.design.parts
    for part, layer, (w, b), (dw, db) in zip(parts, memory.layers, before, gradients, strict=True):
        scale = layer.scale / 2.0 if part.kind == "up" else layer.scale
        moved = (layer.grid.weights() - w) * scale**2 / -0.5
        frozen = layer.frozen
        assert not moved[:, :frozen].any()
        assert np.abs(dw[:, frozen:]).max() > 1e-4
        assert moved[:, frozen:] == pytest.approx(dw[:, frozen:], abs=4e-7 * scale**2)
        if layer.biased:
            assert (layer.bias - b) / -0.5 == pytest.approx(db, abs=1e-8)
        else:
            assert (layer.bias == b).all()


@pytest.mark.parametrize("base", KINDS)
def test_without_b_the_network_is_its_base(base):
    """Digital SGD reads exact sums: what the base alone gives, to the order of its sums."""
    exact = {"algorithm": {"name": "digital-sgd"}}
    one = case({"layer": layers(base), **exact})
    network = one.network()
    value = one.data.test.pixels / 16
    for part, layer in zip(network.design.parts, network.layers, strict=True):
        if part.kind == "up":
            assert not layer.grid.weights().any()
            value = layer.activate(value)[0]
        elif layer.frozen or layer.base is not None:
            weights = layer.grid.weights()[:, : layer.frozen] * layer.scale
            value = value @ (weights if layer.base is None else layer.base)
        else:
            value = layer.activate(value @ layer.grid.weights() * layer.scale)[0]
    held = tuple((layer.grid.weights(), layer.bias, layer.gain) for layer in network.layers)
    right = (value.argmax(axis=1) == one.data.test.labels).mean()
    assert network.evaluate(one.data.test, 0, held)[1] == right


@FEW
@given(st.data())
def test_no_rule_moves_a_frozen_base(data):
    """Every learning rule, transfers and refreshes included; decay and drift are not updates."""
    name = data.draw(st.sampled_from(("analog-sgd", *NAMES)))
    table = {"name": name} if name == "analog-sgd" else data.draw(tables(name))
    table |= {"lr": 0.3}
    raw = {"layer": layers("analog"), "algorithm": table, "run": {"seed": data.draw(orders)}}
    if name == "analog-sgd":
        cell = {"kind": "pair", "refresh_every": 2, "refresh_upper": 0.05, "refresh_lower": 0.0}
        raw["device"] = {"preset": "soft-bounds", "dw_min": 0.01, "cell": cell}
    one = case(raw, samples=12)
    for compiled in (True, False):
        memory, ops = one.memory(), shuffled(one, 1)
        before = [[bar.states.copy() for bar in layer.grid.flat] for layer in memory.network.layers]
        if compiled:
            executor.run(memory, *ops, one.order)
        else:
            Replay(memory).run(*ops, one.order)
        moved = []
        for layer, states in zip(memory.layers, before, strict=True):
            for (_, _, _, columns, bar), kept in zip(layer.grid.blocks(), states, strict=True):
                same = np.array_equal(bar.states, kept)
                assert same or columns.stop > layer.frozen
                moved.append(not same)
        assert any(moved)


def test_a_base_on_devices_still_drifts():
    device = {"preset": "soft-bounds", "lifetime": 20.0, "retention_every": 2}
    one = case({"layer": layers("analog"), "device": device}, samples=12)
    compiled, plain = both(one, shuffled(one, 1))
    assert_alike(compiled, plain)
    first, started = compiled.layers[0], one.network().layers[0]
    kept = first.grid.weights()[:, : first.frozen] / started.grid.weights()[:, : first.frozen]
    assert kept == pytest.approx(np.exp(-12 / 20.0), abs=1e-3)


def test_an_adapted_layer_takes_two_stages_and_tiles_of_its_own():
    """The analog base keeps its tiles beside A's; B's follow in the next stage."""
    wanted = {"analog": [3, 3, 3], "digital": [3]}
    for base, columns in wanted.items():
        own = [layers(base)[0], {"inputs": 6, "outputs": 4}]
        network = case({"layer": own, "tile": {"rows": 4, "columns": 4}}).network()
        assert network.design.stages == 3
        below, above, _ = (layer.grid for layer in network.layers)
        assert [bar.config.columns for bar in below.tiles[0]] == columns
        assert [bar.config.rows for bar in below.flat[:: len(columns)]] == [4, 3]
        assert [(bar.config.rows, bar.config.columns) for bar in above.flat] == [(3, 3), (3, 3)]
        numbers = [bar.config.index for layer in network.layers for bar in layer.grid.flat]
        assert numbers == list(range(len(numbers)))
