"""What the presets' values give, against the same arithmetic on the literature's figures."""

import pytest

from models.design import make_design
from models.energy.account import energy_account
from models.energy.activity import Pulses, activity
from models.energy.area import area_account
from models.energy.converter import adc_area, adc_joule, adc_second, dac_joule
from models.preset import read_preset
from models.tile import grid_config, tile_config
from models.timing import backward_cycles, forward_cycles, update_cycles


def machine(name: str, side: int, tables=(), **tile):
    """One layer of a square tile with the preset's times, and its energy and area where given."""
    layer = [{"inputs": side, "outputs": side, "activation": "linear"}]
    named = {kind: {"preset": name} for kind in tables}
    raw = {"layer": layer, "tile": {"rows": side, "columns": side, **tile}, **named}
    return make_design({**raw, "run": {"profile": "behavioural"}})


def nanoseconds(design) -> tuple[float, float, float]:
    config = tile_config(design, 0)
    found = forward_cycles(config), backward_cycles(config), update_cycles(config)
    return tuple(cycles * 1e9 / design.timing.clock_hz for cycles in found)


def joules(design, samples: int = 1) -> dict[str, float]:
    grids = [grid_config(design, 0)]
    return energy_account(design, design.energy, activity(design, grids, samples), "").amounts


def test_the_converters_of_a_resistive_processing_unit_keep_up_with_its_integration():
    """16 conversions of 5 ns take the 80 ns of a read; 4096 outputs of 23 pJ take 94 nJ."""
    design = machine("rpu-haensch2019", 4096, ("timing", "energy"), adc={"count": 256})
    assert nanoseconds(design) == (80, 80, 20)
    assert 4096 / 256 * design.timing.adc_cycles == 80
    assert round(joules(design)["adc"] * 1e9) == 94
    assert design.timing.clock_hz / design.timing.adc_cycles == 200e6


def test_a_training_block_of_1024_takes_12_fj_a_product():
    design = machine("marinella2018", 1024, ("timing", "energy"))
    assert nanoseconds(design) == (384, 384, 512)
    each = joules(design)["tile"] / 1024**2
    assert round(each * 1e15, 1) == 12.2


def test_an_in_memory_accelerator_takes_130_ns_and_25_of_them_to_program():
    design = machine("hermes-ima", 256, ("timing",))
    assert nanoseconds(design) == (130, 130, 25 * 130)
    assert 20 * 130 <= nanoseconds(design)[2] <= 30 * 130


#: 64 cores of 256x256 with one and with four phases of inputs: TOPS, TOPS/W, ns and nJ a product.
CORES = {1: (63.1, 9.76, 133, 13.4), 4: (16.1, 2.48, 521, 52.9)}


@pytest.mark.parametrize("phases", CORES)
def test_a_chip_of_64_cores_takes_the_energy_of_its_efficiency(phases):
    tera, per_watt, time, energy = CORES[phases]
    operations = 2 * 256 * 256
    assert round(64 * operations / tera / 1e3) == time
    assert round(operations / per_watt / 1e3, 1) == energy


def test_the_product_of_the_accelerator_is_that_of_one_phase():
    design = machine("hermes-ima", 256, ("energy",))
    assert round(joules(design)["tile"] * 1e9, 1) == CORES[1][3]


ADCS = {
    "isaac-adc-8": (2.0, 1.28, 1200),
    "mnsim-adc-10": (6.92, 1.5, 1600),
    "mnsim-adc-8": (4.0, 1.1, 1650),
    "mnsim-adc-6": (1.26, 1.0, 580),
    "mnsim-adc-4": (0.7, 1.0, 500),
}


@pytest.mark.parametrize("name", ADCS)
def test_an_adc_takes_its_power_over_its_rate(name):
    milliwatt, rate, area = ADCS[name]
    design = machine(name, 128, ("energy", "area"), adc={"count": 8})
    assert joules(design)["adc"] == pytest.approx(128 * milliwatt / rate * 1e-12, rel=1e-5)
    assert area_account(design, design.area, [grid_config(design, 0)]).total == 8 * area


def test_the_adc_of_isaac_takes_1_56_pj_and_ten_samples_of_its_clock():
    value = read_preset("energy", "isaac-adc-8")["adc_joules"].value
    assert round(value * 1e12, 2) == 1.56
    assert round((8 + 2) / 1.28, 1) == 7.8


def test_the_closed_form_of_an_8_bit_adc_at_28_nm_gives_31_9_ns_and_0_70_pj():
    assert round(adc_second(8, 512) * 1e9, 1) == 31.9
    assert round(adc_joule(8) * 1e12, 2) == 0.70
    assert round(adc_area(8)) == 2085
    assert dac_joule(8) * 1e15 == pytest.approx(50 * 8 * 0.81)
    assert dac_joule(1) == 0.0
    design = machine("zigzag28", 512, ("energy", "area"), adc={"bits": 8}, dac={"bits": 8})
    found = joules(design)
    assert found["adc"] == pytest.approx(512 * adc_joule(8))
    assert found["dac"] == pytest.approx(512 * dac_joule(8))
    areas = area_account(design, design.area, [grid_config(design, 0)]).amounts
    assert areas == {"adc": pytest.approx(512 * adc_area(8))}


def test_a_panther_crossbar_takes_its_lumped_power():
    design = machine("panther", 128, ("timing", "energy"))
    assert nanoseconds(design) == (100, 100, 20)
    energy = design.energy
    assert round(energy.forward_joules * 1e12) == round(energy.backward_joules * 1e12) == 309
    assert energy.forward_joules == pytest.approx(3.09e-3 * 100e-9)
    assert energy.update_joules == pytest.approx(4.44e-3 * 20e-9)
    assert joules(design)["tile"] == pytest.approx(309e-12 + 88.8e-12)


def test_spikes_of_pipelayer_take_29_31_and_50_88_ns():
    design = machine("pipelayer-reram", 128, ("timing", "energy"), dac={"bits": 2})
    update = design.tile.update.model_copy(update={"bl": 1})
    design = design.model_copy(update={"tile": design.tile.model_copy(update={"update": update})})
    assert nanoseconds(design) == pytest.approx((29.31, 29.31, 50.88), abs=1e-9)
    assert joules(design)["array"] == pytest.approx(128 * 1.08e-12)
    assert design.energy.pulse_joules == 3.91e-9


def test_fefet_rows_of_neurosim_are_written_one_after_another():
    design = machine("neurosim21-fefet", 128, ("timing",), adc={"bits": 6, "count": 16})
    forward, _, update = nanoseconds(design)
    assert forward == 6 * 10 + 128 / 16
    assert update == 128 * design.tile.update.bl * 50


def joules_of_a_slot() -> float:
    """All 784 x 256 devices crossed, a quarter of them stepped."""
    design = machine("mit-protonic", 128, ("energy",))
    devices = 784 * 256
    done = activity(design, [grid_config(design, 0)], 1, None, Pulses(None, devices, devices // 4))
    return energy_account(design, design.energy, done, "").amounts["pulses"]


def test_protonic_pulses_take_5_ns_and_15_3_fj():
    """The repository's comment gives 3321.65 for a slot of its first layer: so it counts in pJ."""
    design = machine("mit-protonic", 128, ("timing", "energy"))
    assert nanoseconds(design)[2] == design.tile.update.bl * 5
    assert design.energy.pulse_device_joules == 15.3e-15
    assert joules_of_a_slot() == pytest.approx(3321.65e-12, rel=2e-6)
    volt = (design.energy.pulse_device_joules * 4.28e6 / 5e-9) ** 0.5
    assert volt == pytest.approx(3.62, abs=0.01)
