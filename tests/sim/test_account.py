"""Energy and area of runs: what `train` and `schedule` write, print and show."""

import json
from pathlib import Path

import pytest

from models.design import make_design
from models.energy.account import joules_of
from models.preset import read_preset
from sim.account import (
    account_html,
    account_lines,
    area_summary,
    energy_summary,
    schedule_activity,
    training_activity,
)
from sim.ledger import Ledger
from sim.log import OpLog
from sim.machine import Machine
from sim.outcome import schedule_summary, training_summary
from sim.system import make_system
from sim.training import Training

LAYERS = [{"inputs": 64, "outputs": 12}, {"inputs": 12, "outputs": 10}]
PULSES = {"pulse_joules": 1e-12, "pulse_device_joules": 1e-15, "coincidence_joules": 1e-14}


def trained(energy, **tables):
    run = {"samples": 60, **tables.pop("run", {})}
    design = make_design({"layer": LAYERS, "run": run, "energy": energy, **tables})
    training = Training(design)
    training.run()
    return training, json.loads(json.dumps(training_summary(training)))


def scheduled(total=60, **tables):
    design = make_design({"layer": LAYERS, **tables})
    system = make_system(design)
    machine = Machine(system.rule, system.durations, total)
    OpLog.join(machine.ops())
    ledger: Ledger = machine.ledger
    return json.loads(json.dumps(schedule_summary(design, system, ledger, total)))


def test_a_training_counts_the_pulses_that_it_counted():
    training, summary = trained(PULSES, run={"count_pulses": True})
    pulses, devices = summary["pulses"], 0
    for (rows, columns), row, column in zip(
        ((64, 12), (12, 10)), pulses["per_row"]["mean"], pulses["per_column"]["mean"], strict=True
    ):
        devices += round(rows * row) * columns + round(columns * column) * rows
    found = summary["energy_joules"]
    expected = pulses["sent"] * 1e-12 + devices * 1e-15 + pulses["coincidences"] * 1e-14
    assert found["parts"]["pulses"]["value"] == pytest.approx(expected)
    assert "pulses" not in found["left_out"]
    assert training_activity(training)[0].pulses.coincidences == pulses["coincidences"]


def test_pulses_at_devices_want_the_counts_of_lines():
    _, summary = trained(PULSES)
    reason = summary["energy_joules"]["left_out"]["pulses"]
    assert reason == "pulse_device_joules of U: run.count_pulses = true counts them"


def test_transfers_pulses_and_coincidences_count_too():
    training, summary = trained(PULSES, algorithm={"name": "tiki-taka", "transfer_lr": 1.0})
    pulses, moved = summary["pulses"], summary["transfers"]
    assert sum(moved["pulses"]) > 0
    done, why = training_activity(training)
    assert (done.pulses.sent, done.pulses.written) == (pulses["sent"], sum(moved["pulses"]))
    assert done.pulses.coincidences == pulses["coincidences"]
    assert done.pulses.steps == sum(moved["coincidences"])
    value = summary["energy_joules"]["parts"]["pulses"]["value"]
    assert value == pytest.approx(
        (pulses["sent"] + sum(moved["pulses"])) * 1e-12
        + (pulses["coincidences"] + sum(moved["coincidences"])) * 1e-14
    )
    assert why == "not counted where a weight has several arrays"
    assert done.transfers == sum(moved["lines"])


@pytest.mark.parametrize("pulse_type", ["ideal", "binomial"])
def test_updates_without_trains_have_no_pulses(pulse_type):
    tables = {"tile": {"update": {"pulse_type": pulse_type}}}
    _, summary = trained({"pulse_joules": 1e-12}, **tables)
    found = summary["energy_joules"]
    assert found["parts"] == {}
    assert found["left_out"]["pulses"] == (
        f"pulse_joules of U: there are none with tile.update.pulse_type = '{pulse_type}'"
    )


