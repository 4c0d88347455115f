"""Input scaling of every profile, and the numerics that a design stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.converter import Numerics, Scaling, make_numerics, scale_input
from models.design import read_design
from models.number import code_limit, shift_scale
from tests.models.properties import PROPERTY

HARDWARE = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)


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
    codes, factor = scale_input(np.array(batch, float), HARDWARE, bits)
    expected, exponent = shift_scale(np.array(batch), bits)
    assert (codes == expected).all()
    assert (factor == 2.0**exponent).all()


@PROPERTY
@given(real_batches, st.integers(2, 12), st.sampled_from([Scaling.SHIFT, Scaling.ABS_MAX]))
def test_real_vectors_fill_the_converter_and_come_back_within_half_a_code(batch, bits, scaling):
    vectors, limit = np.array(batch), code_limit(bits)
    codes, factor = scale_input(vectors, behavioural(scaling), bits)
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
    codes, factor = scale_input(vectors, behavioural(Scaling.NONE), 7)
    assert codes.tolist() == [[63, -32, 63], [16, 0, -63]]
    assert factor.tolist() == [1 / 63, 1 / 63]


def test_exact_numerics_have_no_converter():
    vectors = np.array([[0.1, -7.3]])
    codes, factor = scale_input(vectors, behavioural(Scaling.EXACT), 2)
    assert codes is vectors
    assert factor.tolist() == [1.0]


@pytest.mark.parametrize("numerics", [HARDWARE, *map(behavioural, list(Scaling)[:3])])
def test_a_zero_vector_has_zero_codes_and_a_finite_factor(numerics):
    codes, factor = scale_input(np.zeros((2, 3)), numerics, 7)
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
