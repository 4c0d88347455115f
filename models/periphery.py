"""What stands between codes and sums: noise on lines and outputs, wires, the ADC.

Plain NumPy twin of `models.read`; keys and formulas in `docs/periphery.md`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from models.device.array import Floats, to_grid
from models.key import Words, draw, uniform, wide_normal
from models.number import Integers, code_limit
from models.section import Tile

Reals = npt.NDArray[np.float64]

#: Keys of a line's or an output's draws beside the read noise: each plus the op's code.
INPUT_NOISE, DAC_ROUNDING, ADC_ROUNDING = 256, 272, 288
#: Noisy inputs are multiples of a code over this, so that sums stay exact.
INPUT_STEPS = 256.0


class Periphery(NamedTuple):
    """Constants of a tile's periphery, the same for every tile of a design.

    `input_noise` is in input codes, `read_noise` in unit weight, `wire` the resistance of a wire
    segment over that of a device at weight 1, `low` and `high` are the ADC's rails in codes.
    """

    input_noise: float
    read_noise: float
    wire: float
    low: float
    high: float
    dithered: bool


def make_periphery(tile: Tile) -> Periphery:
    """Return the constants of a tile's periphery."""
    high = float(code_limit(tile.adc.bits))
    return Periphery(
        input_noise=tile.dac.noise * code_limit(tile.dac.bits),
        read_noise=tile.read_noise,
        wire=tile.wire_resistance,
        low=-float(np.rint(high * tile.adc.lower)),
        high=high,
        dithered=tile.adc.rounding == "stochastic",
    )


def dither(keys: Words, count: int) -> Reals:
    """Return a uniform number in [0, 1) for each key and line, shape (n, count)."""
    return uniform(draw(keys[:, None], np.arange(count)[None, :]))


def noisy(codes: Reals, keys: Words, noise: float) -> Reals:
    """Return driven codes with the lines' noise, as multiples of 1 / `INPUT_STEPS`.

    `codes` have shape (n, lines), `keys` shape (n,); `noise` is in codes. aihwkit's `inp_noise`:
    after the converter's rail, on every line.
    """
    words = draw(keys[:, None], np.arange(codes.shape[1])[None, :])
    added = np.rint((noise * INPUT_STEPS) * wide_normal(words).astype(np.float64))
    return codes + added / INPUT_STEPS


def output_spread(codes: Reals, noise: float, read_noise: float) -> Reals:
    """Return each vector's standard deviation of an output in codes times unit weight, (n, 1).

    Independent noise of `read_noise` on every weight adds read_noise sqrt(sum x^2) to an output
    (aihwkit's `w_noise` of type additive constant); the sum of squares is exact.
    """
    if read_noise == 0.0:
        return np.full((len(codes), 1), noise)
    power = (codes * codes).sum(axis=1, keepdims=True)
    return np.asarray(np.sqrt(noise * noise + (read_noise * read_noise) * power))


def wire_loads(weights: Floats) -> Reals:
    """Return what each device's two wires carry, in full inputs times unit weight segments.

    Wires end at row 0 and column 0. A weight is a pair of devices on one row wire and two column
    wires, the one that is not used open. With all inputs full the row wire of device (i, j) drops
    sum_j' |w_ij'| (1 + min(j, j')) segments' worth, its column wire
    sum_i' |w_i'j| (1 + min(i, i')) over the weights of its sign.
    """
    w = weights.astype(np.float64)
    beyond = np.cumsum(np.abs(w)[:, ::-1], axis=1)[:, ::-1]
    loads = np.cumsum(beyond, axis=1)
    for part in (np.maximum(w, 0.0), np.minimum(w, 0.0)):
        column = np.cumsum(np.cumsum(part[::-1], axis=0)[::-1], axis=0)
        loads = loads + np.where(part != 0.0, np.abs(column), 0.0)
    return loads


def drooped(weights: Floats, exponent: int, wire: float) -> Floats:
    """Return the weights as a read sees them through wires: w / (1 + wire * load), on the grid.

    It agrees with the network's solution to first order in `wire` (see `docs/periphery.md`), the
    same for both directions, as a resistive network is reciprocal.
    """
    seen = weights.astype(np.float64) / (1.0 + wire * wire_loads(weights))
    return to_grid(seen, exponent)


def read_codes(
    p: Periphery,
    codes: Reals,
    matrix: Floats,
    keys: tuple[Words, Words, Words],
    grid: float,
    adc_lsb: float,
    noise: float,
) -> Integers:
    """Drive codes, shape (n, lines), against a matrix, shape (lines, outputs); return ADC codes.

    Noise of the lines, exact sums, noise of the outputs, ADC. `keys` of the outputs' noise, the
    lines' and the rounding have shape (n,); `noise` is in input codes times unit weight.
    """
    if p.input_noise:
        codes = noisy(codes, keys[1], p.input_noise)
    sums = (codes @ matrix.astype(np.float64)) / grid
    outputs = sums.shape[1]
    words = draw(keys[0][:, None], np.arange(outputs)[None, :])
    spread = output_spread(codes, noise, p.read_noise)
    drawn = np.rint((spread / grid) * wide_normal(words).astype(np.float64))
    scaled = (sums + drawn) * (grid / adc_lsb)
    found = np.floor(scaled + dither(keys[2], outputs)) if p.dithered else np.rint(scaled)
    return np.clip(found, p.low, p.high).astype(np.int64)
