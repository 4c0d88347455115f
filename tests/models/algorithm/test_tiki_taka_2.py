"""Tiki-Taka version 2: H_j grows by beta A_j / (theta dw_min), C takes its whole pulses."""

import numpy as np
import pytest

from tests.models.algorithm.exact import INPUTS, NEAR, SCALE, STEP, layer, read, steps, vectors

LR = 2.0**-4
TAU = 8.0  # bounds of the normalised weights, in units of weight


def pulses(C, j, count, soft):
    """C's column after whole pulses, one after another; soft bounds shrink each."""
    for i, n in enumerate(count.astype(int)):
        for _ in range(abs(n)):
            C[i, j] += SCALE * STEP * (np.sign(n) - (C[i, j] / (SCALE * TAU) if soft else 0.0))


def naive(C, x, d, beta, theta, most, soft=False):
    """A, C and H after the updates; rates may differ from update to update."""
    A, C, H = np.zeros_like(C), C.copy(), np.zeros_like(C)
    for k in range(len(x)):
        A -= LR * np.outer(d[k], x[k])
        j = k % INPUTS
        H[:, j] += beta[k] * read(A[:, j]) / (theta * SCALE * STEP)
        count = np.clip(np.trunc(H[:, j]), -most, most)
        H[:, j] -= count
        pulses(C, j, count, soft)
    return A, C, H


@pytest.mark.parametrize("family", ["constant-step", "soft-bounds"])
@pytest.mark.parametrize(
    ("beta", "theta", "most"), [(0.03, 1.0, 1), (0.03, 1.7, 3), (0.7, 1.0, 63)]
)
def test_whole_pulses_of_the_buffer_go_to_the_slow_array(family, beta, theta, most):
    rule = {"transfer_lr": beta, "threshold": theta, "transfer_bl": most, "name": "tiki-taka-2"}
    driven, (x, d) = layer(rule, device={"family": family}), vectors(200)
    start = driven.array(1)
    found = naive(start, x, d, np.full(200, beta), theta, most, family == "soft-bounds")
    driven.update(x, d)
    fast, slow, held = found
    assert np.array_equal(driven.array(0), fast)
    assert np.allclose(driven.array(1), slow, **NEAR)
    assert np.allclose(driven.memory.transfers(0).memory[0, :, 0].T, held, atol=1e-9)
    assert np.abs(slow - start).max() > 2 * SCALE * STEP


def test_the_buffer_keeps_what_it_holds_while_nothing_is_read():
    """One pulse a transfer at most: a buffer far above the threshold empties pulse by pulse."""
    driven, (x, d) = layer({"name": "tiki-taka-2", "transfer_lr": 1.0}), vectors(40)
    driven.update(x, d)
    buffer = driven.memory.transfers(0).memory[0, :, 0].T
    assert np.abs(buffer).max() > 10.0
    before, slow = buffer.copy(), driven.array(1)
    driven.memory.state.held[: INPUTS * 3] = 0.0  # A reads 0
    rounds = 4
    none = np.zeros((rounds * INPUTS, INPUTS)), np.zeros((rounds * INPUTS, 3))
    driven.update(*none)
    gone = np.clip(np.trunc(before), -rounds, rounds)
    assert np.array_equal(buffer, before - gone)
    assert np.allclose(driven.array(1), slow + SCALE * STEP * gone, **NEAR)


def test_the_rate_of_the_transfers_falls_at_the_decay():
    rule = {"name": "tiki-taka-2", "transfer_lr": 0.1, "transfer_bl": 63, "lr_decay": 0.125}
    driven, (x, d) = layer(rule | {"lr_decay_after": 0.5}, samples=100), vectors(100)
    d[50:] = 0.0
    beta = np.where(np.arange(100) < 50, 0.1, 0.0125)
    fast, slow, _ = naive(driven.array(1), x, d, beta, 1.0, 63)
    driven.update(x, d)
    assert np.array_equal(driven.array(0), fast)
    assert np.allclose(driven.array(1), slow, **NEAR)


def test_reads_see_the_slow_array_and_gamma_times_the_fast_one():
    driven = layer({"name": "tiki-taka-2", "gamma": 0.25})
    for _ in steps(driven, 30):
        pass
    assert np.abs(driven.array(0)).max() > 0.1
    assert np.allclose(driven.weights, driven.array(1) + 0.25 * driven.array(0), **NEAR)
