"""Tiki-Taka against its equations: W = C + gamma A, C_j grows by beta A_j, a column at a time."""

import numpy as np
import pytest

from tests.models.algorithm.exact import (
    CODE,
    INPUTS,
    NEAR,
    OUTPUTS,
    SCALE,
    STEP,
    layer,
    read,
    steps,
    vectors,
)

LR, BETA = 2.0**-4, 0.1


def naive(C, x, d, every=1, columns=1, lr=LR, beta=BETA, code=CODE, most=2**15 - 1):
    """A and C after the updates; rates may differ from update to update."""
    A, C, j = np.zeros_like(C), C.copy(), 0
    for k in range(len(x)):
        A -= np.broadcast_to(lr, len(x))[k] * np.outer(d[k], x[k])
        if (k + 1) % every == 0:
            for _ in range(columns):
                C[:, j] += np.broadcast_to(beta, len(x))[k] * read(A[:, j], code, most)
                j = (j + 1) % INPUTS
    return A, C


@pytest.mark.parametrize(("every", "columns"), [(1, 1), (3, 1), (2, 3), (4, INPUTS)])
def test_columns_of_the_fast_array_are_added_to_the_slow_one_in_turn(every, columns):
    rule = {"name": "tiki-taka", "transfer_every": every, "transfer_columns": columns}
    driven, (x, d) = layer(rule), vectors(47)
    start = driven.array(1)
    fast, slow = naive(start, x, d, every, columns)
    driven.update(x, d)
    assert np.array_equal(driven.array(0), fast)
    assert np.allclose(driven.array(1), slow, **NEAR)
    assert np.abs(slow - start).max() > 0.05


def test_a_mini_batch_counts_its_updates():
    rule = {"name": "tiki-taka", "transfer_every": 2, "transfer_unit": "batch"}
    driven, (x, d) = layer(rule, schedule={"name": "fill-drain", "N": 4}), vectors(50)
    _, slow = naive(driven.array(1), x, d, every=8)
    driven.update(x, d)
    assert np.allclose(driven.array(1), slow, **NEAR)
    assert driven.memory.state.transferred[0, 0] == 6


def test_rates_fall_together_at_the_decay():
    rule = {"name": "tiki-taka", "lr_decay_after": 0.5, "lr_decay": 0.25}
    driven, (x, d) = layer(rule, samples=40), vectors(40)
    factor = np.where(np.arange(40) < 20, 1.0, 0.25)
    fast, slow = naive(driven.array(1), x, d, lr=LR * factor, beta=BETA * factor)
    driven.update(x, d)
    assert np.array_equal(driven.array(0), fast)
    assert np.allclose(driven.array(1), slow, **NEAR)


def test_the_slow_array_takes_what_the_adc_shows():
    """7 bits of input and 6 of output at a rail of 1/8: codes of 2^(6 - 5 - 3) / 63, up to 31."""
    rule = {"name": "tiki-taka", "read_full_scale": 0.125}
    driven, (x, d) = layer(rule, tile={"adc": {"bits": 6}}), vectors(60)
    fast, slow = naive(driven.array(1), x, d, code=2.0**-2 / 63, most=31)
    exact = naive(driven.array(1), x, d)[1]
    driven.update(x, d)
    assert np.array_equal(driven.array(0), fast)
    assert np.allclose(driven.array(1), slow, **NEAR)
    assert np.abs(slow - exact).max() > 0.01


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_reads_see_the_slow_array_and_gamma_times_the_fast_one(gamma):
    driven = layer({"name": "tiki-taka", "gamma": gamma})
    assert np.array_equal(driven.weights, driven.array(1))
    for _ in steps(driven, 30):
        pass
    fast, slow = driven.array(0), driven.array(1)
    assert np.abs(fast).max() > 0.1
    assert np.allclose(driven.weights, slow + gamma * fast, **NEAR)


def test_a_pulsed_transfer_has_the_wanted_mean():
    """A is set once; the pulses of a transfer into C are those of a binomial train."""
    rule, updates = {"name": "tiki-taka", "transfer_lr": 2.0**-6, "lr": 2.0**-3}, 20_000
    table = {"pulse_type": "random", "comparator_bits": 24, "update_bl_management": False, "bl": 4}
    driven = layer(rule, update=table, device={"w_max": 512.0, "w_min": -512.0})
    x, d = np.zeros((updates, INPUTS)), np.zeros((updates, OUTPUTS))
    x[:6], d[:6] = vectors(6)
    driven.update(x[:6], d[:6])
    fast, before = driven.array(0), driven.array(1)
    driven.update(x[6:], d[6:])
    lines = np.bincount((np.arange(6, updates)) % INPUTS, minlength=INPUTS)
    wanted = 2.0**-6 * read(fast) / (SCALE * STEP)  # coincidences in C of a transfer
    assert 0.1 < np.abs(wanted).max() < 4.0
    mean, chance = lines * wanted, np.abs(wanted) / 4.0
    spread = np.sqrt(lines * 4.0 * chance * (1.0 - chance))
    found = (driven.array(1) - before) / (SCALE * STEP)
    quiet = spread == 0.0
    assert np.array_equal(found[quiet], mean[quiet])
    assert np.abs((found - mean)[~quiet] / spread[~quiet]).max() < 5.0
    assert np.array_equal(driven.array(0), fast)