def test_repeated_reads_are_paid_for():
    keys = {"bound_management": "iterative", "output_noise": 0.004}
    layers = [{**layer, "adc_full_scale": 2.0**-4} for layer in LAYERS]
    _, summary = trained({"forward_joules": 1e-9}, tile=keys, layer=layers)
    repeated = sum(summary["retries"]["forward"])
    assert repeated > 0
    value = summary["energy_joules"]["parts"]["tile"]["value"]
    assert value == pytest.approx((2 * 60 + repeated) * 1e-9)


def test_a_schedule_leaves_out_what_only_data_tell_and_counts_the_rest_alike():
    energy = {**PULSES, "adc_joules": 1e-12, "digital_joules": 1e-13}
    _, with_data = trained(energy)
    found = scheduled(energy=energy)["energy_joules"]
    for part in ("adc", "digital"):
        assert found["parts"][part] == with_data["energy_joules"]["parts"][part]
    assert "pulses" not in found["parts"]
    reasons = [f"{key} of U: left out, for want of data" for key in PULSES]
    assert found["left_out"]["pulses"] == "; ".join(reasons)


def test_without_tables_there_is_no_account():
    summary = scheduled()
    assert not {"energy_joules", "area_mm2"} & set(summary)
    assert account_lines(summary) == account_html(summary, "") == []


def test_a_part_that_was_not_verified_is_marked_everywhere():
    summary = scheduled(energy={"preset": "rpu-haensch2019", "link_bit_joules": 1e-12})
    found = summary["energy_joules"]
    assert found["verified"] is False
    assert found["parts"]["adc"]["verified"] is False
    assert found["parts"]["adc"]["unverified"] == ["adc_joules"]
    assert found["parts"]["link"]["verified"] is True
    lines = account_lines(summary)
    adc = 60 * (12 + 10 + 12) * 23e-12
    assert lines[0] == (
        f"energy: {(adc + 60 * 2 * 12 * 16e-12) * 1e9:.4g} nJ, "
        f"{(adc / 60 + 2 * 12 * 16e-12) * 1e9:.4g} nJ a sample: "
        f"ADC {adc * 1e9:.4g} nJ*, link 23.04 nJ"
    )
    assert lines[1] == "  * not verified: adc_joules"
    assert lines[2] == (
        "  not counted: array (of F, B: no value), DAC (of F, B: no value), "
        "pulses (of U: no value), digital (no value)"
    )
    page = "".join(account_html(summary, ""))
    assert "<td>ADC</td>" in page
    assert "<td>no</td>" in page
    assert "Not verified: adc_joules." in page


def test_whole_ops_say_whose_tile_they_are_of():
    summary = scheduled(energy={"preset": "panther"}, area={"preset": "hermes-ima"})
    assert summary["energy_joules"]["tile"] == [[128], [128]]
    assert account_lines(summary)[-3:] == [
        "  whole ops are those of a tile of 128 x 128, whatever its size here",
        "area: 1.66 mm2: whole ops 1.66 mm2*",
        "  * not verified: tile_um2",
    ]


def test_the_documents_show_what_is_printed():
    tables = {"energy": {"preset": "rpu-haensch2019"}, "area": {"preset": "li2025"}}
    design = make_design(tables)
    grids = make_system(design).grids
    done = energy_summary(design, *schedule_activity(design, grids, 1000))
    lines = account_lines({"samples": 1000, **done, **area_summary(design, grids)})
    shown = "".join(f"    {line}\n" for line in lines)
    assert shown in (Path(__file__).parents[2] / "docs/energy.md").read_text(), shown


def test_an_account_of_nothing_says_so():
    summary = scheduled(energy={"pulse_joules": 1e-12})
    assert account_lines(summary)[0] == "energy: nothing of it is counted"


def test_a_key_of_the_account_is_in_the_preset_or_the_user_s():
    table = make_design({"energy": {"preset": "zigzag28"}}).energy
    design = make_design({})
    worked = joules_of(table, design.tile)
    given = {key for key, value in worked.items() if value is not None}
    assert given == set(read_preset("energy", "zigzag28"))
    assert all(isinstance(worked[key], float) for key in given)
