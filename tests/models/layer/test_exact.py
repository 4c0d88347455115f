"""Digital SGD: the outer product, rounded once to float32."""

import numpy as np
import pytest

from models.converter import Numerics, Scaling
from models.device.section import Device
from models.grid import TileGrid
from models.layer.exact import update
from models.layer.linear import Linear
from models.starting import make_crossbar
from models.tile import TileConfig

EXACT = Numerics(False, Scaling.EXACT, 10, 1.0, np.inf, 1.0)


@pytest.mark.parametrize("biased", [True, False])
def test_an_update_is_the_outer_product_without_device_or_bounds(biased):
    bar = make_crossbar(TileConfig(3, 2), Device(), 0.1, 4.0)
    one = Linear(TileGrid.of(bar), 2.0, "tanh", np.zeros(2), biased, EXACT, np.ones(2))
    before = bar.weights.copy()
    x, d = np.array([0.5, 0.0, -3.0]), np.array([10.0, -0.1])
    update(one, x, d, 0.3, 0.2)
    exact = before - (0.3 * np.outer(x, d)).astype(np.float32)
    assert bar.weights.dtype == np.float32
    assert (bar.weights == exact).all()
    assert np.abs(bar.weights).max() > bar.devices.w_max.max()
    assert one.bias == pytest.approx([-2.0, 0.02] if biased else [0, 0])
