from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.activation import activate
from models.loss import error, target_levels
from models.tile import TileConfig
from rtl.digital import DigitalConfig
from rtl.loss import SquaredError, loss_unit
from tests.models.properties import PROPERTY
from tests.rtl.streams import (
    Pattern,
    always,
    digital,
    digital_configs,
    numerics,
    pass_through,
    pattern,
)

FEW = settings(PROPERTY, max_examples=20)


def elements(config: DigitalConfig, z: list[int]) -> list[dict[str, Any]]:
    """Return pre-activations with their values and derivatives."""
    value, slope = activate(np.array(z, float), config.activation, numerics(config))
    rows = zip(z, value.tolist(), slope.tolist(), strict=True)
    return [{"z": one, "value": int(v), "slope": int(s)} for one, v, s in rows]


def check(
    config: DigitalConfig,
    vectors: list[list[int]],
    label: int,
    smoothing: float,
    offered: Pattern = always,
    ready: Pattern = always,
) -> list[int]:
    """Compare the errors of vectors, one after another, with the model; return their cycles."""
    own, n = numerics(config), config.outputs
    levels = map(int, target_levels(n, own, smoothing))
    spec = replace(config, **dict(zip(("label_target", "other_target"), levels, strict=True)))
    z = np.array(vectors, float)
    value, slope = activate(z, spec.activation, own)
    labels = np.full(len(z), label)
    expected = error(z, value, slope, labels, spec.loss or "", own, smoothing)
    flat = [one for vector in vectors for one in elements(spec, vector)]
    found, cycles = pass_through(loss_unit(spec), flat, len(flat), offered, ready, label=label)
    assert found == expected.ravel().tolist()
    return cycles


@FEW
@given(st.data(), st.sampled_from(["mse", "cross-entropy"]))
def test_errors_equal_the_models(data: st.DataObject, loss: str) -> None:
    config = data.draw(digital_configs(loss=loss))
    vectors = [digital(data.draw, config, config.outputs) for _ in range(3)]
    label = data.draw(st.integers(0, config.outputs - 1))
    check(config, vectors, label, data.draw(st.sampled_from([0.0, 0.1, 0.9])))


@pytest.mark.parametrize("loss", ["mse", "cross-entropy"])
@pytest.mark.parametrize(("offer", "take"), [(1.0, 0.3), (0.3, 1.0), (0.5, 0.5)])
def test_back_pressure_changes_no_error(loss: str, offer: float, take: float) -> None:
    config = DigitalConfig(TileConfig(2, 5), "sigmoid", loss=loss)
    vectors = [[100, -4000, 30, 2000, 1], [0, 0, 0, 0, 0], [-32767, 32767, 5, 32767, 9]]
    check(config, vectors, 3, 0.1, pattern(5, offer), pattern(6, take))


def test_a_squared_error_beyond_the_width_of_a_vector_saturates() -> None:
    config = DigitalConfig(TileConfig(2, 2), "linear", loss="mse")
    z = [-32767, 32767]
    found, _ = pass_through(SquaredError(config), elements(config, z), 2, label=0)
    assert found == [-32767, 32767]


def test_a_squared_error_comes_one_cycle_later() -> None:
    config = DigitalConfig(TileConfig(2, 3), "linear", loss="mse")
    assert check(config, [[1, 2, 3], [4, 5, 6]], 1, 0.0) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("outputs", "fraction"), [(1, 4), (3, 10), (10, 14)])
def test_a_softmax_takes_the_cycles_it_states(outputs: int, fraction: int) -> None:
    config = DigitalConfig(TileConfig(2, outputs), "linear", fraction, loss="cross-entropy")
    cycles = check(config, [[*range(outputs)]], 0, 0.0)
    first, step = 2 * outputs + fraction + 6, fraction + 4
    assert cycles == [first + step * place for place in range(outputs)]
