"""Multi-tile residual learning: nested transfers, each column of an array to the next in turn."""

import numpy as np
import pytest

from tests.models.algorithm.exact import INPUTS, NEAR, OUTPUTS, SCALE, layer, read, vectors

LR, BETA = 2.0**-6, 0.3
GRID = SCALE * 2.0**-18


def naive(tiles, x, d, every, ratio, columns, rise, lr, decay=None):
    """Arrays W^(N) .. W^(0): after `every` * ratio^n updates array n gives columns to n + 1.

    Written columns are rounded to the grid of weights up to 16, the sum of all arrays: their reads
    then have the same codes.
    """
    tiles, place = [tile.copy() for tile in tiles], [0] * len(tiles)
    decay = np.ones(len(x)) if decay is None else decay
    for k in range(len(x)):
        tiles[0] -= lr * decay[k] * np.outer(d[k], x[k])
        for n in range(len(tiles) - 1):
            if (k + 1) % (every * ratio**n):
                continue
            for _ in range(columns):
                j = place[n] % INPUTS
                given = BETA * rise**n * decay[k] * read(tiles[n][:, j])
                tiles[n + 1][:, j] = np.rint((tiles[n + 1][:, j] + given) / GRID) * GRID
                place[n] += 1
    return tiles


@pytest.mark.parametrize(
    ("count", "every", "ratio", "columns", "rise"),
    [(2, 1, 5, 1, 1.0), (3, 2, 3, 1, 1.2), (4, 1, 2, 2, 0.5), (5, 3, 1, INPUTS, 1.0)],
)
def test_every_array_gives_its_columns_to_the_next_at_its_own_pace(
    count, every, ratio, columns, rise
):
    rule = {"tiles": count, "transfer_every": every, "transfer_ratio": ratio, "transfer_lr": BETA}
    rule |= {"transfer_columns": columns, "transfer_lr_ratio": rise, "name": "multi-tile"}
    driven, (x, d) = layer(rule | {"lr": LR}), vectors(90)
    start = [driven.array(n) for n in range(count)]
    assert all(not tile.any() for tile in start[:-1])
    assert start[-1].all()
    found = naive(start, x, d, every, ratio, columns, rise, LR)
    driven.update(x, d)
    assert np.array_equal(driven.array(0), found[0])
    for n in range(1, count):
        assert np.allclose(driven.array(n), found[n], **NEAR), n
    assert all(np.abs(a - b).max() > 0.001 for a, b in zip(found, start, strict=True))


@pytest.mark.parametrize("gamma", [0.5, 0.2])
def test_reads_see_the_sum_of_all_arrays_by_their_powers_of_gamma(gamma):
    driven, (x, d) = layer({"name": "multi-tile", "tiles": 4, "gamma": gamma}), vectors(90)
    driven.update(x, d)
    mix = sum(gamma ** (3 - n) * driven.array(n) for n in range(4))
    assert np.allclose(driven.weights, mix, **NEAR)
    assert np.abs(mix - driven.array(3)).max() > 0.005


def test_the_rates_of_gradient_and_transfers_fall_at_the_decay():
    rule = {"name": "multi-tile", "tiles": 3, "transfer_lr": BETA, "transfer_ratio": 2, "lr": LR}
    driven = layer(rule | {"lr_decay": 0.25, "lr_decay_after": 0.5}, samples=80)
    x, d = vectors(80)
    decay = np.where(np.arange(80) < 40, 1.0, 0.25)
    start = [driven.array(n) for n in range(3)]
    found = naive(start, x, d, 1, 2, 1, 1.0, LR, decay)
    driven.update(x, d)
    for n in range(3):
        assert np.allclose(driven.array(n), found[n], **NEAR), n


def test_the_gradient_s_array_is_the_only_one_that_updates_pulse():
    driven, (x, d) = layer({"name": "multi-tile", "transfer_every": 1000, "lr": LR}), vectors(50)
    start = [driven.array(n) for n in range(4)]
    driven.update(x, d)
    assert np.array_equal(driven.array(0), -LR * d.T @ x)
    assert np.array_equal(driven.array(3), start[3])
    assert driven.array(1).shape == (OUTPUTS, INPUTS)
    assert not driven.array(1).any()
    assert not driven.array(2).any()
