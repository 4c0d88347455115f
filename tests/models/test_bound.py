"""Bound management: who is read again, with what, and when it ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bound import BoundManagement, halved, make_bound, managed, worst_shift
from models.section import Dac, Tile
from tests.models.properties import PROPERTY

RAIL = 255.0


def bound_of(
    kind: str = "iterative", adc_lsb: float = 1.0, bits: int = 7, **keys
) -> BoundManagement:
    tile = Tile(bound_management=kind, dac=Dac(bits=bits), **keys)
    return make_bound(tile, -RAIL, RAIL, adc_lsb)


class Array:
    """Outputs are the input times `gain`, clipped; every read is noted."""

    def __init__(self, gain: float) -> None:
        self.gain = gain
        self.reads: list[tuple[int, list[int], list[float]]] = []

    def __call__(self, codes: np.ndarray, rows: np.ndarray, attempt: int) -> np.ndarray:
        self.reads.append((attempt, rows.tolist(), codes[:, 0].tolist()))
        return np.clip(np.rint(codes * self.gain), -RAIL, RAIL).astype(np.int64)


def nearest(rows: np.ndarray, attempt: int) -> None:
    return None


@pytest.mark.parametrize(
    ("keys", "most"),
    [
        ({}, 5),  # 7 bits down to 2: a reduction by 32, as max_bm_res = 1/4 of 1/126 ends aihwkit's
        ({"bound_bits": 4}, 3),
        ({"bound_factor": 8}, 3),
        ({"bound_factor": 15}, 3),
        ({"bound_factor": 2, "bound_bits": 1}, 1),
        ({"bits": 12}, 9),
    ],
)
def test_halvings_end_at_the_factor_or_at_the_bits(keys, most):
    assert bound_of(**keys).most == most


def test_only_vectors_with_an_output_at_a_rail_are_read_again():
    array = Array(8.0)
    codes = np.array([[10.0], [63.0], [40.0], [-63.0]])
    outputs, shift, retries = managed(codes, bound_of(), array, nearest)
    assert array.reads == [
        (0, [0, 1, 2, 3], [10, 63, 40, -63]),
        (1, [1, 2, 3], [32, 20, -32]),
        (2, [1, 3], [16, -16]),
    ]
    assert (shift.tolist(), retries.tolist()) == ([0, 2, 1, 2], [0, 2, 1, 2])
    assert outputs[:, 0].tolist() == [80, 128, 160, -128]


def test_a_vector_that_never_fits_is_left_at_the_rail_with_the_smallest_inputs():
    outputs, shift, retries = managed(np.full((1, 1), 63.0), bound_of(), Array(1e6), nearest)
    assert (outputs.tolist(), shift.tolist(), retries.tolist()) == ([[255]], [5], [5])


def test_without_management_nothing_is_read_twice():
    array = Array(1e6)
    _, shift, retries = managed(np.full((2, 1), 63.0), bound_of("none"), array, nearest)
    assert (len(array.reads), shift.sum(), retries.sum()) == (1, 0, 0)


def test_the_worst_case_comes_at_once():
    """63 inputs of one sign at an assumed 0.6: 63 * 63 * 0.6 = 2381 <= 255 * 2^4."""
    codes = np.full((1, 63), 63.0)
    bound = bound_of("iterative-worst-case")
    assert worst_shift(codes, bound).tolist() == [4]
    array = Array(8.0)
    _, shift, retries = managed(codes, bound, array, nearest)
    assert (shift.tolist(), retries.tolist(), len(array.reads)) == ([4], [1], 2)


@PROPERTY
@given(st.integers(0, 1 << 30), st.sampled_from([0.05, 1.0, 30.0]), st.floats(0.1, 2.0))
def test_after_the_worst_case_no_sum_of_assumed_weights_reaches_a_rail(seed, lsb, weight):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-63, 64, (4, 50)) * 1.0
    bound = bound_of("iterative-worst-case", lsb, bound_weight=weight)
    shift = worst_shift(codes, bound)
    weights = weight * np.sign(rng.normal(size=50)) * (rng.random(50) < 0.9)
    fits = shift < bound.most
    assert (shift >= 1).all()
    one_sign = np.maximum(np.maximum(codes, 0).sum(axis=1), np.maximum(-codes, 0).sum(axis=1))
    assert (one_sign * weight / 2.0**shift <= RAIL * lsb * (1 + 1e-12))[fits].all()
    positive = np.abs(np.maximum(codes, 0) @ np.abs(weights)) / 2.0**shift
    assert (positive <= RAIL * lsb * (1 + 1e-12))[fits].all()


@PROPERTY
@given(st.integers(0, 1 << 30), st.integers(1, 5))
def test_halved_codes_are_within_half_a_code_and_dither_goes_either_way(seed, shift):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-63, 64, (3, 20)) * 1.0
    shifts = np.full(3, shift)
    exact = codes / 2.0**shift
    assert np.abs(halved(codes, shifts, bound_of(), None) - exact).max() <= 0.5
    low = halved(codes, shifts, bound_of(), np.zeros((3, 20)))
    high = halved(codes, shifts, bound_of(), np.full((3, 20), 1 - 2.0**-10))
    assert (low == np.floor(exact)).all()
    assert (high == np.ceil(exact)).all()
