"""Activations and their derivatives: integer tables in the hardware profile, NumPy elsewhere."""

from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.converter import Numerics, Vectors

#: Activations by the code that the compiled executor knows them by.
CODES = {"linear": 0, "relu": 1, "tanh": 2, "sigmoid": 3, "hard-tanh": 4, "hard-sigmoid": 5}

TABLE_BITS = 10
#: Binary places of a table's argument: tanh covers +-4, sigmoid +-8, the exponential 0 to 16.
PLACES = {"tanh": 7, "sigmoid": 6, "exp": 6}
_HALF = 1 << (TABLE_BITS - 1)

Table = npt.NDArray[np.float64]


def _tanh(x: Decimal) -> tuple[Decimal, Decimal]:
    grown = (2 * x).exp()
    value = (grown - 1) / (grown + 1)
    return value, 1 - value * value


def _sigmoid(x: Decimal) -> tuple[Decimal, Decimal]:
    value = 1 / (1 + (-x).exp())
    return value, value * (1 - value)


_EXACT: dict[str, Callable[[Decimal], tuple[Decimal, Decimal]]] = {
    "tanh": _tanh,
    "sigmoid": _sigmoid,
}


def table_gain(name: str, fraction_bits: int) -> float:
    """Return the places in a table per unit of 2^-fraction_bits: 2^(places - fraction_bits)."""
    return float(2.0 ** (PLACES.get(name, 0) - fraction_bits))


@lru_cache
def activation_table(name: str, fraction_bits: int) -> tuple[Table, Table]:
    """Return values and derivatives at i / 2^places, i = -512..511, in units of 2^-fraction_bits.

    Made with 40 decimal digits and rounded half to even, so the same on every processor.
    """
    values, slopes = np.zeros(1 << TABLE_BITS), np.zeros(1 << TABLE_BITS)
    with localcontext() as context:
        context.prec = 40
        unit, step = Decimal(1 << fraction_bits), Decimal(1 << PLACES[name])
        for i in range(1 << TABLE_BITS):
            value, slope = _EXACT[name](Decimal(i - _HALF) / step)
            values[i], slopes[i] = (
                int((value * unit).to_integral_value()),
                int((slope * unit).to_integral_value()),
            )
    return values, slopes


@lru_cache
def exponential_table(fraction_bits: int) -> Table:
    """Return exp(-i / 64) for i = 0..1023 in units of 2^-(fraction_bits + 5), rounded."""
    with localcontext() as context:
        context.prec = 40
        unit, step = Decimal(1 << (fraction_bits + 5)), Decimal(1 << PLACES["exp"])
        return np.array(
            [
                int(((-Decimal(i) / step).exp() * unit).to_integral_value())
                for i in range(1 << TABLE_BITS)
            ],
            np.float64,
        )


def activate(z: Vectors, name: str, numerics: Numerics) -> tuple[Vectors, Vectors]:
    """Return the activation of digital vectors and its derivative, both in the vectors' units.

    `hard-tanh` is z between -1 and 1, `hard-sigmoid` z / 4 + 1/2 between 0 and 1, with derivative 0
    at and beyond these bounds.
    """
    unit = numerics.unit
    if name == "linear":
        return z, np.full_like(z, unit)
    if name == "relu":
        return np.maximum(z, 0.0), np.where(z > 0, unit, 0.0)
    if name == "hard-tanh":
        return np.clip(z, -unit, unit), np.where(np.abs(z) < unit, unit, 0.0)
    if name == "hard-sigmoid":
        quarter = np.rint(0.25 * z) if numerics.integer else 0.25 * z
        value = np.clip(quarter + 0.5 * unit, 0.0, unit)
        return value, np.where(np.abs(z) < 2.0 * unit, 0.25 * unit, 0.0)
    if numerics.integer:
        values, slopes = activation_table(name, numerics.fraction_bits)
        index = np.rint(z * table_gain(name, numerics.fraction_bits))
        place = (np.clip(index, -_HALF, _HALF - 1) + _HALF).astype(np.int64)
        return values[place], slopes[place]
    value = np.tanh(z) if name == "tanh" else 0.5 * (1.0 + np.tanh(0.5 * z))
    return value, (1.0 - value * value) if name == "tanh" else value * (1.0 - value)


def code_tables(fraction_bits: int) -> tuple[Vectors, Vectors]:
    """Return the tables of values and slopes by `CODES`; zeros where none is looked up."""
    empty = np.zeros(1 << TABLE_BITS)
    pairs = [
        activation_table(name, fraction_bits) if name in ("tanh", "sigmoid") else (empty, empty)
        for name in CODES
    ]
    return np.stack([values for values, _ in pairs]), np.stack([slopes for _, slopes in pairs])
