"""AGAD: H takes c_j (A_j - r_j); p_j follows A_j, and r_j becomes p_j where c_j flips."""

import numpy as np
import pytest

from tests.models.algorithm.exact import INPUTS, NEAR, OUTPUTS, SCALE, STEP, layer, read, vectors

#: No sum of reads is whole but for rounding.
LR, BETA, MOST = 2.0**-4, 0.2137, 2


@pytest.mark.parametrize("part", [1.0, 0.3])
def test_reads_are_taken_against_the_average_up_to_the_last_flip(part):
    rule = {"name": "agad", "transfer_lr": BETA, "transfer_bl": MOST, "chop": 0.3}
    driven = layer(rule | {"reference_rate": part})
    C = driven.array(1)
    A, H, p, r = (np.zeros_like(C) for _ in range(4))
    flips = 0
    for k, (x, d) in enumerate(zip(*vectors(300), strict=True)):
        j, sign = k % INPUTS, driven.memory.state.chopper.copy()
        A -= LR * np.outer(d, sign * x)
        H[:, j] += BETA * sign[j] * (read(A[:, j]) - r[:, j]) / (SCALE * STEP)
        p[:, j] = (1.0 - part) * p[:, j] + part * read(A[:, j])
        count = np.clip(np.trunc(H[:, j]), -MOST, MOST)
        H[:, j] -= count
        C[:, j] += SCALE * STEP * count
        driven.update(x[None], d[None])
        if driven.memory.state.chopper[j] != sign[j]:
            r[:, j] = p[:, j]
            flips += 1
        assert np.array_equal(driven.array(0), A)
        assert np.allclose(driven.array(1), C, **NEAR)
    assert flips > 50


def collected(driven):
    """All that ever went to H, in pulses: what it holds and what C took of it."""
    taken = (driven.array(1) - layer({"name": "agad"}).array(1)) / (SCALE * STEP)
    return driven.memory.transfers(0).memory[0, :, 0].T + taken


def test_a_constant_offset_of_the_fast_array_is_found_and_subtracted():
    """A stands still at 1/16: the first round knows no reference, nothing is added later."""
    driven = layer({"name": "agad", "transfer_lr": BETA, "chop": 1.0, "reference_rate": 1.0})
    driven.memory.state.held[: INPUTS * OUTPUTS] = 1.0 / 16.0
    for _ in range(20):
        driven.update(np.zeros((INPUTS, INPUTS)), np.zeros((INPUTS, OUTPUTS)))
        assert np.allclose(collected(driven), BETA / (16.0 * STEP), atol=1e-3)
