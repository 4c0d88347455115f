"""Input scaling of every profile, and the numerics that a design stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.converter import (
    Numerics,
    Scaling,
    largest_elements,
    make_numerics,
    noise_decay,
    noise_value,
    running_average,
    scale_input,
)
from models.design import read_design
from models.number import code_limit, shift_scale
from models.section import Dac, Tile
from tests.models.properties import PROPERTY

HARDWARE = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)


def tile(bits: int = 7, **keys) -> Tile:
    dac = {key: keys.pop(key) for key in ("bound", "rounding") if key in keys}
    return Tile(dac=Dac(bits=bits, **dac), **keys)


def behavioural(scaling: Scaling) -> Numerics:
    return Numerics(False, scaling, 10, 1.0, np.inf, 1.0)


integer_batches = st.lists(
    st.lists(st.integers(-32767, 32767), min_size=3, max_size=3), min_size=1, max_size=4
)
real_batches = st.lists(
    st.lists(st.floats(-1e3, 1e3, width=32), min_size=3, max_size=3), min_size=1, max_size=4
)


@PROPERTY
@given(integer_batches, st.integers(2, 12))
def test_shifts_of_integers_are_those_of_the_hardware(batch, bits):
    codes, factor = scale_input(np.array(batch, float), HARDWARE, tile(bits))
    expected, exponent = shift_scale(np.array(batch), bits)
    assert (codes == expected).all()
    assert (factor == 2.0**exponent).all()


@PROPERTY
@given(real_batches, st.integers(2, 12), st.sampled_from([Scaling.SHIFT, Scaling.ABS_MAX]))
def test_real_vectors_fill_the_converter_and_come_back_within_half_a_code(batch, bits, scaling):
    vectors, limit = np.array(batch), code_limit(bits)
    codes, factor = scale_input(vectors, behavioural(scaling), tile(bits))
    assert (codes == np.rint(codes)).all()
    assert np.abs(codes).max() <= limit
    half = 0.5 if scaling == Scaling.ABS_MAX else 1.0  # a shift may saturate by one code
    assert (np.abs(codes * factor[:, None] - vectors) <= half * factor[:, None] + 1e-9).all()
    largest = np.abs(vectors).max(axis=1)
    some = largest > 1e-30
    if scaling == Scaling.ABS_MAX:
        assert (np.abs(codes).max(axis=1)[some] == limit).all()
    else:
        assert (2 * largest[some] / factor[some] >= limit).all()
        assert (np.frexp(factor)[0] == 0.5).all()


def test_without_management_one_unit_is_the_largest_code():
    vectors = np.array([[1.0, -0.5, 3.0], [0.25, 0.0, -1.0]])
    codes, factor = scale_input(vectors, behavioural(Scaling.NONE), tile(7))
    assert codes.tolist() == [[63, -32, 63], [16, 0, -63]]
    assert factor.tolist() == [1 / 63, 1 / 63]


def test_exact_numerics_have_no_converter():
    vectors = np.array([[0.1, -7.3]])
    codes, factor = scale_input(vectors, behavioural(Scaling.EXACT), tile(2))
    assert codes is vectors
    assert factor.tolist() == [1.0]


@pytest.mark.parametrize("numerics", [HARDWARE, *map(behavioural, list(Scaling)[:3])])
def test_a_zero_vector_has_zero_codes_and_a_finite_factor(numerics):
    codes, factor = scale_input(np.zeros((2, 3)), numerics, tile(7))
    assert not codes.any()
    assert (factor > 0).all()


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ((), Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)),
        (
            ("network.fraction_bits=8", "network.bias_fraction_bits=0", "tile.digital_bits=12"),
            Numerics(True, Scaling.SHIFT, 8, 256.0, 2047.0, 1.0),
        ),
        (("profile=behavioural",), behavioural(Scaling.ABS_MAX)),
        (("profile=behavioural", "tile.noise_management=shift"), behavioural(Scaling.SHIFT)),
        (("profile=behavioural", "tile.noise_management=none"), behavioural(Scaling.NONE)),
        (("algorithm=digital-sgd",), behavioural(Scaling.EXACT)),
    ],
)
def test_numerics_follow_from_profile_and_algorithm(overrides, expected):
    assert make_numerics(read_design(None, overrides)) == expected


def test_a_constant_scaling_makes_its_value_the_largest_code():
    vectors = np.array([[0.5, -0.25, 3.0]])
    one = tile(noise_management="constant", noise_value=0.5)
    codes, factor = scale_input(vectors, behavioural(Scaling.CONSTANT), one)
    assert codes.tolist() == [[63, -32, 63]]
    assert factor.tolist() == [0.5 / 63]


def test_the_largest_maximum_of_abs_max_saturates_above_its_value():
    vectors = np.array([[0.5, -0.25], [0.125, 0.0]])
    one = tile(noise_management="abs-max", noise_value=0.25)
    codes, factor = scale_input(vectors, behavioural(Scaling.ABS_MAX), one)
    assert codes.tolist() == [[63, -63], [63, 0]]
    assert factor.tolist() == [0.25 / 63, 0.125 / 63]


def test_a_running_average_starts_with_the_first_maximum_and_forgets_by_its_decay():
    largest = largest_elements(np.array([[0.0, -2.0], [4.0, 1.0], [0.0, 0.0]]))
    assert largest.tolist() == [2.0, 4.0, 0.0]
    found = running_average(-1.0, largest, 0.25)
    assert found.tolist() == [2.0, 2.0 * 0.75 + 4.0 * 0.25, 2.5 * 0.75]
    assert running_average(found[1], largest[2:], 0.25).tolist() == [found[2]]
    vectors = np.array([[1.0, -5.0]])
    codes, factor = scale_input(
        vectors, behavioural(Scaling.AVERAGE), tile(), None, np.array([2.5])
    )
    assert factor.tolist() == [2.5 / 63]
    assert codes.tolist() == [[25, -63]]


def test_defaults_of_managements():
    assert noise_decay(tile()) == 1e-3
    assert noise_value(tile(), behavioural(Scaling.CONSTANT)) == 1.0
    assert noise_value(tile(), behavioural(Scaling.ABS_MAX)) == np.inf


@PROPERTY
@given(integer_batches, st.integers(3, 12), st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_a_bound_of_a_power_of_two_shifts_further_or_less(batch, bits, bound):
    """Codes are v / 2^e rounded, with e moved by log2 of the bound, at least 0, then the rail."""
    vectors, limit = np.array(batch, float), code_limit(bits)
    codes, factor = scale_input(vectors, HARDWARE, tile(bits, bound=bound))
    _, plain = shift_scale(np.array(batch), bits)
    lengths = [max(abs(v) for v in row).bit_length() for row in batch]
    moved = np.maximum(np.array(lengths) - (bits - 1) + int(np.log2(bound)), 0)
    assert (factor == 2.0**moved).all()
    assert (codes == np.clip(np.rint(vectors / factor[:, None]), -limit, limit)).all()
    if bound > 1:
        assert (factor <= bound * 2.0**plain).all()


@pytest.mark.parametrize("numerics", [HARDWARE, behavioural(Scaling.ABS_MAX)])
def test_stochastic_codes_are_right_on_average(numerics):
    """Each element goes up with the probability of its cut part: 5 sd of that binomial."""
    n = 20_000
    vector = np.array([1000.0, 700.5, -333.0, 1.0])
    vectors = np.tile(np.rint(vector) if numerics.integer else vector, (n, 1))
    one, rng = tile(4, rounding="stochastic"), np.random.default_rng(8)
    codes, factor = scale_input(vectors, numerics, one, rng.random(vectors.shape))
    part = vectors[0] / factor[0] - np.floor(vectors[0] / factor[0])
    inside = np.abs(vectors[0] / factor[0]) <= code_limit(4) - 1
    error = np.abs((codes * factor[:, None]).mean(axis=0) - vectors[0]) / factor[0]
    bound = 5 * np.sqrt(part * (1 - part) / n) + 1e-12
    assert inside.sum() >= 2
    assert (error[inside] <= bound[inside]).all()
