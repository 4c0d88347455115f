"""Errors against finite differences of the reported loss; integers against fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.activation import activate, exponential_table
from models.converter import Numerics, Scaling
from models.loss import error, mean_loss, target_levels, targets
from tests.models.properties import PROPERTY

REAL = Numerics(False, Scaling.ABS_MAX, 10, 1.0, np.inf, 1.0)
INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)

logits = st.lists(st.integers(-32767, 32767), min_size=2, max_size=12)


def softmax(z: np.ndarray) -> np.ndarray:
    grown = np.exp(z - z.max())
    return grown / grown.sum()


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
@pytest.mark.parametrize("activation", ["linear", "tanh", "sigmoid"])
def test_the_error_is_the_gradient_of_the_loss(loss, activation, smoothing):
    if loss == "cross-entropy":
        activation = "linear"
    rng, h = np.random.default_rng(1), 1e-6
    for _ in range(20):
        z, label = rng.normal(0, 2, (1, 5)), rng.integers(0, 5, 1)
        value, slope = activate(z, activation, REAL)
        found = error(z, value, slope, label, loss, REAL, smoothing)[0]
        for j in range(5):
            ends = []
            for sign in (1, -1):
                moved = z + sign * h * (np.arange(5) == j)
                out, _ = activate(moved, activation, REAL)
                ends.append(mean_loss(moved, out, label, loss, REAL, smoothing))
            assert found[j] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-8)


@PROPERTY
@given(logits, st.data())
def test_the_integer_softmax_is_a_division_of_table_entries_rounded_up_at_a_half(z, data):
    label = data.draw(st.integers(0, len(z) - 1))
    row = np.array([z], float)
    found = error(row, row, row, np.array([label]), "cross-entropy", INTEGER)[0]
    table = exponential_table(10).astype(int).tolist()
    grown = [table[min(round(Fraction(max(z) - v, 16)), 1023)] for v in z]
    for j, share in enumerate(grown):
        exact = Fraction(share * 1024, sum(grown)) + Fraction(1, 2)
        assert found[j] == exact.numerator // exact.denominator - (1024 if j == label else 0)


@PROPERTY
@given(logits)
def test_the_integer_softmax_sums_to_one_and_is_near_the_exact_one(z):
    """Each share rounds by half a unit; half a step of the argument changes it by 1/128 at most."""
    row = np.array([z], float)
    label = np.array([0])
    found = error(row, row, row, label, "cross-entropy", INTEGER)[0]
    assert abs(found.sum()) <= len(z) / 2
    shares = found + 1024 * (np.arange(len(z)) == 0)
    assert (shares >= 0).all()
    beyond = len(z) * 1024 * np.exp(-15.9)
    exact = softmax(np.array(z) / 1024) * 1024
    grid_error = exact * 2 * (np.exp(1 / 128) - 1 + len(z) * 2.0**-16)
    assert (np.abs(shares - exact) <= 0.5 + grid_error + beyond).all()


def test_the_integer_mse_error_is_rounded_half_to_even():
    value, slope = np.array([[1024.0, 3.0, -5.0]]), np.array([[1024.0, 512.0, 512.0]])
    found = error(value, value, slope, np.array([0]), "mse", INTEGER)
    assert found.tolist() == [[0.0, 2.0, -2.0]]


def test_the_integer_mse_error_saturates_at_the_rail_of_a_digital_vector():
    value, slope = np.array([[-32767.0, 32767.0]]), np.full((1, 2), 1024.0)
    smoothed = error(value, value, slope, np.array([0]), "mse", INTEGER, 0.1)
    assert smoothed.tolist() == [[-32767.0, 32767.0 - 51.0]]


@pytest.mark.parametrize("loss", ["cross-entropy", "mse"])
def test_a_batch_has_the_errors_of_its_samples_and_their_mean_loss(loss):
    rng = np.random.default_rng(2)
    for numerics in (REAL, INTEGER):
        z = np.rint(rng.normal(0, 1000, (6, 4))) * numerics.unit / 1024
        value, slope = activate(z, "linear", numerics)
        labels = rng.integers(0, 4, 6)
        each = [slice(i, i + 1) for i in range(6)]
        whole = error(z, value, slope, labels, loss, numerics)
        parts = [error(z[i], value[i], slope[i], labels[i], loss, numerics)[0] for i in each]
        assert (whole == parts).all()
        mean = np.mean([mean_loss(z[i], value[i], labels[i], loss, numerics) for i in each])
        assert mean_loss(z, value, labels, loss, numerics) == pytest.approx(mean, rel=1e-12)


def test_losses_of_known_outputs():
    z = np.array([[0.0, 0.0, 0.0, 0.0]])
    label = np.array([2])
    assert mean_loss(z, z, label, "cross-entropy", REAL) == pytest.approx(np.log(4), rel=1e-12)
    assert mean_loss(z, z, label, "mse", REAL) == 0.5
    assert mean_loss(1000 + z, z, label, "cross-entropy", REAL) == pytest.approx(np.log(4))
    assert targets(label, 4, INTEGER, 0.0).tolist() == [[0, 0, 1024, 0]]
    z[0, 2] = 3.0
    found = mean_loss(z, z, label, "cross-entropy", REAL, 0.1)
    assert found == pytest.approx(np.log(3 + np.exp(3.0)) - 3.0 * (0.9 + 0.1 / 4), rel=1e-12)


@pytest.mark.parametrize("classes", [2, 3, 7, 10])
def test_smoothed_targets_of_integers_are_rounded_and_make_one(classes):
    label, other = target_levels(classes, INTEGER, 0.1)
    assert other == round(Fraction(1, 10) * 1024 / classes)
    assert label + (classes - 1) * other == 1024
    assert target_levels(classes, REAL, 0.1) == pytest.approx((0.9 + 0.1 / classes, 0.1 / classes))
