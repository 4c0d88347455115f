"""Wires against an exact solution of the resistive network."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from models.periphery import drooped, wire_loads
from tests.models.properties import PROPERTY


def solved(weights: np.ndarray, wire: float) -> np.ndarray:
    """Effective matrix of the network, one column of the solution for each driven row.

    Nodes: row wires, column wires of positive and of negative devices, one each a crosspoint. Row
    wires are driven before column 0, column wires end in virtual ground before row 0.
    """
    n, m = weights.shape
    count, g = n * m, 1.0 / wire
    row, plus = np.arange(count).reshape(n, m), count + np.arange(count).reshape(n, m)
    minus = plus + count
    ends: list[tuple[int, int, float]] = []
    ground = np.zeros(3 * count)
    for part, column in ((np.maximum(weights, 0), plus), (np.maximum(-weights, 0), minus)):
        ends += zip(row.ravel(), column.ravel(), part.ravel(), strict=True)
        ends += [(a, b, g) for a, b in zip(column[1:].ravel(), column[:-1].ravel(), strict=True)]
        ground[column[0]] += g
    ends += [(a, b, g) for a, b in zip(row[:, 1:].ravel(), row[:, :-1].ravel(), strict=True)]
    ground[row[:, 0]] += g
    a, b, value = (np.array(part) for part in zip(*ends, strict=True))
    node = np.arange(3 * count)
    places = (np.concatenate([a, b, a, b, node]), np.concatenate([a, b, b, a, node]))
    values = np.concatenate([value, value, -value, -value, ground])
    matrix = coo_matrix((values, places), shape=(3 * count, 3 * count)).tocsc()
    drive = np.zeros((3 * count, n))
    drive[row[:, 0], np.arange(n)] = g
    voltage = spsolve(matrix, drive).reshape(3 * count, n)
    return g * (voltage[plus[0]] - voltage[minus[0]]).T


def random_weights(seed: int, rows: int, columns: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    weights = rng.uniform(-1, 1, (rows, columns)) * rng.choice([0.0, 0.3, 1.0], (rows, columns))
    return np.rint(weights * 2**20) / 2**20


def error_bound(weights: np.ndarray, wire: float) -> np.ndarray:
    """Largest error of an output for inputs within +-1.

    Let s = wire * load and e its largest value. The voltage lost at the devices obeys
    d = A (v - d), with A >= 0 and row sums s, so |d| <= e / (1 - e) and |d - A v| = |A d| <=
    s e / (1 - e). To first order the weight is w (1 - s), from which w / (1 + s) is s^2 / (1 + s)
    away.
    """
    s = wire * wire_loads(weights.astype(np.float32))
    e = s.max()
    assert e < 1
    return (np.abs(weights) * (s * e / (1 - e) + s * s / (1 + s))).sum(axis=0)


sizes = st.integers(1, 9)


@PROPERTY
@given(st.integers(0, 1 << 30), sizes, sizes, st.sampled_from([1e-5, 1e-3, 5e-3]))
def test_wires_lose_what_the_network_s_solution_loses_within_the_bound(seed, rows, columns, wire):
    weights = random_weights(seed, rows, columns)
    exact = solved(weights, wire)
    found = weights / (1 + wire * wire_loads(weights.astype(np.float32)))
    rng = np.random.default_rng(seed)
    bound = error_bound(weights, wire)
    rounding = 1e-9
    for x in (np.ones(rows), rng.uniform(-1, 1, rows), np.eye(rows)[0]):
        error = np.abs(x @ found - x @ exact)
        assert (error <= bound + rounding).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_of_second_order(seed):
    """Halving the wires' resistance halves the loss and quarters the error."""
    weights = random_weights(seed, 8, 7)
    loads = wire_loads(weights.astype(np.float32))
    errors, losses = [], []
    for wire in (4e-5, 2e-5):
        exact = solved(weights, wire).sum(axis=0)
        found = (weights / (1 + wire * loads)).sum(axis=0)
        errors.append(np.abs(found - exact).max())
        losses.append(np.abs(weights.sum(axis=0) - exact).max())
    assert losses[0] / losses[1] == pytest.approx(2, rel=0.01)
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.01)
    assert errors[0] < 0.01 * losses[0]


def test_a_larger_array_is_within_a_tenth_of_its_loss():
    weights = random_weights(5, 32, 24)
    exact = solved(weights, 5e-5)
    found = weights / (1 + 5e-5 * wire_loads(weights.astype(np.float32)))
    x = np.random.default_rng(0).uniform(-1, 1, 32)
    loss = np.abs(x @ weights - x @ exact).max()
    assert np.abs(x @ found - x @ exact).max() < 0.1 * loss


def test_the_network_is_reciprocal():
    """Driven from the columns the same matrix is seen, transposed."""
    weights = random_weights(2, 6, 6)
    swapped = solved_from_columns(weights, 2e-3)
    assert swapped == pytest.approx(solved(weights, 2e-3).T, abs=1e-12)


def solved_from_columns(weights: np.ndarray, wire: float) -> np.ndarray:
    """Effective matrix with the columns driven, +v and -v on a pair, and the rows read."""
    n, m = weights.shape
    count, g = n * m, 1.0 / wire
    full = np.zeros((3 * count, 3 * count))

    def join(a: int, b: int, value: float) -> None:
        full[a, a] += value
        full[b, b] += value
        full[a, b] -= value
        full[b, a] -= value

    def at(kind: int, i: int, j: int) -> int:
        return kind * count + i * m + j

    for i in range(n):
        for j in range(m):
            join(at(0, i, j), at(1, i, j), max(weights[i, j], 0.0))
            join(at(0, i, j), at(2, i, j), max(-weights[i, j], 0.0))
            if j:
                join(at(0, i, j), at(0, i, j - 1), g)
            for kind in (1, 2):
                if i:
                    join(at(kind, i, j), at(kind, i - 1, j), g)
    drive = np.zeros((3 * count, m))
    for j in range(m):
        for kind, sign in ((1, 1.0), (2, -1.0)):
            full[at(kind, 0, j), at(kind, 0, j)] += g
            drive[at(kind, 0, j), j] = sign * g
    for i in range(n):
        full[at(0, i, 0), at(0, i, 0)] += g
    voltage = np.linalg.solve(full, drive)
    return g * voltage[[at(0, i, 0) for i in range(n)]].T


def test_one_device_loses_to_two_segments_of_wire():
    weights = np.array([[0.5]], np.float32)
    assert wire_loads(weights).tolist() == [[1.0]]
    assert solved(weights.astype(float), 0.1)[0, 0] == pytest.approx(0.5 / (1 + 0.1 * 1.0))
    assert drooped(weights, 0, 0.1)[0, 0] == pytest.approx(0.5 / 1.1, abs=2.0**-23)


def test_loads_count_the_segments_that_currents_share():
    """Row wires carry both signs, column wires the devices of one."""
    weights = np.array([[0.5, -0.25], [0.125, 1.0]], np.float32)
    row = [[0.5 + 0.25, 0.5 + 2 * 0.25], [0.125 + 1.0, 0.125 + 2 * 1.0]]
    column = [[0.5 + 0.125, 0.25], [0.5 + 2 * 0.125, 2 * 1.0]]
    assert (wire_loads(weights) == np.array(row) + np.array(column)).all()
