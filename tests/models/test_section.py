"""The tables themselves: frozen, closed, and strict about what a value is."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from models import section
from models.device import section as device
from models.energy import section as energy
from models.layer import section as layer
from models.section import Tile, is_power_of_two
from models.table import Section
from tests.models.properties import PROPERTY

TABLES = [
    found
    for found in (vars(section) | vars(device) | vars(layer) | vars(energy)).values()
    if isinstance(found, type) and issubclass(found, Section) and found is not Section
    if not found.__name__.startswith("_")
]

KINDS = {"Cell": "pair", "ConvLayer": "conv", "LstmLayer": "lstm"}


def test_there_are_seventeen_tables():
    names = {table.__name__ for table in TABLES}
    assert names == {
        *("Run", "Data", "Network", "Dac", "Adc", "Update", "Tile"),
        *("LinearLayer", "ConvLayer", "LstmLayer"),
        *("Device", "Channel", "Cell", "Timing", "Schedule"),
        *("Energy", "Area"),
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_a_table_knows_no_other_keys_and_does_not_change(table):
    needed = {name for name, field in table.model_fields.items() if field.is_required()}
    given: dict[str, object] = {
        name: KINDS.get(table.__name__) if name == "kind" else 1 for name in needed
    }
    made = table(**given)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        table(**given, unheard=1)
    name = next(iter(table.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, name, getattr(made, name))


@pytest.mark.parametrize("value", ["16", 16.0, True, None])
def test_no_value_is_silently_converted_to_an_integer(value):
    with pytest.raises(ValidationError, match="should be a valid integer"):
        Tile(digital_bits=value)


def test_whole_numbers_are_numbers():
    assert Tile(output_noise=1).output_noise == 1.0


@PROPERTY
@given(st.integers(-1022, 1023))
@example(0)
def test_powers_of_two_are_recognised(exponent):
    value = 2.0**exponent
    assert is_power_of_two(value)
    assert not is_power_of_two(-value)
    assert not is_power_of_two(value * 1.5)
    assert not is_power_of_two(value * (1 + 2.0**-52))


def test_zero_is_no_power_of_two():
    assert not is_power_of_two(0.0)
