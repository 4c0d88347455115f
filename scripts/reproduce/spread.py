"""Means over seeds with their spread, and when one is clearly above another."""

from collections.abc import Sequence
from math import exp, log, sqrt
from statistics import NormalDist, mean, stdev, variance

from sim.complexity import Exponent, interval, student


def spread_text(values: Sequence[float], digits: int = 1) -> str:
    """Return mean ± standard deviation over seeds; of one seed the value alone."""
    text = f"{mean(values):.{digits}f}"
    return text if len(values) < 2 else f"{text} ± {stdev(values):.{digits}f}"


def geometric(values: Sequence[float]) -> float:
    """Return the geometric mean."""
    return exp(mean(map(log, values)))


def margin(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the least difference of two means that the seeds' spread bears out, at 97.5 %.

    It is that of their means less Student's t times its standard error (Welch's, with his degrees
    of freedom, rounded down). Above 0: the first is clearly above the second.

    Raises
    ------
    ValueError
        When one of them has a single value.
    """
    if min(len(above), len(below)) < 2:
        raise ValueError("a spread takes two values")
    parts = [variance(values) / len(values) for values in (above, below)]
    error = sqrt(sum(parts))
    difference = mean(above) - mean(below)
    if not error:
        return difference
    counts = (len(above) - 1, len(below) - 1)
    bottom = sum(part**2 / count for part, count in zip(parts, counts, strict=True))
    return difference - student(int(sum(parts) ** 2 / bottom)) * error


def paired(above: Sequence[Sequence[float]], below: Sequence[Sequence[float]]) -> Exponent:
    """Return the mean difference over groups and seeds, with its interval of 95 %.

    Both hold groups (devices, networks) of values by seed; a seed's two values are a pair.
    """
    pairs = (zip(a, b, strict=True) for a, b in zip(above, below, strict=True))
    return interval([x - y for group in pairs for x, y in group])


def slope(
    x: Sequence[float], y: Sequence[float], errors: Sequence[float] | None = None
) -> tuple[float, float]:
    """Return the slope of log y on log x by least squares, and its standard error.

    The error follows from those of y, where they are given, and else from the residuals.
    """
    u, v = [log(one) for one in x], [log(one) for one in y]
    centre, middle = mean(u), mean(v)
    square = sum((one - centre) ** 2 for one in u)
    found = sum((a - centre) * (b - middle) for a, b in zip(u, v, strict=True)) / square
    if errors is None:
        left = sum((b - middle - found * (a - centre)) ** 2 for a, b in zip(u, v, strict=True))
        return found, sqrt(left / max(1, len(u) - 2) / square)
    parts = (((a - centre) * e / b) ** 2 for a, b, e in zip(u, y, errors, strict=True))
    return found, sqrt(sum(parts)) / square


def student_tail(probability: float, degrees: int) -> float:
    """Return Student's t with a small probability above, by the expansion about the normal.

    Five terms of it are right to 1 % for 15 degrees of freedom and more, and probabilities down to
    1e-5 (Abramowitz & Stegun 26.7.5).
    """
    z = NormalDist().inv_cdf(1.0 - probability)
    first = (z**3 + z) / 4.0
    second = (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0
    third = (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0
    return z + first / degrees + second / degrees**2 + third / degrees**3
