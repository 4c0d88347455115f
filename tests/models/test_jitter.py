"""Noise of emulated devices against polynomials over GF(2), whole numbers, and its distribution."""

from fractions import Fraction
from functools import cache, reduce
from itertools import product

import numpy as np
import pytest

from models.array import CompiledArray
from models.crossbar import Crossbar
from models.device.array import SCALE_DOWN, SCALE_UP
from models.device.emulated import rate_shift
from models.device.kind import device_key
from models.device.section import Device
from models.jitter import (
    MOST_GAIN,
    MOST_NOISE,
    device_states,
    gain_of,
    numbers,
    onward,
    rounded,
    update_state,
)
from models.register import TAPS
from models.schedule import Op
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.device.test_emulated import QUIET, bar_of, units
from tests.models.properties import random_words

#: x^31 + x^3 + 1: T^31 = T^3 + 1 of a register with taps 31 and 28.
POLYNOMIAL = 1 << 31 | 1 << 3 | 1
PERIOD = (1 << 31) - 1
COLUMN, ROW, UPDATE = 1327217884, 889516852, 1572067138


def times(a: int, b: int) -> int:
    """The remainder of a product."""
    found = 0
    for bit in range(31):
        found ^= (a << bit) * (b >> bit & 1)
    for bit in range(61, 30, -1):
        found ^= (POLYNOMIAL << (bit - 31)) * (found >> bit & 1)
    return found


@cache
def power_of(steps: int) -> int:
    """The remainder of x^steps."""
    found, square = 1, 2
    while steps:
        if steps & 1:
            found = times(found, square)
        square, steps = times(square, square), steps >> 1
    return found


def stepped(state: int, *steps: int) -> int:
    """The register so many steps on: the sum of those that the remainder names."""
    remainder, found = reduce(times, [power_of(one % PERIOD) for one in steps]), 0
    for bit in range(31):
        found ^= state * (remainder >> bit & 1)
        state = (state << 1 | (state >> 30 ^ state >> 27) & 1) & PERIOD
    return found


def ones_of(bar: Crossbar, update: int, row: int, column: int, coincidence: int) -> int:
    """The ones that a device sees."""
    seed = device_key(bar.config.seed, bar.config.index, Op.UPDATE) & PERIOD
    steps = ((update + 1) * UPDATE, row * ROW, column * COLUMN, 9 * coincidence)
    return (stepped(seed, *steps) >> 22).bit_count()


@pytest.mark.parametrize(
    ("seed", "step", "noise", "gain", "update"),
    [(1, 0.002, 0.3, 51, 0), (2, 0.4, 0.328, 56, 1), (3, 0.05, 0.1, 17, 77), (4, 0.4, 2.0, 341, 9)],
)
def test_noisy_steps_are_those_of_whole_numbers(seed, step, noise, gain, update):
    """round() of a fraction is half to even; a step ends at the bound."""
    bar = bar_of(seed, dw_min=step, dw_min_dtod=0.5, dw_min_std=noise)
    words = random_words(bar, np.random.default_rng(seed), 7)
    one = Fraction(1, 1 << rate_shift(Device(**QUIET, dw_min=step, w_min=-0.4, up_down=0.1)))
    planes = [bar.devices.planes[plane] / float(one) for plane in (SCALE_UP, SCALE_DOWN)]
    rates = [plane.astype(int) for plane in planes]
    wanted, high, low = (units(w, bar) for w in (bar.weights, bar.devices.w_max, bar.devices.w_min))
    for i, j in np.ndindex(wanted.shape):
        up, w = words.xs[i] == words.ds[j], int(wanted[i, j])
        for c in range(int(words.xw[i] & words.dw[j]).bit_count()):
            room = int(high[i, j]) - w if up else w - int(low[i, j])
            factor = 512 + gain * (2 * ones_of(bar, update, i, j, c) - 9)
            moved = round(int(rates[0 if up else 1][i, j]) * factor * room * one / 512)
            w = w + moved if up else w - moved
            w = min(max(w, int(low[i, j])), int(high[i, j]))
        wanted[i, j] = w
    compiled = Crossbar(bar.config, bar.devices, bar.weights.copy(), bar.adc_lsb, bar.noise)
    bar.update(words, update)
    CompiledArray(compiled).update(words, update)
    assert (units(bar.weights, bar) == wanted).all()
    assert compiled.weights.tobytes() == bar.weights.tobytes()


def test_an_update_s_noise_is_a_function_of_its_number():
    """Whatever was updated before."""
    found = []
    for before in ([], [0, 1, 2], [5]):
        bar = bar_of(1, dw_min=0.05, dw_min_std=0.3)
        words, start = random_words(bar, np.random.default_rng(1), 7), bar.weights.copy()
        for update in before:
            bar.update(words, update)
        bar.weights[...] = start
        bar.update(words, 3)
        found.append(bar.weights.tobytes())
    assert found[0] == found[1] == found[2]


def test_nine_fair_bits_have_mean_0_and_variance_1():
    assert TAPS[31] == (31, 28)
    fields = np.array(list(product([0, 1], repeat=9))) @ (1 << np.arange(9))
    xi = [Fraction(round(3 * float(x)), 3) for x in numbers((fields << 22).astype(np.uint32))]
    assert sum(xi) == 0
    assert sum(x * x for x in xi) == len(xi)


def test_spreads_are_multiples_of_3_of_512():
    assert gain_of(0.3) == 51
    assert rounded(0.3) == 0.298828125
    assert (MOST_GAIN, MOST_NOISE) == (56, 0.328125)
    assert 512 - 9 * MOST_GAIN > 0 > 512 - 9 * (MOST_GAIN + 1)


def test_steps_have_the_mean_and_the_spread_that_are_asked_for():
    """One coincidence each of 90,000 equal devices at 0; five deviations of the estimates."""
    rows, columns, std = 300, 300, rounded(0.3)
    device = Device(
        family="emulated", dw_min=0.01, dw_min_std=0.3, dw_min_dtod=0.0, up_down_dtod=0.0,
        w_max_dtod=0.0, w_min_dtod=0.0,
    )  # fmt: skip
    bar = make_crossbar(TileConfig(rows, columns), device, 0.0, 4.0)
    mean = bar.devices.mean_step(bar.weights, True)[0, 0]
    bar.step(np.ones((rows, columns), np.int64), np.ones((rows, columns), bool), 4)
    xi = (bar.weights.astype(np.float64) / mean - 1.0) / std
    n, rounding = xi.size, float(bar.devices.grid / mean) / std
    kurtosis = 3.0 - 2.0 / 9.0
    assert abs(xi.mean()) < 5 / np.sqrt(n) + rounding
    assert abs(xi.var() - 1.0) < 5 * np.sqrt((kurtosis - 1.0) / n) + 2 * rounding


def test_neighbours_in_any_direction_are_uncorrelated():
    """Columns, rows, coincidences and updates, five deviations."""
    rows, columns = 200, 200
    seen = device_states(update_state(12345, 6), rows, columns)
    xi = numbers(seen).astype(np.float64)
    others = [numbers(device_states(update_state(12345, 7), rows, columns))]
    for lag in range(1, 5):
        seen = onward(seen)
        others.append(numbers(seen))
        for a, b in ((xi[lag:], xi[:-lag]), (xi[:, lag:], xi[:, :-lag])):
            assert abs((a * b).mean()) < 5 / np.sqrt(a.size)
    for other in others:
        assert abs((xi * other).mean()) < 5 / np.sqrt(xi.size)
