"""The compiled executor against its NumPy twin, and digital SGD against finite differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import executor
from models.memory import Memory
from models.replay import Replay
from models.schedule import Op
from tests.models.gradient import finite_differences
from tests.models.packed import SHARED, SMOOTH, Case, Ops, case, cases, sequential, shuffled
from tests.models.properties import PROPERTY

FEW = settings(PROPERTY, max_examples=40)

orders = st.integers(0, 99)


def both(case: Case, ops: Ops) -> tuple[Memory, Memory]:
    """The memories after the same ops, compiled and plain."""
    compiled, plain = case.memory(), case.memory()
    executor.run(compiled, *ops, case.order)
    Replay(plain).run(*ops, case.order)
    return compiled, plain


def assert_alike(compiled: Memory, plain: Memory, names: tuple[str, ...] = SHARED) -> None:
    for name in names:
        found, twin = getattr(compiled.state, name), getattr(plain.state, name)
        assert np.array_equal(found, twin), name


@FEW
@given(cases(), orders)
def test_the_hardware_profile_is_bit_equal_in_any_valid_order(case, seed):
    ops = shuffled(case, seed)
    assert_alike(*both(case, ops))


@FEW
@given(cases())
def test_the_hardware_profile_is_bit_equal_sample_after_sample(case):
    assert_alike(*both(case, sequential(case.samples, case.design.stages)))


def test_squared_errors_beyond_the_width_of_a_vector_saturate_alike():
    """The logits stand at both rails, so a whole unit beyond is what saturates."""
    tables = {
        "network": {"loss": "mse"},
        "layer": [{"inputs": 9, "outputs": 8, "activation": "linear", "scale": 64.0}],
        "tile": {"digital_bits": 12, "dac": {"bits": 12}},
    }
    one = case(tables, samples=9)
    compiled, plain = both(one, sequential(9, 1))
    assert_alike(compiled, plain)
    errors = plain.state.d * plain.state.d_factor[0].repeat(8)[: plain.state.d.size]
    assert plain.state.logits.min() == -2047.0
    assert np.abs(errors).max() == 2047.0


STRAIGHT = ("relu", "linear", "hard-tanh", "hard-sigmoid")
REAL = {
    "profile": "behavioural",
    "managements": ["abs-max", "average-abs-max", "constant", "shift", "none"],
}


@FEW
@given(cases(activations=STRAIGHT, losses=["mse"], **REAL), orders)
def test_the_behavioural_profile_is_bit_equal_without_transcendentals(case, seed):
    assert_alike(*both(case, shuffled(case, seed)))


@FEW
@given(cases(activations=SMOOTH, **REAL), orders)
def test_last_bits_of_tanh_and_exp_vanish_in_the_codes(case, seed):
    """Weights, codes and counts are equal; factors and logits to a few units in the last place."""
    compiled, plain = both(case, shuffled(case, seed))
    assert_alike(compiled, plain, ("weights", "x", "d", "counters", "used"))
    for name in ("bias", "slope", "x_factor", "d_factor", "logits"):
        found, twin = getattr(compiled.state, name), getattr(plain.state, name)
        assert found == pytest.approx(twin, rel=1e-12, abs=1e-14), name


@FEW
@given(cases(algorithm="digital-sgd"), orders)
def test_digital_sgd_agrees_to_the_rounding_of_its_weights(case, seed):
    """Sums differ in order alone, by 2^-53 a term; a weight that rounds the other way by 2^-24."""
    compiled, plain = both(case, shuffled(case, seed))
    top = max(1.0, float(np.abs(plain.state.weights).max()))
    assert np.abs(compiled.state.weights - plain.state.weights).max() <= (
        case.samples * 2.0**-23 * top
    )
    assert compiled.state.logits == pytest.approx(plain.state.logits, rel=1e-5, abs=1e-5 * top)


@FEW
@given(cases(pulse_types=["lfsr"]), orders)
def test_after_k_updates_the_registers_are_those_before_update_k(case, seed):
    memory = case.memory()
    executor.run(memory, *shuffled(case, seed), case.order)
    for side, found in enumerate((memory.state.row_registers, memory.state.column_registers)):
        expected = [banks[side].states(case.samples) for banks in memory.banks]
        assert (found == np.concatenate(expected)).all()


@FEW
@given(cases(), orders)
def test_ops_may_be_handed_over_in_pieces(case, seed):
    ops = shuffled(case, seed)
    whole, pieces = case.memory(), case.memory()
    executor.run(whole, *ops, case.order)
    for first in range(0, len(ops[0]), 3):
        part = tuple(column[first : first + 3] for column in ops)
        executor.run(pieces, *part, case.order)
    assert_alike(whole, pieces)


DEEP = {
    "layer": [
        {"inputs": 7, "outputs": 6, "activation": "tanh"},
        {"inputs": 6, "outputs": 5, "activation": "sigmoid"},
        {"inputs": 5, "outputs": 4},
    ],
    "algorithm": {"name": "digital-sgd", "lr": 0.5, "lr_decay": 1.0},
}


@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])
def test_digital_sgd_descends_the_finite_difference_gradient(loss, compiled):
    """dW = s dG = -lr dL/dW; G takes lr / s of the error and inputs, so -lr / s^2 of dL/dG."""
    one = case({**DEEP, "network": {"loss": loss}}, samples=1)
    memory, ops = one.memory(), sequential(1, 3)
    before = [(la.crossbar.weights.astype(np.float64), la.bias.copy()) for la in memory.layers]
    if compiled:
        executor.run(memory, *ops, one.order)
    else:
        Replay(memory).run(*ops, one.order)
    gradients = finite_differences(one, int(one.order[0]))
    for layer, (w, b), (dw, db) in zip(memory.layers, before, gradients, strict=True):
        moved = (layer.crossbar.weights - w) * layer.scale**2 / -0.5
        assert np.abs(dw).max() > 1e-4
        assert moved == pytest.approx(dw, abs=2e-7 * layer.scale**2)
        assert (layer.bias - b) / -0.5 == pytest.approx(db, abs=1e-8)


def test_the_first_stage_s_backward_changes_nothing():
    one = case({}, samples=1)
    memory = one.memory()
    stages, ops, samples = sequential(1, 3)
    executor.run(memory, stages[:3], ops[:3], samples[:3], one.order)
    kept = {name: getattr(memory.state, name).copy() for name in SHARED}
    zero = np.zeros(1, np.int64)
    executor.run(memory, zero, zero + int(Op.BACKWARD), zero, one.order)
    assert all((getattr(memory.state, name) == kept[name]).all() for name in SHARED)


def test_updates_between_the_reads_are_seen_by_the_second():
    """A stale order gives other weights than the sequential one: the executor obeys the order."""
    one = case({}, samples=12, depth=5)
    results = []
    for ops in (sequential(12, 3), shuffled(one, 0), shuffled(one, 1)):
        memory = one.memory()
        executor.run(memory, *ops, one.order)
        results.append(memory.state.weights.tobytes())
    assert len(set(results)) == 3
