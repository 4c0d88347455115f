"""Presets: every value with its source, and fit for its table."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from models.design import make_design
from models.device.array import OFFSET_DOWN, OFFSET_UP
from models.device.draw import draw_devices
from models.device.family import applies
from models.device.section import DEPENDENT, Device
from models.energy.section import Area, Energy
from models.error import DesignError
from models.key import draw, normal
from models.preset import LABELS, preset_names, preset_table, read_preset, unverified
from models.section import Timing
from tests.models.device.oracle import make_oracle

KINDS = {"device": Device, "timing": Timing, "energy": Energy, "area": Area}
ALL = [(kind, name) for kind in KINDS for name in preset_names(kind)]


def test_the_presets_are_known():
    assert preset_names("device") == [
        *("capacitor", "ecram", "ecram-mo", "emulated", "gokmen-vlasov", "ideal", "idealized"),
        *("limited-10", "limited-16", "limited-4", "limited-80", "materials-ideal"),
        *("mit-protonic", "pcm", "reram-array-hfo2", "reram-array-om", "reram-es", "reram-sb"),
        "soft-bounds",
    ]
    assert preset_names("timing") == [
        *("hermes-ima", "marinella2018", "mit-protonic", "neurosim21-fefet", "panther"),
        *("pipelayer-reram", "rasch2024", "rpu-haensch2019", "unit"),
    ]
    adcs = ["mnsim-adc-10", "mnsim-adc-4", "mnsim-adc-6", "mnsim-adc-8"]
    assert preset_names("energy") == [
        *("hermes-ima", "isaac-adc-8", "li2025", "marinella2018", "mit-protonic"),
        *("mit-protonic-mnist", *adcs, "panther", "pipelayer-reram", "rpu-haensch2019", "zigzag28"),
    ]
    assert preset_names("area") == ["hermes-ima", "isaac-adc-8", "li2025", *adcs, "zigzag28"]


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_value_has_a_source_and_says_whether_it_was_checked(kind, name):
    for entry in read_preset(kind, name).values():
        assert len(entry.source) > 10
        assert isinstance(entry.verified, bool)
        assert not (entry.verified and entry.source.startswith("none"))


@pytest.mark.parametrize(("kind", "name"), [one for one in ALL if one[0] != "device"])
def test_a_value_says_how_it_came_here_and_no_guess_counts_as_verified(kind, name):
    for entry in read_preset(kind, name).values():
        assert LABELS[entry.label] in (None, entry.verified)
        assert (entry.label == "choice") == entry.source.startswith(("none", "clock of"))
        assert ("by a note" in entry.source) <= (not entry.verified)


@pytest.mark.parametrize("kind", ["timing", "energy", "area"])
def test_the_documents_show_every_value_as_the_files_have_it(kind):
    found = preset_table(kind)
    assert found in (Path(__file__).parents[2] / "docs/energy.md").read_text(), found


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_preset_fits_its_table(kind, name):
    values = {key: entry.value for key, entry in read_preset(kind, name).items()}
    table = KINDS[kind].model_validate_json(json.dumps(values))
    assert {key: table.model_dump(mode="json")[key] for key in values} == values


#: Keys whose defaults mean that there is no such thing.
ABSENT = {
    *("dw_min_dtod_log_normal", "mirror_draws", "write_noise", "dead_fraction", "stuck_fraction"),
    *("on_off_ratio", "channel", "cell", "lifetime", "diffusion", "drift_nu", *DEPENDENT),
}


def device_preset(name: str) -> Device:
    """As a design that names the preset has it."""
    return make_design({"device": {"preset": name}}).device


@pytest.mark.parametrize("name", preset_names("device"))
def test_a_device_preset_leaves_nothing_to_a_default(name):
    entries = read_preset("device", name)
    family = entries["family"].value
    keys = {key for key in Device.model_fields if applies(family, key)} - {"preset"}
    assert keys - set(entries) - ABSENT == {"dw_min" if "states" in entries else "states"}
    device = device_preset(name)
    assert not any(getattr(device, key) for key in ABSENT - set(entries) - set(DEPENDENT))


#: States of the devices in arXiv 2510.02516, table 3, and of those named after them; 0.5 rounds.
STATES = {
    "capacitor": 400,
    "ecram": 1000,
    "pcm": 200,
    "reram-array-om": 21,
    "reram-array-hfo2": 4,
    "limited-4": 4,
    "limited-10": 10,
    "limited-16": 16,
    "limited-80": 80,
    "idealized": 10000,
    "materials-ideal": 1000,
}


@pytest.mark.parametrize("name", STATES)
def test_a_preset_has_the_states_of_its_paper(name):
    assert round(device_preset(name).state_count) == STATES[name]


def test_metal_oxide_ecram_has_the_states_of_its_paper_to_two_digits():
    assert device_preset("ecram-mo").state_count == pytest.approx(7100, rel=0.005)


@pytest.mark.parametrize("name", preset_names("device"))
def test_a_preset_s_devices_are_those_its_file_describes(name):
    """An independent model of the values, with draws of its own, 40 pulses up, then 40 down."""
    shape, rng = (60, 60), np.random.default_rng(9)
    device = device_preset(name)
    devices = draw_devices(device, *shape, 1, 0)
    oracle = make_oracle(device, lambda kind: rng.standard_normal(shape))
    assert_alike(devices.w_max, oracle.hi - oracle.ref)
    assert_alike(devices.w_min, oracle.lo - oracle.ref)
    w, other = np.zeros(shape, np.float32), np.zeros(shape)
    for pulse in range(80):
        up = pulse < 40
        xi = normal(draw(pulse, np.arange(w.size))).reshape(shape)
        w, other = devices.move(w, up, xi), oracle.move(other, up, rng.standard_normal(shape))
        if pulse in (0, 39, 79):
            assert_alike(w, other)


def assert_alike(found: np.ndarray, other: np.ndarray) -> None:
    """Two samples of one distribution at 1 in 100,000, or the same numbers up to float32."""
    if np.ptp(other) < 1e-12:
        assert np.abs(found - other).max() < 1e-6
        return
    assert stats.ks_2samp(found.ravel(), other.ravel()).pvalue > 1e-5
    error = np.sqrt((found.var() + other.var()) / other.size)
    assert abs(found.mean(dtype=float) - other.mean()) < stats.norm.isf(0.5e-5) * error


@pytest.mark.parametrize("name", ["ideal", "idealized", "materials-ideal", "gokmen-vlasov"])
def test_symmetric_presets_step_alike_up_and_down_on_average(name):
    devices = draw_devices(device_preset(name), 200, 200, 1, 0)
    difference = devices.planes[OFFSET_UP] - devices.planes[OFFSET_DOWN]
    error = difference.std(dtype=float) / 200
    assert abs(difference.mean(dtype=float)) <= stats.norm.isf(0.5e-5) * error


def test_a_protonic_device_s_steps_up_grow_toward_the_bound_and_shrink_down():
    devices = draw_devices(device_preset("mit-protonic"), 50, 50, 1, 0)
    up = [devices.mean_step(np.float32(w), True).mean() for w in (-0.8, 0.0, 1.0)]
    down = [devices.mean_step(np.float32(w), False).mean() for w in (-0.8, 0.0, 1.0)]
    assert up == sorted(up)
    assert down == sorted(down)
    assert up[2] / up[1] == pytest.approx(1 + 0.38 / 1.1724, rel=0.02)
    assert down[0] / down[1] == pytest.approx(1 - 0.76 * 0.8 / 0.8276, rel=0.02)


def test_the_resistive_processing_unit_has_1200_states():
    """Gokmen & Vlasov (2016) as in aihwkit: range over the step is 1,250, theirs 1,200."""
    values = {k: e.value for k, e in read_preset("device", "gokmen-vlasov").items()}
    assert (values["w_max"] - values["w_min"]) / values["dw_min"] == pytest.approx(1250)
    assert values["dw_min_dtod"] == values["dw_min_std"] == values["w_max_dtod"] == 0.3


def test_an_unknown_preset_is_refused():
    with pytest.raises(DesignError) as caught:
        read_preset("timing", "ideal")
    assert str(caught.value) == (
        "timing.preset: there is no timing preset 'ideal'; known are hermes-ima, marinella2018, "
        "mit-protonic, neurosim21-fefet, panther, pipelayer-reram, rasch2024, rpu-haensch2019, unit"
    )


def test_an_unverified_value_is_named_as_long_as_the_device_has_it():
    device = device_preset("pcm")
    found = unverified("device", "pcm", device.model_dump())
    assert list(found) == ["dw_min_std"]
    assert found["dw_min_std"].source.endswith("without the two other parts of its noise")
    own = device.model_copy(update={"dw_min_std": 0.5})
    assert unverified("device", "pcm", own.model_dump()) == {}


def test_a_user_s_own_device_has_nothing_to_verify():
    assert unverified("device", None, Device().model_dump()) == {}
