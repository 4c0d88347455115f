"""Powers of two, logarithms and powers in float32 that are the same bits on every processor.

Only additions, products, one division and integers in a fixed order: no library's `exp` or `log`,
which change with the processor. `models.kernel` holds the compiled twins.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: ln(2)^k / k! for k = 0..7: 2^x for |x| <= 1/2 within 6e-9.
EXP2 = tuple(
    np.float32(c)
    for c in (
        1.0,
        0.6931471805599453,
        0.24022650695910072,
        0.05550410866482158,
        0.009618129107628477,
        0.0013333558146428443,
        0.0001540353039338161,
        1.5252733804059841e-05,
    )
)
#: 2 / (k ln(2)) for k = 1, 3 .. 9: log2((1 + t) / (1 - t)) / t in powers of t^2.
LOG2 = tuple(np.float32(2.8853900817779268 / k) for k in (1, 3, 5, 7, 9))
#: Exponents are clipped to these: 2^-126 is the smallest normal number, and with 2^64 every product
#: of a step stays finite.
LEAST, MOST = np.float32(-126.0), np.float32(64.0)
SQRT2 = np.float32(1.4142135)
MANTISSA, ONE_BITS = 0x7FFFFF, 0x3F800000


def exp2(x: Floats) -> Floats:
    """Return 2^x, x clipped to [-126, 64]; relative error below 2e-7."""
    x = np.minimum(np.maximum(np.asarray(x, np.float32), LEAST), MOST)
    whole = np.rint(x)
    part = x - whole
    total = np.full_like(part, EXP2[7])
    for c in EXP2[6::-1]:
        total = c + part * total
    scale = ((whole.astype(np.int32) + np.int32(127)) << np.int32(23)).view(np.float32)
    return np.asarray(total * scale, np.float32)


def log2(x: Floats) -> Floats:
    """Return log2 of normal positive numbers; absolute error below 2e-7 (1 + |log2 x|)."""
    bits = np.ascontiguousarray(x, np.float32).view(np.int32)
    exponent = (bits >> np.int32(23)) - np.int32(127)
    m = ((bits & np.int32(MANTISSA)) | np.int32(ONE_BITS)).view(np.float32)
    high = m > SQRT2
    m = np.where(high, m * np.float32(0.5), m)
    exponent = exponent + high.astype(np.int32)
    t = (m - np.float32(1.0)) / (m + np.float32(1.0))
    t2 = t * t
    total = np.full_like(t, LOG2[4])
    for c in LOG2[3::-1]:
        total = c + t2 * total
    return np.asarray(exponent.astype(np.float32) + t * total, np.float32)


def power(base: Floats, gamma: Floats) -> Floats:
    """Return base^gamma; 0 where the base is below 2^-126, whatever gamma.

    Relative error below 2e-7 (1 + |gamma log2(base)|).
    """
    tiny = np.exp2(LEAST)
    b = np.asarray(base, np.float32)
    raised = exp2(np.asarray(gamma, np.float32) * log2(np.maximum(b, tiny)))
    return np.where(b < tiny, np.float32(0.0), raised)
