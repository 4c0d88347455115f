"""Residual learning: Tiki-Taka on W + gamma P, which is what every read of a pass sees."""

import numpy as np

from models.schedule import Op
from tests.models.algorithm.exact import INPUTS, NEAR, OUTPUTS, layer, read, vectors

LR, BETA, GAMMA = 2.0**-4, 0.1, 0.5


def test_the_fast_array_is_part_of_the_weight():
    rule = {"name": "residual", "gamma": GAMMA, "transfer_lr": BETA, "transfer_every": 2}
    driven, (x, d) = layer(rule), vectors(60)
    W, P = driven.array(1), np.zeros((OUTPUTS, INPUTS))
    for k in range(60):
        P -= LR * np.outer(d[k], x[k])
        if k % 2:
            j = k // 2 % INPUTS
            W[:, j] += BETA * read(P[:, j])
    driven.update(x, d)
    assert np.array_equal(driven.array(0), P)
    assert np.allclose(driven.array(1), W, **NEAR)
    assert np.allclose(driven.weights, W + GAMMA * P, **NEAR)


def test_forward_and_backward_reads_see_the_mix():
    """One-hot full codes read the mix of column and row, to half a code of the ADC."""
    driven, (x, d) = layer({"name": "residual", "gamma": GAMMA}), vectors(60)
    driven.update(x, d)
    mix = driven.array(1) + GAMMA * driven.array(0)
    assert np.abs(GAMMA * driven.array(0)).max() > 0.1
    inner, numbers = driven.memory.layers[0], np.arange(INPUTS)
    half = 0.5 * inner.crossbar.adc_lsb * driven.scale + 1e-9
    one = 63.0 * np.eye(INPUTS), np.ones((INPUTS, 1))
    z, _ = inner.pre_activation(*one, numbers, Op.FORWARD)
    assert np.abs(z - 63.0 * mix.T).max() <= half + 63.0 * NEAR["atol"]
    back, _ = inner.input_error(63.0 * np.eye(OUTPUTS), np.ones((OUTPUTS, 1)), numbers[:OUTPUTS])
    assert np.abs(back - 63.0 * mix).max() <= half + 63.0 * NEAR["atol"]
