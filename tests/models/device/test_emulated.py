"""Emulated devices against whole numbers: rates, steps, and coincidences one after another."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.array import CompiledArray
from models.crossbar import Crossbar
from models.design import make_design
from models.device.array import SCALE_DOWN, SCALE_UP
from models.device.draw import draw_devices
from models.device.emulated import WEIGHT_BITS, rate_shift
from models.device.section import Device
from models.error import DesignError
from models.network import make_grid
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.properties import PROPERTY, random_words

QUIET = {"dw_min_std": 0.0, "family": "emulated"}


def bar_of(seed: int, **keys: float) -> Crossbar:
    device = Device(**QUIET | {"w_max_dtod": 0.2, "w_min": -0.4, "up_down": 0.1} | keys)
    return make_crossbar(TileConfig(5, 37, seed=seed), device, 0.5, 4.0)


def units(values: np.ndarray, bar: Crossbar) -> np.ndarray:
    """Values on the weight grid as whole numbers of it."""
    found = values.astype(np.float64) / bar.devices.grid
    assert (found == np.rint(found)).all()
    return found.astype(int)


def test_weights_and_bounds_have_18_bits_and_rates_8():
    bar = bar_of(1, dw_min_dtod=3.0, w_max=1.0)
    limit = 1 << (WEIGHT_BITS - 1)
    shift = rate_shift(Device(**QUIET, w_max=1.0, w_min=-0.4))
    for plane in (bar.devices.w_max, bar.devices.w_min, bar.weights):
        assert np.abs(units(plane, bar)).max() < limit
    assert np.abs(units(bar.devices.w_max, bar)).max() > limit // 2
    for plane in (SCALE_UP, SCALE_DOWN):
        rates = bar.devices.planes[plane] * 2.0**shift
        assert (rates == np.rint(rates)).all()
        assert rates.min() == 0
        assert rates.max() == 255


@pytest.mark.parametrize(("step", "wanted"), [(0.002, 14), (0.3, 8), (0.9, 8), (1e-4, 19)])
def test_the_mean_rate_of_the_faster_direction_has_seven_bits_where_a_step_is_small(step, wanted):
    device = Device(**QUIET, dw_min=step, w_min=-0.5, up_down=-0.3)
    assert rate_shift(device) == wanted
    rate = step / 0.5 * 2**wanted
    assert 64 <= rate < 128 or (wanted == 8 and rate >= 64)


@PROPERTY
@given(st.integers(0, 1 << 30), st.sampled_from([0.002, 0.05, 0.4]), st.integers(1, 31))
def test_coincidences_are_as_many_steps_of_whole_numbers(seed, step, slots):
    """round() of a fraction is half to even."""
    bar = bar_of(seed, dw_min=step, dw_min_dtod=0.5)
    words = random_words(bar, np.random.default_rng(seed), slots)
    one = Fraction(1, 1 << rate_shift(Device(**QUIET, dw_min=step, w_min=-0.4, up_down=0.1)))
    planes = [bar.devices.planes[plane] / float(one) for plane in (SCALE_UP, SCALE_DOWN)]
    rates = [plane.astype(int) for plane in planes]
    wanted, high, low = (units(w, bar) for w in (bar.weights, bar.devices.w_max, bar.devices.w_min))
    for i, j in np.ndindex(wanted.shape):
        up = words.xs[i] == words.ds[j]
        for _ in range(int(words.xw[i] & words.dw[j]).bit_count()):
            w = int(wanted[i, j])
            room = int(high[i, j]) - w if up else w - int(low[i, j])
            moved = round(int(rates[0 if up else 1][i, j]) * room * one)
            assert moved <= room
            wanted[i, j] = w + moved if up else w - moved
    compiled = Crossbar(bar.config, bar.devices, bar.weights.copy(), bar.adc_lsb, bar.noise)
    bar.update(words, 3)
    CompiledArray(compiled).update(words, 3)
    assert (units(bar.weights, bar) == wanted).all()
    assert compiled.weights.tobytes() == bar.weights.tobytes()


def test_the_preset_is_what_the_circuit_can_be():
    design = make_design({"device": {"preset": "emulated"}, "tile": {"output_noise": 0.0}})
    devices = make_grid(design, 0).flat[0].devices
    assert devices.noise == 0.0
    assert len(np.unique(devices.w_max)) == len(np.unique(devices.w_min)) == 1


def test_steps_that_would_all_vanish_are_refused():
    with pytest.raises(DesignError, match=r"^device\.dw_min: 3e-06 is less than half the unit "):
        make_design({"device": {"family": "emulated", "dw_min": 3e-6}})
    drawn = draw_devices(Device(**QUIET, dw_min=4e-6, dw_min_dtod=0.0), 2, 2, 1, 0)
    assert (drawn.mean_step(np.zeros((2, 2), np.float32), True) == drawn.grid).all()
