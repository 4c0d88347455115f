"""Closed forms of converters at 28 nm, of ZigZag's model of in-memory computing (imc_array.py).

r is the resolution in bits, V the supply voltage.
"""

import math

#: Supply voltage of the 28 nm model.
VOLT = 0.9


def adc_second(bits: int, rows: int) -> float:
    """Return the seconds of a conversion, r (0.00653 rows + 0.640) ns."""
    return bits * (0.00653 * rows + 0.640) * 1e-9


def adc_joule(bits: int, volt: float = VOLT) -> float:
    """Return the joules of a conversion, (100 fF r + 0.001 fF 4^r) V^2."""
    return (100.0 * bits + 0.001 * float(1 << 2 * bits)) * 1e-15 * volt**2


def adc_area(bits: int) -> float:
    """Return the square micrometres of a converter, 10^(1.206 - 0.0369 r) 2^r; r below 12."""
    return math.pow(10.0, 1.206 - 0.0369 * bits) * float(1 << bits)


def dac_joule(bits: int, volt: float = VOLT) -> float:
    """Return the joules of an input's conversion, 50 fF r V^2; none where an input is one bit."""
    return 50.0 * bits * 1e-15 * volt**2 if bits > 1 else 0.0
