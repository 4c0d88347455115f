"""A linear layer is W x + b: exactly without converters, within a code with them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.converter import Numerics, Scaling, scale_input
from models.device.section import Device
from models.grid import TileGrid
from models.layer.linear import Linear, through
from models.schedule import Op
from models.section import Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.properties import PROPERTY

TILE = Tile(output_noise=0.0)
EXACT = Numerics(False, Scaling.EXACT, 10, 1.0, np.inf, 1.0)
REAL = Numerics(False, Scaling.ABS_MAX, 10, 1.0, np.inf, 1.0)
INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)


def layer(numerics: Numerics, scale: float = 0.5, rows: int = 5, columns: int = 4) -> Linear:
    config = TileConfig(rows, columns, TILE)
    bar = make_crossbar(config, Device(), 0.4, 2.0)
    bias = np.linspace(-1, 1, columns) * numerics.unit * numerics.bias_unit
    return Linear(TileGrid.of(bar), scale, "tanh", bias, True, numerics, np.ones(len(bias)))


def read(one: Linear, vectors: np.ndarray) -> np.ndarray:
    codes, factor = scale_input(vectors, one.numerics, TILE)
    return one.pre_activation(codes, factor[:, None], np.arange(len(vectors)), Op.FORWARD)[0]


def read_back(one: Linear, vectors: np.ndarray) -> np.ndarray:
    codes, factor = scale_input(vectors, one.numerics, TILE)
    return one.input_error(codes, factor[:, None], np.arange(len(vectors)))[0]


def tolerance(one: Linear, vectors: np.ndarray, driven: np.ndarray) -> np.ndarray:
    """Half an input code through the weights, half an output code, and two roundings."""
    codes, factor = scale_input(vectors, one.numerics, TILE)
    worst = np.abs(vectors - codes * factor[:, None]).max()
    inputs = worst * np.abs(driven).sum(axis=0).max()
    return one.scale * (inputs + one.crossbar.adc_lsb / 2 * factor.max()) + 1.0


def test_the_ideal_layer_is_the_matrix_product():
    one, x = layer(EXACT), np.random.default_rng(0).normal(size=(7, 5))
    matrix = one.scale * one.crossbar.weights.astype(np.float64).T
    assert read(one, x) == pytest.approx(x @ matrix.T + one.bias, rel=1e-13)
    d = np.random.default_rng(1).normal(size=(7, 4))
    assert read_back(one, d) == pytest.approx(d @ matrix, rel=1e-13)


@PROPERTY
@given(st.integers(0, 1000), st.sampled_from([0.25, 1.0, 2.0]))
def test_the_hardware_layer_is_the_matrix_product_within_its_codes(seed, scale):
    one, rng = layer(INTEGER, scale), np.random.default_rng(seed)
    weights = one.crossbar.weights.astype(np.float64)
    x, d = rng.integers(-3000, 3001, (3, 5)) * 1.0, rng.integers(-900, 901, (3, 4)) * 1.0
    full = np.abs(one.crossbar.forward(scale_input(x, INTEGER, TILE)[0], np.arange(3))).max()
    assert full < 255
    wanted = scale * x @ weights + one.bias / INTEGER.bias_unit
    assert np.abs(read(one, x) - wanted).max() <= tolerance(one, x, weights)
    back = scale * d @ weights.T
    assert np.abs(read_back(one, d) - back).max() <= tolerance(one, d, weights.T)


@pytest.mark.parametrize("numerics", [INTEGER, REAL])
def test_codes_reach_the_digital_side_through_scale_step_and_factor(numerics):
    one = layer(numerics, 0.5)
    codes, factor = np.full((1, 5), 63.0), np.array([4.0])
    read_codes = one.crossbar.forward(codes, [0]).astype(float)
    exact = read_codes * (one.crossbar.adc_lsb * 0.5 * 4.0)
    bias = one.bias / numerics.bias_unit
    if numerics.integer:
        exact, bias = np.rint(exact), np.rint(bias)
    found, _ = one.pre_activation(codes, factor[:, None], np.array([0]), Op.FORWARD)
    assert (found == exact + bias).all()


def test_the_hardware_layer_saturates_at_its_digital_rails():
    one = replace(layer(INTEGER), scale=1024.0)
    z = read(one, np.full((1, 5), 32767.0) * np.sign(one.crossbar.weights[:, 0]))
    assert z[0, 0] == 32767.0
    assert np.abs(z).max() <= 32767.0
    assert np.abs(read_back(one, np.full((1, 4), 32767.0))).max() == 32767.0


def test_an_error_passes_an_activation_by_its_slope():
    error, slope = np.array([[3.0, -5.0]]), np.array([[512.0, 512.0]])
    assert through(error, slope, INTEGER).tolist() == [[2.0, -2.0]]
    assert through(error, slope, REAL).tolist() == [[1536.0, -2560.0]]


def test_a_layer_holding_other_weights_leaves_its_own():
    one = layer(INTEGER)
    kept, bias = one.crossbar.weights.copy(), one.bias.copy()
    other = one.holding(np.zeros((5, 4), np.float32), np.zeros(4))
    assert not read(other, np.ones((1, 5))).any()
    assert (one.crossbar.weights == kept).all()
    assert (one.bias == bias).all()
