"""Table of the bias that shift registers give coincidences, for every register that is shipped.

Run as `python -m benchmarks.lfsr_bias`; the docstring of `models.bias` says what is bounded.
"""

from typing import Literal

import numpy as np

from models.bias import pair_bounds, tile_bounds
from models.field import Elements, times_x
from models.register import TAPS
from models.section import Tile
from models.seed import draw_seeds
from models.tile import TileConfig
from models.update import Update

#: Registers up to this width are looked at in every phase, longer ones in a sample.
WHOLE = 16
SAMPLE = 200_000
BITS = 12


def ratios(width: int) -> Elements:
    """Return the ratios of two lines in every phase, or in a sample of phases."""
    if width > WHOLE:
        rng = np.random.default_rng(width)
        return rng.integers(1, 1 << width, SAMPLE).astype(np.uint64)
    found, element = [], np.array([1], np.uint64)
    for _ in range((1 << width) - 1):
        found.append(int(element[0]))
        element = times_x(width, element)
    return np.array(found, np.uint64)


def whole_period_bias(width: int, bits: int) -> tuple[float, float]:
    """Return the largest bias over all phases but equal ones, and its mean over all phases.

    Counted over all states: the largest difference of P(both fire) from p q over all thresholds.
    """
    mask, state, numbers = sum(1 << (tap - 1) for tap in TAPS[width]), 1, []
    for _ in range((1 << width) - 1):
        numbers.append(state >> (width - bits))
        state = (state << 1 | ((state & mask).bit_count() & 1)) & ((1 << width) - 1)
    seen, size, worst = np.array(numbers), 1 << bits, []
    chance = np.arange(1, size + 1) / size
    wanted = np.outer(chance, chance)
    for ahead in range(len(seen)):
        pairs = np.bincount(seen * size + np.roll(seen, -ahead), minlength=size * size)
        both = pairs.reshape(size, size).cumsum(axis=0).cumsum(axis=1) / len(seen)
        worst.append(float(np.abs(both - wanted).max()))
    return max(worst[1:]), float(np.mean(worst))


def tile(width: int, sharing: Literal["side", "line"], size: int = 64) -> TileConfig:
    """Return a square tile with registers of a width."""
    bits = min(width, BITS)
    update = Update(lfsr_bits=width, comparator_bits=bits, lfsr_sharing=sharing)
    return TileConfig(size, size, Tile(update=update))


def row(width: int) -> str:
    """Return one register's line of the table."""
    bits = min(width, BITS)
    bounds = pair_bounds(width, ratios(width), bits)
    cells = [
        str(width),
        ", ".join(map(str, TAPS[width])),
        f"{1 / ((1 << width) - 1):.1e}",
        f"{(bits / 2) ** 2 / ((1 << width) - 1):.1e}",
        f"{100 * (bounds > 0).mean():.2f} %",
        f"{100 * (bounds > 2.0**-10).mean():.3f} %",
    ]
    for one in (tile(width, "side"), tile(width, "line")):
        near = draw_seeds(one).depth == 0
        cells.append("refused" if near else f"{tile_bounds(one).max():.1e}")
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Print both tables."""
    print("| bits | taps | missing zero | mean bound | phases with a bound | above 2^-10 ", end="")
    print("| 64x64, `side` | 64x64, `line` |")
    print("|" + "---|" * 8)
    for width in TAPS:
        print(row(width))
    print("\n| bits | compared | largest bias, phases unequal | mean bias |")
    print("|" + "---|" * 4)
    for width, bits in ((8, 4), (8, 8), (9, 4), (10, 5), (11, 5), (12, 6), (14, 6), (16, 6)):
        largest, mean = whole_period_bias(width, bits)
        print(f"| {width} | {bits} | {largest:.4f} | {mean:.1e} |")


if __name__ == "__main__":
    main()
