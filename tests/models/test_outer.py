"""Updates without pulses: exact change, bounds, grid, both twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.device.array import to_grid
from models.outer import compiled_gain, outer_gain, outer_rows, outer_update
from tests.models.properties import PROPERTY, crossbars, random_codes


@PROPERTY
@given(crossbars(largest=8), st.integers(0, 1000), st.floats(0, 1e6), st.booleans())
def test_compiled_updates_without_pulses_are_the_twin_s(bar, seed, gain, sparse):
    rng, dev = np.random.default_rng(seed), bar.devices
    x = random_codes(rng, 1, bar.config.rows, 7)[0].astype(float)
    d = random_codes(rng, 1, bar.config.columns, 7)[0].astype(float)
    if sparse:
        x[rng.random(len(x)) < 0.5] = 0.0
    plain, compiled = bar.weights.copy(), bar.weights.copy()
    outer_update(plain, dev.w_min, dev.w_max, dev.exponent, x, d, np.float32(gain))
    outer_rows(compiled, dev.by_rows(), dev.exponent, x, d, np.float32(gain))
    assert (plain == compiled).all()
    assert (plain <= dev.w_max).all()
    assert (plain >= dev.w_min).all()


def test_a_weight_moves_by_minus_the_wanted_product_to_the_nearest_grid_point():
    """lr / (s dw_min) x d dw_min, for powers of two without any rounding but the grid's."""
    weights = np.array([[0.25, 0.0], [-0.5, 0.125]], np.float32)
    w_min, w_max = np.full((2, 2), -0.75, np.float32), np.full((2, 2), 0.5, np.float32)
    gain = outer_gain(2.0**-6, 2.0, 0.5, 2.0**-9)
    assert gain == 2.0**-15
    x, d = np.array([3.0, -64.0]), np.array([5.0, -63.0])
    outer_update(weights, w_min, w_max, 0, x, d, gain)
    wanted = np.array([[0.25, 0.0], [-0.5, 0.125]]) - 2.0**-15 * np.outer(x, d)
    assert (weights == wanted).all()
    outer_update(weights, w_min, w_max, 0, x, d, np.float32(1.0))
    assert (weights == [[-0.75, 0.5], [0.5, -0.75]]).all()
    fine = weights * np.float32(0.3)
    outer_update(fine, w_min, w_max, 0, x, np.zeros(2), np.float32(1.0))
    assert (fine == to_grid(fine, 0)).all()


@pytest.mark.parametrize("bad", [float("nan"), 0.0, 1e-300])
def test_nothing_and_not_a_number_change_nothing(bad):
    assert outer_gain(bad, 1.0, 1.0, 0.001) == compiled_gain(bad, 1.0, 1.0, 0.001) == 0.0


def test_an_infinite_rate_stays_a_number():
    gain = outer_gain(np.inf, 1.0, 1.0, 0.001)
    assert gain == compiled_gain(np.inf, 1.0, 1.0, 0.001)
    assert np.isfinite(gain * np.float32(2047) * np.float32(2047))
