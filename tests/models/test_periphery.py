"""Noise, rails and rounding of a read against their distributions, within 5 sd of the sample."""

import numpy as np
import pytest
from scipy import stats

from models.crossbar import Crossbar
from models.device.section import Device
from models.number import code_limit
from models.periphery import INPUT_STEPS, make_periphery, noisy, output_spread
from models.schedule import Op
from models.section import Adc, Dac, Tile
from models.starting import make_crossbar
from models.tile import TileConfig

IDEAL = Device(w_max=1.0, w_min=-1.0, w_max_dtod=0.0, w_min_dtod=0.0)
MANY = 40_000


def bar_of(tile: Tile, weights: np.ndarray, full_scale: float = 4.0) -> Crossbar:
    config = TileConfig(*weights.shape, tile)
    bar = make_crossbar(config, IDEAL, 0.1, full_scale)
    return bar.with_weights(weights.astype(np.float32))


def quiet(**keys: object) -> Tile:
    return Tile(output_noise=0.0, **keys)


def assert_normal(values: np.ndarray, sd: float, step: float) -> None:
    """Mean 0 and deviation `sd`, with the variance step^2 / 12 of rounding to `step`."""
    n = values.size
    variance = sd**2 + step**2 / 12
    assert abs(values.mean()) < 5 * np.sqrt(variance / n)
    assert values.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / n))


def test_input_noise_is_normal_in_256ths_of_a_code():
    keys = np.arange(MANY // 8, dtype=np.uint64)
    codes = np.tile(np.arange(-4.0, 4.0), (len(keys), 1))
    added = noisy(codes, keys, 0.7) - codes
    assert (added * INPUT_STEPS == np.rint(added * INPUT_STEPS)).all()
    assert_normal(added, 0.7, 1 / INPUT_STEPS)
    assert stats.kstest(added.ravel()[:2000] / 0.7, "norm").pvalue > 1e-3


def test_input_noise_reaches_the_outputs_through_the_weights():
    """Independent noise s a line makes s sqrt(sum w^2), the same at equal columns."""
    weights = np.array([[0.5, 0.5], [-0.25, -0.25], [1.0, 1.0]])
    tile = quiet(dac=Dac(noise=0.02), adc=Adc(bits=16))
    bar = bar_of(tile, weights)
    x = np.zeros((MANY, 3))
    found = bar.forward(x, np.arange(MANY)) * bar.adc_lsb
    assert (found[:, 0] == found[:, 1]).all()
    sd = 0.02 * code_limit(7) * np.sqrt((weights[:, 0] ** 2).sum())
    assert_normal(found[:, 0], sd, bar.adc_lsb)


def test_weight_read_noise_grows_with_the_root_of_the_inputs_squares():
    tile = Tile(output_noise=0.003, read_noise=0.05, adc=Adc(bits=16))
    bar = bar_of(tile, np.zeros((4, 1)))
    for x in ([0, 0, 0, 0], [3, -40, 0, 12], [63, 63, 63, 63]):
        codes = np.tile(np.array(x, float), (MANY, 1))
        found = bar.forward(codes, np.arange(MANY)) * bar.adc_lsb
        sd = np.hypot(0.003 * 63, 0.05 * np.sqrt(np.square(x).sum()))
        assert_normal(found, sd, bar.adc_lsb)


def test_without_read_noise_the_spread_is_the_output_noise_exactly():
    codes = np.array([[1.0, 2.0], [0.0, 0.0]])
    assert output_spread(codes, 0.1, 0.0).tolist() == [[0.1], [0.1]]
    assert output_spread(codes, 3.0, 4.0).tolist() == [[np.sqrt(9.0 + 16.0 * 5.0)], [3.0]]


@pytest.mark.parametrize("share", [0.125, 0.5, 0.9375])
def test_a_stochastic_adc_is_right_on_average(share):
    """A sum of `share` codes gives 1 with that probability, else 0."""
    tile = quiet(adc=Adc(rounding="stochastic"))
    bar = bar_of(tile, np.array([[share / 4]]))
    assert bar.adc_lsb == 1.0
    found = bar.forward(np.full((MANY, 1), 4.0), np.arange(MANY))
    assert set(np.unique(found)) == {0, 1}
    assert abs(found.mean() - share) < 5 * np.sqrt(share * (1 - share) / MANY)


def test_a_stochastic_adc_leaves_whole_codes_alone():
    bar = bar_of(quiet(adc=Adc(rounding="stochastic")), np.array([[0.25]]))
    codes = 4.0 * np.arange(-15, 16)[:, None]
    assert (bar.forward(codes, np.arange(31)) == codes / 4).all()


@pytest.mark.parametrize(("lower", "rail"), [(1.0, -255), (0.5, -128), (0.001, 0)])
def test_the_lower_rail_is_a_part_of_the_upper_one(lower, rail):
    tile = quiet(adc=Adc(lower=lower))
    p = make_periphery(tile)
    assert (p.low, p.high) == (rail, 255)
    bar = bar_of(tile, np.full((9, 1), 1.0))
    full = np.full((1, 9), 63)
    assert bar.forward(full, [0]).tolist() == [[255]]
    assert bar.forward(-full, [0]).tolist() == [[rail]]


def test_every_draw_of_a_read_has_its_own_key():
    """Noise of inputs and outputs differs between tiles, ops, samples, attempts and lines."""
    tile = quiet(dac=Dac(noise=0.3), adc=Adc(bits=16))
    weights = np.ones((1, 1))
    seen = set()
    for index in range(2):
        bar = make_crossbar(TileConfig(1, 1, tile, index=index), IDEAL, 0.1, 4.0)
        bar = bar.with_weights(weights.astype(np.float32))
        for op in (Op.FORWARD, Op.EVAL):
            for attempt in range(3):
                seen |= set(bar.forward(np.zeros((5, 1)), np.arange(5), op, attempt)[:, 0].tolist())
        seen |= set(bar.backward(np.zeros((5, 1)), np.arange(5))[:, 0].tolist())
    assert len(seen) > 60  # of 70; ties of codes are rare
