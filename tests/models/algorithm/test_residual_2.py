"""Residual learning version 2: W moves by beta H_j where |H_j| > dw_min, H a leaky average of P."""

import numpy as np
import pytest

from tests.models.algorithm.exact import INPUTS, NEAR, OUTPUTS, SCALE, STEP, layer, read, vectors

LR, BETA, GAMMA = 2.0**-4, 0.1, 0.5


@pytest.mark.parametrize(("part", "threshold"), [(0.25, 0.0), (0.25, 7.3), (1.0, 20.1)])
def test_the_average_moves_the_weight_where_it_is_above_the_threshold(part, threshold):
    rule = {"name": "residual-2", "gamma": GAMMA, "transfer_lr": BETA}
    driven = layer(rule | {"average_rate": part, "threshold": threshold})
    x, d = vectors(100)
    W = driven.array(1)
    P, H = np.zeros((OUTPUTS, INPUTS)), np.zeros((OUTPUTS, INPUTS))
    moved = 0
    for k in range(100):
        P -= LR * np.outer(d[k], x[k])
        j = k % INPUTS
        H[:, j] = (1.0 - part) * H[:, j] + part * read(P[:, j])
        large = np.abs(H[:, j]) > threshold * SCALE * STEP
        W[large, j] += BETA * H[large, j]
        moved += large.sum()
    driven.update(x, d)
    assert np.array_equal(driven.array(0), P)
    assert np.allclose(driven.array(1), W, **NEAR)
    assert np.allclose(driven.weights, W + GAMMA * P, **NEAR)
    assert (moved > 50 and moved < 290) or (threshold == 0.0 and moved > 290)
