"""Families as the table of a design knows them, and as docs/devices.md describes them."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from models.design import make_design
from models.device.draw import RESPONSES
from models.device.family import FAMILIES, OWN_KEYS, OWN_NAMES, Family, beside
from models.device.section import DEPENDENT, Device
from models.preset import preset_names

TEXT = (Path(__file__).parents[3] / "docs" / "devices.md").read_text()


def rows(heading: str) -> dict[str, list[str]]:
    """Cells of the table under a heading, by the name in the first."""
    (part,) = [part for part in TEXT.split("\n## ") if heading in part.split("\n")[0]]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.replace("\\|", "").split("|")[1:-1]] for line in lines]
    return {row[0].split("`")[1]: row for row in cells}


def test_every_family_has_keys_and_a_response():
    assert get_args(Family) == FAMILIES
    assert set(OWN_KEYS) == set(RESPONSES) == set(FAMILIES)
    assert set(OWN_NAMES) <= set(Device.model_fields)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_its_own_keys_with_their_defaults_and_no_others(family):
    device = Device(family=family)
    assert {key: getattr(device, key) for key in OWN_KEYS[family]} == OWN_KEYS[family]
    for key in set(OWN_NAMES) - set(OWN_KEYS[family]):
        assert getattr(device, key) is None
        (other,) = [name for name in FAMILIES if key in OWN_KEYS[name]][:1]
        with pytest.raises(ValidationError, match=f"the family '{family}' has no such key"):
            Device(family=family, **{key: OWN_KEYS[other][key]})


@pytest.mark.parametrize("family", FAMILIES)
def test_the_documentation_names_every_family_with_its_keys(family):
    named = rows("Families")
    assert set(named) == set(FAMILIES)
    keys = set(named[family][3].split("`")[1::2])
    assert keys == set(OWN_KEYS[family]) - {"mult_noise"}


@pytest.mark.parametrize("name", preset_names("device"))
def test_the_documentation_has_every_preset_as_it_is(name):
    named = rows("Presets")
    assert set(named) == set(preset_names("device"))
    device = make_design({"device": {"preset": name}}).device
    _, family, step, extent, _ = named[name]
    assert family == f"`{device.family}`"
    assert float(step) == device.dw_min
    low, high = device.w_min, device.w_max
    shown = f"±{high:g}" if low == -high else f"{low:g} … {high:g}".replace("-", "\N{MINUS SIGN}")
    assert extent == shown


@pytest.mark.parametrize("key", DEPENDENT)
def test_a_key_of_a_mechanism_has_a_default_only_beside_it(key):
    assert getattr(Device(), key) is None
    for needed in DEPENDENT[key]:
        assert getattr(Device(**{needed: 0.5}), key) is not None


def test_a_number_that_the_family_lacks_is_an_error_of_the_program():
    with pytest.raises(TypeError, match="the family 'soft-bounds' has no number 'shift'"):
        Device().number("shift")
    with pytest.raises(TypeError, match="the family 'soft-bounds' has no nodes 'nodes_up'"):
        Device().nodes("nodes_up")


def test_of_two_alternatives_a_table_s_own_drops_the_preset_s():
    values = {"family": "soft-bounds", "dw_min": 0.1, "on_off_ratio": 3.0}
    assert beside(values, {"states": 4}) == {"family": "soft-bounds", "on_off_ratio": 3.0}
    assert beside(values, {"channel": {}}) == {"family": "soft-bounds", "dw_min": 0.1}
    assert beside(values, {"dw_min": 0.2}) == values
    assert beside({"states": 4}, {"dw_min": 0.2}) == {}
