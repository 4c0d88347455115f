"""How far from independent the pulses of a row and a column are, over the registers' whole period.

Two lines with fractions g and g t see, over all states, every pair of numbers equally often unless
there are polynomials p, q below degree n, the comparator's bits, with p = q t: then the parity of
the row's bits p equals that of the column's bits q. In Walsh series the function "number below
threshold" has at p a coefficient of 2^-(1 + deg p) at most, so the probability that both lines fire
differs from the product by at most the sum of 2^-(2 + deg p + deg q) over all such pairs: the bound
of the two-dimensional digital net that the pairs of numbers are (Niederreiter & Pirsic, Acta Arith.
97:173, 2001). Over all ratios t its mean is (n/2)^2 / (2^w - 1).
The state of only zeros, which no register visits, adds 1 / (2^w - 1).
"""

import numpy as np
import numpy.typing as npt

from models.field import Elements, fraction, inverse, scale, times_x
from models.seed import draw_seeds, side_ratios
from models.tile import TileConfig

Reals = npt.NDArray[np.float64]

#: No probability of two events differs from the product of theirs by more.
MOST_BIAS = 0.25


def pair_bounds(width: int, ratios: Elements, bits: int) -> Reals:
    """Return for each ratio t of two lines' fractions the bound of their bias, 0.25 at most.

    The relations within the row's first i bits and the column's first j number 2^D(i, j), where
    D(i, j) is j less the rank of the polynomials x^m t, m < j, without their terms below x^i.
    """
    multiples = [np.asarray(ratios, np.uint64)]
    for _ in range(bits - 1):
        multiples.append(times_x(width, multiples[-1]))
    bound = np.zeros(len(multiples[0]))
    above = np.ones((bits + 1, len(bound)))
    for i in range(1, bits + 1):
        count = np.ones_like(above)
        basis: list[Elements] = []
        for j, multiple in enumerate(multiples, 1):
            rest = multiple >> np.uint64(i)
            for known in basis:
                rest = np.minimum(rest, rest ^ known)
            basis.append(rest)
            count[j] = np.where(rest == 0, 2.0, 1.0) * count[j - 1]
            new = count[j] - count[j - 1] - above[j] + above[j - 1]
            bound += new * 2.0 ** -(i + j)
        above = count
    return np.minimum(bound, MOST_BIAS)


def tile_ratios(config: TileConfig) -> Elements:
    """Return the ratios of all rows and columns of a tile, those of equal j - i once."""
    width, seeds = config.tile.update.lfsr_bits, draw_seeds(config)
    if config.tile.update.lfsr_sharing == "side":
        ratios = side_ratios(config, seeds.rows[0], seeds.columns[0])
        for _ in range(seeds.shift):
            ratios = times_x(width, ratios)
        return ratios
    columns = np.array([fraction(width, state) for state in seeds.columns], np.uint64)
    shares = [scale(width, columns, inverse(width, fraction(width, row))) for row in seeds.rows]
    return np.concatenate(shares)


def tile_bounds(config: TileConfig) -> Reals:
    """Return the bounds of `tile_ratios`: bias of a slot's coincidence, in probability."""
    update = config.tile.update
    return pair_bounds(update.lfsr_bits, tile_ratios(config), update.comparator_bits)
