"""Compiled views of packed memory: states, planes and rule of the devices of one tile."""

from typing import Any

import numpy as np

from models.kernel import inner
from models.stepping import Rule

Array = Any  # compiled code sees arrays and packed tuples, not their static types
Packed = Any


@inner
def array_of(plan: Packed, state: Packed, tile: int, number: int, rows: int, columns: int) -> Any:
    """Return states and planes of a tile's devices, shapes (rows, columns), (rows, P, columns).

    `number` counts the devices of its cells.
    """
    size = rows * columns
    count, at = plan.planes, plan.combining.devices * plan.placing.weight_at[tile] + number * size
    end = at + size
    held = state.held[at:end].reshape(rows, columns)
    return held, plan.devices[count * at : count * end].reshape(rows, count, columns)


@inner
def view_of(plan: Packed, k: int) -> Any:
    """Return the view that a sample passes through (models.cell.UnitCell.view)."""
    return k % plan.combining.batch % len(plan.combining.gamma)


@inner
def view_seen(plan: Packed, state: Packed, tile: int, view: int, rows: int, columns: int) -> Any:
    """Return what reads of a view see of a tile, shape (rows, columns)."""
    at = len(plan.combining.gamma) * plan.placing.weight_at[tile] + view * rows * columns
    return state.weights[at : at + rows * columns].reshape(rows, columns)


@inner
def seen_of(plan: Packed, state: Packed, tile: int, rows: int, columns: int) -> Any:
    """Return what reads see of a tile without replicas, shape (rows, columns).

    These are the states where a weight is one device without write noise.
    """
    at = len(plan.combining.gamma) * plan.placing.weight_at[tile]
    return state.weights[at : at + rows * columns].reshape(rows, columns)


@inner
def rule_of(plan: Packed, tile: int, number: int) -> Any:
    """Return what the devices of a tile with this number share."""
    taking, noise = plan.taking[tile], plan.step_noise
    bias = np.float32(3.0 * 2.0 ** plan.exponent[tile])
    coefficients = plan.combining.coefficients[number]
    return Rule(plan.shape, plan.additive, taking, noise, bias, coefficients)


@inner
def combine(weights: Array, held: Array, gamma: Array, exponent: int, x: Array) -> None:
    """Write the weights of rows whose `x` is not 0 from the states, shape (D, rows, columns)."""
    count, rows, columns = held.shape
    limit, bias = np.float32(2.0**exponent), np.float32(3.0 * 2.0**exponent)
    for i in range(rows):
        if x[i] == 0.0:
            continue
        total = weights[i]
        for j in range(columns):
            total[j] = gamma[0] * held[0, i, j]
        for number in range(1, count):
            if gamma[number] == 0.0:
                continue
            for j in range(columns):
                total[j] = total[j] + gamma[number] * held[number, i, j]
        for j in range(columns):
            w = min(max(total[j], -limit), limit)
            total[j] = (w + bias) - bias


@inner
def sum_cells(plan: Packed, state: Packed, tile: int, x: Array, columns: int) -> None:
    """Sum up the cells of the rows whose `x` is not 0, for every view."""
    size, at = len(x) * columns, plan.placing.weight_at[tile]
    count = plan.combining.devices
    first = count * at
    held = state.held[first : first + count * size].reshape(count, len(x), columns)
    for view in range(len(plan.combining.gamma)):
        seen = view_seen(plan, state, tile, view, len(x), columns)
        combine(seen, held, plan.combining.gamma[view], plan.exponent[tile], x)
