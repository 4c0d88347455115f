from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.number import code_limit
from models.tile import TileConfig
from rtl.digital import DigitalConfig
from rtl.sum import SumUnit
from tests.models.properties import PROPERTY
from tests.rtl.streams import digital_configs, numerics, pass_through, pattern

FEW = settings(PROPERTY, max_examples=25)
TILE = TileConfig(2, 2)


def modelled(config: DigitalConfig, codes: Any, exponents: Any, bias: Any) -> list[int]:
    """z as `models.layer.linear.Linear` makes it: float64 sums, one rounding, saturation."""
    own = numerics(config)
    gain = 2.0**config.sum_places
    values = np.zeros(len(codes))
    for part in range(codes.shape[1]):
        values += codes[:, part] * (gain * np.ldexp(1.0, exponents[:, part]))
    added = np.rint(bias / own.bias_unit) if config.biased else 0.0
    return np.clip(np.rint(values) + added, -own.limit, own.limit).astype(int).tolist()


@FEW
@given(st.data())
def test_sums_of_several_tiles_round_once_like_the_layer(data: st.DataObject) -> None:
    config, parts = data.draw(digital_configs()), data.draw(st.integers(1, 3))
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    count = 40
    limit = code_limit(config.tile.tile.adc.bits)
    codes = rng.integers(-limit, limit + 1, (count, parts))
    exponents = rng.integers(0, len(config.exponents), (count, parts))
    rail = code_limit(config.digital_bits) << config.bias_fraction_bits
    spans = np.minimum(1 << rng.integers(0, config.bias_bits, count), rail)
    bias = rng.integers(-spans, spans + 1) * config.biased
    elements = [
        {"codes": c.tolist(), "exponents": e.tolist(), "bias": int(b)}
        for c, e, b in zip(codes, exponents, bias, strict=True)
    ]
    found, _ = pass_through(SumUnit(config, parts), elements, count)
    assert found == modelled(config, codes, exponents, bias)


@pytest.mark.parametrize("code", [-3, -2, -1, 1, 2, 3])
def test_a_half_goes_to_the_even_number(code: int) -> None:
    config = DigitalConfig(TILE, sum_places=-1, biased=False)
    given = [{"codes": [code], "exponents": [0], "bias": 0}]
    assert pass_through(SumUnit(config), given, 1)[0] == [round(code / 2)]


def test_an_element_comes_one_cycle_later_and_one_a_cycle() -> None:
    config = DigitalConfig(TILE, sum_places=0, biased=False)
    given = [{"codes": [code], "exponents": [1], "bias": 0} for code in range(6)]
    found, cycles = pass_through(SumUnit(config), given, 6)
    assert found == [0, 2, 4, 6, 8, 10]
    assert cycles == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("offer", "take"), [(1.0, 0.4), (0.4, 1.0), (0.5, 0.5)])
def test_back_pressure_loses_and_repeats_nothing(offer: float, take: float) -> None:
    config = DigitalConfig(TILE, sum_places=0, biased=False)
    given = [{"codes": [code], "exponents": [0], "bias": 0} for code in range(-30, 30)]
    found, _ = pass_through(SumUnit(config), given, 60, pattern(1, offer), pattern(2, take))
    assert found == list(range(-30, 30))
