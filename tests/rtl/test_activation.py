from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.activation import CODES, activate
from models.layer.linear import through
from models.tile import TileConfig
from rtl.activation import ActivationUnit, SlopeUnit
from rtl.digital import DigitalConfig
from tests.models.properties import PROPERTY
from tests.rtl.streams import digital, digital_configs, numerics, pass_through, pattern

FEW = settings(PROPERTY, max_examples=20)
ALL = list(CODES)


def outputs(found: list[Any]) -> tuple[list[int], list[int], list[int]]:
    """Return pre-activations, values and derivatives."""
    return tuple([int(one[key]) for one in found] for key in ("z", "value", "slope"))  # type: ignore[return-value]


@FEW
@given(st.data())
def test_values_and_derivatives_equal_the_models(data: st.DataObject) -> None:
    config = data.draw(digital_configs())
    given = digital(data.draw, config, 60)
    z, value, slope = outputs(pass_through(ActivationUnit(config), given, 60)[0])
    expected = activate(np.array(given, float), config.activation, numerics(config))
    assert z == given
    assert value == expected[0].tolist()
    assert slope == expected[1].tolist()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@pytest.mark.parametrize("fraction", [4, 8])
def test_every_index_of_a_table_is_reached(activation: str, fraction: int) -> None:
    config = DigitalConfig(TileConfig(2, 2), activation, fraction)
    given = list(range(-1100, 1101))
    _, value, slope = outputs(pass_through(ActivationUnit(config), given, len(given))[0])
    expected = activate(np.array(given, float), activation, numerics(config))
    assert (value, slope) == (expected[0].tolist(), expected[1].tolist())


@pytest.mark.parametrize("activation", ALL)
def test_an_element_comes_two_cycles_later_and_one_a_cycle(activation: str) -> None:
    config = DigitalConfig(TileConfig(2, 2), activation)
    assert pass_through(ActivationUnit(config), [5, -7, 800], 3)[1] == [2, 3, 4]


@pytest.mark.parametrize("activation", ALL)
@pytest.mark.parametrize(("offer", "take"), [(1.0, 0.4), (0.4, 1.0), (0.5, 0.5)])
def test_back_pressure_loses_and_repeats_nothing(
    activation: str, offer: float, take: float
) -> None:
    config = DigitalConfig(TileConfig(2, 2), activation)
    given = list(range(-3000, 3000, 97))
    dut = ActivationUnit(config)
    held, _ = pass_through(dut, given, len(given), pattern(3, offer), pattern(4, take))
    z, value, _ = outputs(held)
    assert z == given
    assert value == activate(np.array(given, float), activation, numerics(config))[0].tolist()


@FEW
@given(st.data())
def test_errors_go_back_through_the_derivative_like_the_model(data: st.DataObject) -> None:
    config = data.draw(digital_configs())
    gradients = digital(data.draw, config, 40)
    slopes = data.draw(
        st.lists(st.integers(0, 1 << config.fraction_bits), min_size=40, max_size=40)
    )
    pairs = zip(gradients, slopes, strict=True)
    given = [{"gradient": gradient, "slope": slope} for gradient, slope in pairs]
    found, cycles = pass_through(SlopeUnit(config), given, 40)
    own = numerics(config)
    assert found == through(np.array(gradients, float), np.array(slopes, float), own).tolist()
    assert cycles == list(range(1, 41))
