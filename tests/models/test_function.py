"""Strict float32 functions against float64, and compiled against plain."""

import numpy as np
import pytest
from numba import njit

from models import kernel
from models.function import exp2, log2, power

RNG = np.random.default_rng(5)
EXPONENTS = np.concatenate(
    [RNG.uniform(-126, 64, 20_000), RNG.uniform(-1, 1, 20_000), [-126.0, -0.5, 0.0, 0.5, 64.0]]
).astype(np.float32)
NUMBERS = np.concatenate(
    [
        2.0 ** RNG.uniform(-126, 127, 20_000),
        RNG.uniform(0.5, 2, 20_000),
        [2.0**-126, 1.0, 1.4142135],
    ]
).astype(np.float32)
BASES = np.concatenate([RNG.uniform(0, 1, 20_000), [0.0, 1e-40, 1.0]]).astype(np.float32)
GAMMAS = RNG.uniform(0, 5, len(BASES)).astype(np.float32)


def test_powers_of_two_are_within_their_error():
    true = np.exp2(EXPONENTS.astype(np.float64))
    assert np.abs(exp2(EXPONENTS) / true - 1.0).max() < 2e-7


def test_powers_of_two_are_exact_at_whole_numbers():
    whole = np.arange(-126, 65, dtype=np.float32)
    assert (exp2(whole) == np.exp2(whole.astype(np.float64))).all()


def test_exponents_out_of_range_are_clipped():
    assert exp2(np.array([-1e9, 1e9], np.float32)).tolist() == [2.0**-126, 2.0**64]


def test_logarithms_are_within_their_error():
    true = np.log2(NUMBERS.astype(np.float64))
    assert (np.abs(log2(NUMBERS) - true) / (1.0 + np.abs(true))).max() < 2e-7


def test_powers_are_within_their_error():
    raised = power(BASES, GAMMAS)
    normal = BASES >= 2.0**-126
    true = BASES[normal].astype(np.float64) ** GAMMAS[normal]
    bound = 2e-7 * (1.0 + np.abs(np.log2(true)))
    assert (np.abs(raised[normal] / true - 1.0) < bound).all()
    assert (raised[~normal] == 0.0).all()


@njit
def _apply(kind, x, y, out):
    for i in range(len(x)):
        if kind == 0:
            out[i] = kernel.exp2(x[i])
        elif kind == 1:
            out[i] = kernel.log2(x[i])
        else:
            out[i] = kernel.power(x[i], y[i])


@pytest.mark.parametrize(
    ("kind", "plain", "x", "y"),
    [
        (0, lambda x, _: exp2(x), EXPONENTS, EXPONENTS),
        (1, lambda x, _: log2(x), NUMBERS, NUMBERS),
        (2, power, BASES, GAMMAS),
    ],
)
def test_compiled_and_plain_give_the_same_bits(kind, plain, x, y):
    out = np.empty_like(x)
    _apply(kind, x, y, out)
    assert out.tobytes() == plain(x, y).tobytes()
