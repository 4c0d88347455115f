"""Activation tables against the C library's functions, and the functions themselves."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.activation import CODES, PLACES, activate, activation_table, exponential_table
from models.converter import Numerics, Scaling
from tests.models.properties import PROPERTY

REAL = Numerics(False, Scaling.ABS_MAX, 10, 1.0, np.inf, 1.0)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


#: Value and derivative, and the largest |derivative| and |second derivative|.
FUNCTIONS = {
    "tanh": (math.tanh, lambda x: 1 - math.tanh(x) ** 2, 1.0, 0.77),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x)), 0.25, 0.0963),
}


#: Where a derivative jumps.
KINKS = {"relu": (0,), "hard-tanh": (-1, 1), "hard-sigmoid": (-2, 2)}


def integer(bits: int) -> Numerics:
    return Numerics(True, Scaling.SHIFT, bits, 2.0**bits, 32767.0, 4096.0)


@pytest.mark.parametrize("bits", [4, 10, 14])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_table_entries_are_the_function_rounded_to_half_a_unit(name, bits):
    for table, function in zip(activation_table(name, bits), FUNCTIONS[name][:2], strict=True):
        assert len(table) == 1024
        for i, entry in enumerate(table.tolist()):
            exact = function((i - 512) / (1 << PLACES[name])) * (1 << bits)
            assert entry == int(entry)
            assert abs(entry - exact) <= 0.5 + 1e-9


@pytest.mark.parametrize("bits", [4, 10, 14])
def test_the_exponential_is_rounded_to_half_a_unit(bits):
    table = exponential_table(bits)
    exact = [math.exp(-i / 64) * (1 << (bits + 5)) for i in range(1024)]
    assert np.abs(table - exact).max() <= 0.5 + 1e-9
    assert (table == np.rint(table)).all()
    assert table[0] == 1 << (bits + 5)


@PROPERTY
@given(st.sampled_from(sorted(FUNCTIONS)), st.integers(6, 14), st.data())
def test_integer_activations_are_within_half_a_step_of_the_function(name, bits, data):
    """Half a unit of the output, and half a step of the argument times the steepest slope."""
    z = data.draw(st.integers(-32767, 32767))
    unit, step = 1 << bits, 1 / (1 << PLACES[name])
    reach = 512 * step
    x = min(max(z / unit, -reach), reach - step)
    found = activate(np.array([[float(z)]]), name, integer(bits))
    value, derivative, slope, bend = FUNCTIONS[name]
    for got, function, steepest in zip(found, (value, derivative), (slope, bend), strict=True):
        error = abs(got.item() - function(x) * unit)
        assert error <= 0.5 + steepest * step / 2 * unit + 1e-9


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tables_keep_the_symmetry_of_their_function(name):
    values, slopes = activation_table(name, 10)
    mirror = -values[:0:-1] if name == "tanh" else 1024 - values[:0:-1]
    assert (values[1:] == mirror).all()
    assert (slopes[1:] == slopes[:0:-1]).all()


@PROPERTY
@given(
    st.sampled_from(list(CODES)),
    st.lists(st.floats(-20, 20), min_size=1, max_size=5),
)
def test_real_derivatives_are_finite_differences(name, points):
    z, h = np.array([points]), 1e-6
    for kink in KINKS.get(name, ()):
        z = np.where(np.abs(z - kink) < 1e-3, kink + 0.5, z)
    value, slope = activate(z, name, REAL)
    rise = (activate(z + h, name, REAL)[0] - activate(z - h, name, REAL)[0]) / (2 * h)
    assert slope == pytest.approx(rise, abs=1e-8)
    expected = {"linear": z, "relu": np.maximum(z, 0), "tanh": np.tanh(z)}
    expected |= {"hard-tanh": np.minimum(np.maximum(z, -1), 1)}
    expected |= {"hard-sigmoid": np.minimum(np.maximum((z + 2) / 4, 0), 1)}
    assert value == pytest.approx(expected.get(name, 1 / (1 + np.exp(-z))), abs=1e-12)


@pytest.mark.parametrize("numerics", [REAL, integer(10)])
def test_relu_has_no_slope_at_zero(numerics):
    value, slope = activate(np.array([[-3.0, 0.0, 3.0]]), "relu", numerics)
    assert value.tolist() == [[0.0, 0.0, 3.0]]
    assert slope.tolist() == [[0.0, 0.0, numerics.unit]]


@pytest.mark.parametrize("bits", [4, 10])
def test_hard_functions_are_exact_within_half_a_unit_and_flat_from_their_bounds_on(bits):
    unit = 1 << bits
    z = np.arange(-3.0 * unit, 3 * unit + 1)
    value, slope = activate(z, "hard-tanh", integer(bits))
    assert value.tolist() == [min(max(one, -unit), unit) for one in z.tolist()]
    assert slope.tolist() == [unit * (-unit < one < unit) for one in z.tolist()]
    value, slope = activate(z, "hard-sigmoid", integer(bits))
    exact = np.minimum(np.maximum(z / 4 + unit / 2, 0), unit)
    assert np.abs(value - exact).max() <= 0.5
    assert (value == np.rint(value)).all()
    assert slope.tolist() == [unit // 4 * (-2 * unit < one < 2 * unit) for one in z.tolist()]


def test_tables_cover_four_for_tanh_eight_for_sigmoid_and_sixteen_for_exp():
    """The last entries: tanh(511/128), 1/(1+exp(-511/64)) and exp(-1023/64)."""
    assert activation_table("tanh", 14)[0][[0, -1]].tolist() == [-16373.0, 16373.0]
    assert activation_table("sigmoid", 14)[0][[0, -1]].tolist() == [5.0, 16378.0]
    assert exponential_table(14)[[-1, 64]].tolist() == [0.0, 192875.0]
