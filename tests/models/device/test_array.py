"""The weight grid and what one coincidence does to a device."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.device.array import GRID_BITS, to_grid
from tests.models.properties import PROPERTY


@PROPERTY
@given(st.floats(-1, 1, width=32), st.integers(-20, 20))
def test_rounding_to_the_grid_is_half_to_even_and_done_once(share, exponent):
    value = np.float32(share) * np.float32(2.0**exponent)
    grid = Fraction(2) ** (exponent - GRID_BITS)
    found = to_grid(np.array([value]), exponent)
    assert Fraction(float(found[0])) == round(Fraction(float(value)) / grid) * grid
    assert (to_grid(found, exponent) == found).all()
