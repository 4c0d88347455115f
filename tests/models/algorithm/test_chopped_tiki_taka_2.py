"""Choppers: A takes c_j x_j, H takes c_j A_j, and c_j flips at random after a read of column j."""

import numpy as np

from tests.models.algorithm.exact import INPUTS, NEAR, OUTPUTS, SCALE, STEP, layer, read, vectors

#: No sum of reads is whole but for rounding.
LR, BETA, MOST = 2.0**-4, 0.2137, 2


def test_signs_turn_inputs_and_reads_alike():
    rule = {"name": "chopped-tiki-taka-2", "transfer_lr": BETA, "transfer_bl": MOST, "chop": 0.3}
    driven = layer(rule)
    C = driven.array(1)
    A, H = np.zeros_like(C), np.zeros_like(C)
    signs, flips = np.ones(INPUTS), 0
    for k, (x, d) in enumerate(zip(*vectors(300), strict=True)):
        before = driven.memory.state.chopper.copy()
        assert np.array_equal(before, signs)
        j = k % INPUTS
        A -= LR * np.outer(d, before * x)
        H[:, j] += BETA * before[j] * read(A[:, j]) / (SCALE * STEP)
        count = np.clip(np.trunc(H[:, j]), -MOST, MOST)
        H[:, j] -= count
        C[:, j] += SCALE * STEP * count
        driven.update(x[None], d[None])
        after = driven.memory.state.chopper
        assert set(np.flatnonzero(after != before)) <= {j}
        flips += after[j] != before[j]
        signs = after.copy()
        assert np.array_equal(driven.array(0), A)
        assert np.allclose(driven.array(1), C, **NEAR)
    assert flips > 50


def test_choppers_flip_with_their_probability_each_by_itself():
    """Flips of 30,000 transfers: as many as asked for, and independent of the one before."""
    chop, updates = 0.1, 30_000
    driven = layer({"name": "chopped-tiki-taka-2", "chop": chop})
    none = np.zeros((1, INPUTS)), np.zeros((1, OUTPUTS))
    flipped = np.empty(updates)
    for k in range(updates):
        before = driven.memory.state.chopper[k % INPUTS]
        driven.update(*none)
        flipped[k] = driven.memory.state.chopper[k % INPUTS] != before
    spread = np.sqrt(updates * chop * (1.0 - chop))
    assert abs(flipped.sum() - updates * chop) < 5.0 * spread
    both = (flipped[1:] * flipped[:-1]).sum()
    assert abs(both - (updates - 1) * chop**2) < 5.0 * np.sqrt(updates) * chop


def test_a_constant_offset_of_the_fast_array_averages_out():
    """A stands still at 1/16: version 2 drives C away, with choppers H walks about 0."""
    ends = {}
    for name in ("tiki-taka-2", "chopped-tiki-taka-2"):
        rule = {"name": name, "transfer_lr": BETA, "transfer_bl": MOST}
        driven = layer(rule | ({"chop": 0.5} if "chopped" in name else {}))
        start = driven.array(1)
        driven.memory.state.held[: INPUTS * OUTPUTS] = 1.0 / 16.0
        none = np.zeros((2000, INPUTS)), np.zeros((2000, OUTPUTS))
        driven.update(*none)
        ends[name] = (driven.array(1) - start) / (SCALE * STEP)
    reads, each = 2000 // INPUTS, BETA * 32.0
    assert np.allclose(ends["tiki-taka-2"], reads * MOST)
    assert np.abs(ends["chopped-tiki-taka-2"]).max() < 5.0 * np.sqrt(reads) * each
