"""Mixed precision: X' = X - lr d x^T / dw_min digitally; the array takes the whole pulses of X."""

import numpy as np
import pytest

from tests.models.algorithm.exact import INPUTS, NEAR, SCALE, STEP, layer, vectors

LR = 2.0**-4


def naive(W, x, d, lr, every, columns, most, tau=None):
    """Weights and digital memory after the updates."""
    W, X, j = W.copy(), np.zeros_like(W), 0
    for k in range(len(x)):
        X -= lr[k] * np.outer(d[k], x[k]) / (SCALE * STEP)
        if (k + 1) % every:
            continue
        for _ in range(columns):
            count = np.clip(np.trunc(X[:, j]), -most, most)
            X[:, j] -= count
            for i, n in enumerate(count):
                for _ in range(int(abs(n))):
                    pull = W[i, j] / (SCALE * tau) if tau else 0.0
                    W[i, j] += SCALE * STEP * (np.sign(n) - pull)
            j = (j + 1) % INPUTS
    return W, X


@pytest.mark.parametrize("family", ["constant-step", "soft-bounds"])
@pytest.mark.parametrize(("every", "columns", "most"), [(1, 1, 1), (2, 3, 5), (7, INPUTS, 63)])
def test_columns_take_the_whole_pulses_that_were_collected(family, every, columns, most):
    rule = {"transfer_every": every, "transfer_columns": columns, "transfer_bl": most}
    # odd multiples of 1/96 of a pulse: no sum is whole but for rounding
    lr = LR / 3.0
    driven = layer({"name": "mixed-precision", "lr": lr} | rule, device={"family": family})
    x, d = vectors(150)
    start = driven.weights
    tau = 8.0 if family == "soft-bounds" else None
    weights, held = naive(start, x, d, np.full(150, lr), every, columns, most, tau)
    driven.update(x, d)
    assert np.allclose(driven.weights, weights, **NEAR)
    assert np.allclose(driven.memory.transfers(0).memory[0, :, 0].T, held, atol=1e-9)
    assert np.abs(weights - start).max() > 2 * SCALE * STEP


def test_the_rate_of_the_gradient_falls_at_the_decay():
    rule = {"name": "mixed-precision", "lr": 0.05, "lr_decay": 0.125, "lr_decay_after": 0.5}
    driven, (x, d) = layer(rule, samples=80), vectors(80)
    lr = np.where(np.arange(80) < 40, 0.05, 0.05 / 8)
    weights, held = naive(driven.weights, x, d, lr, 1, 1, 1)
    driven.update(x, d)
    assert np.allclose(driven.weights, weights, **NEAR)
    assert np.allclose(driven.memory.transfers(0).memory[0, :, 0].T, held, atol=1e-9)


def test_the_array_sees_no_pulse_of_an_update_itself():
    driven, (x, d) = layer({"name": "mixed-precision", "transfer_every": 1000}), vectors(100)
    before = driven.weights
    driven.update(x, d)
    assert np.array_equal(driven.weights, before)
    assert driven.memory.state.counters[0, 2] == 0
