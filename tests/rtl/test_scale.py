import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.number import shift_scale
from models.tile import TileConfig
from rtl.digital import DigitalConfig
from rtl.scale import VectorScaler
from tests.models.properties import PROPERTY
from tests.rtl.streams import digital, digital_configs, pass_through, pattern

FEW = settings(PROPERTY, max_examples=25)


@FEW
@given(st.data())
def test_vectors_scale_like_the_model(data: st.DataObject) -> None:
    config, lines = data.draw(digital_configs()), data.draw(st.integers(1, 6))
    vectors = [digital(data.draw, config, lines) for _ in range(4)]
    flat = [one for vector in vectors for one in vector]
    found, _ = pass_through(VectorScaler(config, lines), flat, len(flat))
    codes, exponents = shift_scale(vectors, config.tile.tile.dac.bits)
    assert [int(one["code"]) for one in found] == codes.ravel().tolist()
    assert [int(one["exponent"]) for one in found] == np.repeat(exponents, lines).tolist()


@pytest.mark.parametrize("lines", [1, 2, 5])
def test_codes_come_two_cycles_after_the_last_element_and_one_a_cycle(lines: int) -> None:
    config = DigitalConfig(TileConfig(2, 2))
    _, cycles = pass_through(VectorScaler(config, lines), [300] * 2 * lines, 2 * lines)
    first = range(lines + 1, 2 * lines + 1)
    assert cycles == [*first, *(cycle + 2 * lines + 1 for cycle in first)]


@pytest.mark.parametrize(("offer", "take"), [(1.0, 0.4), (0.4, 1.0), (0.5, 0.5)])
def test_back_pressure_changes_no_code(offer: float, take: float) -> None:
    config = DigitalConfig(TileConfig(2, 2))
    vectors = np.random.default_rng(2).integers(-32767, 32768, (9, 3)) >> np.arange(9)[:, None]
    given = vectors.ravel().tolist()
    dut = VectorScaler(config, 3)
    found, _ = pass_through(dut, given, 27, pattern(7, offer), pattern(8, take))
    codes, exponents = shift_scale(vectors, 7)
    assert [int(one["code"]) for one in found] == codes.ravel().tolist()
    assert [int(one["exponent"]) for one in found] == np.repeat(exponents, 3).tolist()
