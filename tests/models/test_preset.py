"""Presets: every value with its source, and fit for its table."""

import pytest

from models.device.family import applies
from models.device.section import Device
from models.error import DesignError
from models.preset import preset_names, read_preset
from models.section import Timing

ALL = [("device", name) for name in preset_names("device")]
ALL += [("timing", name) for name in preset_names("timing")]


def test_the_presets_are_known():
    assert preset_names("device") == ["gokmen-vlasov", "ideal", "soft-bounds"]
    assert preset_names("timing") == ["rasch2024", "unit"]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_value_has_a_source_and_says_whether_it_was_checked(kind, name):
    for entry in read_preset(kind, name).values():
        assert len(entry.source) > 10
        assert isinstance(entry.verified, bool)
        assert not (entry.verified and entry.source.startswith("none"))


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_preset_fits_its_table(kind, name):
    values = {key: entry.value for key, entry in read_preset(kind, name).items()}
    table = {"device": Device, "timing": Timing}[kind].model_validate(values)
    assert {key: getattr(table, key) for key in values} == values


@pytest.mark.parametrize("name", preset_names("device"))
def test_a_device_preset_leaves_nothing_to_a_default(name):
    entries = read_preset("device", name)
    family = entries["family"].value
    keys = {key for key in Device.model_fields if applies(family, key)}
    assert set(entries) == keys - {"preset"}


def test_the_resistive_processing_unit_has_1200_states():
    """Gokmen & Vlasov (2016) as in aihwkit: range over the step is 1,250, theirs 1,200."""
    values = {k: e.value for k, e in read_preset("device", "gokmen-vlasov").items()}
    assert (values["w_max"] - values["w_min"]) / values["dw_min"] == pytest.approx(1250)
    assert values["dw_min_dtod"] == values["dw_min_std"] == values["w_max_dtod"] == 0.3


def test_an_unknown_preset_is_refused():
    with pytest.raises(DesignError) as caught:
        read_preset("timing", "ideal")
    assert str(caught.value) == (
        "timing.preset: there is no timing preset 'ideal'; known are rasch2024, unit"
    )
