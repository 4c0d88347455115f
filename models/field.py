"""Field elements of a register: what its polynomial makes of fractions over GF(2).

The bits that a register gives, the oldest first, are those of a fraction g(x) / P(x) in powers of
1/x; P is the register's polynomial and a step multiplies g by x modulo P. A polynomial is an
integer whose bit i is the coefficient of x^i.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.register import TAPS

Elements = npt.NDArray[np.uint64]


@lru_cache
def polynomial(width: int) -> int:
    """Return the polynomial P of a register."""
    return (1 << width) | sum(1 << (width - tap) for tap in TAPS[width])


def fraction(width: int, state: int) -> int:
    """Return g of the fraction whose bits a register gives from a state on."""
    product = 0
    for bit in range(width + 1):
        if polynomial(width) >> bit & 1:
            product ^= state << bit
    return product >> width


def multiply(width: int, a: int, b: int) -> int:
    """Return a product modulo P."""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = a << 1, b >> 1
        a ^= polynomial(width) if a >> width & 1 else 0
    return product


def power(width: int, base: int, exponent: int) -> int:
    """Return a power modulo P; exponents count modulo the period."""
    result, exponent = 1, exponent % ((1 << width) - 1)
    while exponent:
        result = multiply(width, result, base) if exponent & 1 else result
        base, exponent = multiply(width, base, base), exponent >> 1
    return result


def inverse(width: int, element: int) -> int:
    """Return the inverse of a nonzero element."""
    return power(width, element, -1)


def times_x(width: int, elements: Elements) -> Elements:
    """Return elements times x: the fractions one step later."""
    carry = (elements >> np.uint64(width - 1)) & np.uint64(1)
    return np.asarray((elements << np.uint64(1)) ^ (carry * np.uint64(polynomial(width))))


def scale(width: int, elements: Elements, factor: int) -> Elements:
    """Return elements times one factor."""
    total = np.zeros_like(elements)
    while factor:
        total ^= elements if factor & 1 else np.uint64(0)
        elements, factor = times_x(width, elements), factor >> 1
    return total


@lru_cache
def near(width: int, depth: int) -> tuple[int, ...]:
    """Return the ratios t = p / q with deg p + deg q + 2 <= `depth`, each once.

    Lines whose fractions have such a ratio share a parity of bits within the first i of one and the
    first j of the other, i + j = `depth`; all others do not.
    """
    found = set()
    for q in range(1, 1 << (depth - 1)):
        part = inverse(width, q)
        for p in range(1, 1 << (depth - q.bit_length())):
            found.add(multiply(width, p, part))
    return tuple(sorted(found))
