"""Joules: each key times its count, parts that are missing named, constants instead of parts."""

import pytest

from models.design import make_design
from models.energy.account import energy_account, verdicts
from models.energy.activity import Pulses, activity
from models.error import DesignError
from models.tile import grid_config

TOTAL = 40
RULE = {"algorithm": {"name": "tiki-taka-2", "transfer_every": 2}}
COUNTED = Pulses(sent=700, crossings=9000, coincidences=55, written=30, steps=2)


def account(energy, pulses=COUNTED, **tables):
    layers = [{"inputs": 30, "outputs": 20}, {"inputs": 20, "outputs": 7}]
    design = make_design({"layer": layers, "energy": energy, **RULE, **tables})
    done = activity(
        design, [grid_config(design, m) for m in range(design.stages)], TOTAL, None, pulses
    )
    return done, energy_account(design, design.energy, done, "no data"), design


def amounts(key, pulses=COUNTED, **tables):
    done, found, _ = account({key: 2.0**-20}, pulses, **tables)
    return done, {part: value * 2**20 for part, value in found.amounts.items()}


def reads(done, side):
    return sum(getattr(one, side) for one in (done.forward, done.backward, done.lines))


@pytest.mark.parametrize(
    ("key", "part", "count"),
    [
        ("read_device_joules", "array", lambda done: reads(done, "devices")),
        ("drive_bit_joules", "array", lambda done: 6 * reads(done, "inputs")),
        ("dac_joules", "dac", lambda done: reads(done, "inputs")),
        ("adc_joules", "adc", lambda done: reads(done, "outputs")),
        ("pulse_joules", "pulses", lambda done: 730),
        ("pulse_device_joules", "pulses", lambda done: 9000),
        ("coincidence_joules", "pulses", lambda done: 57),
        ("update_line_watts", "pulses", lambda done: done.line_cycles / 1e9),
        ("digital_joules", "digital", lambda done: done.operations),
        ("memory_bit_joules", "memory", lambda done: done.bits),
        ("link_bit_joules", "link", lambda done: done.link_bits),
        ("forward_joules", "tile", lambda done: done.forward.tiles),
        ("backward_joules", "tile", lambda done: done.backward.tiles),
        ("update_joules", "tile", lambda done: done.updates),
        ("transfer_joules", "tile", lambda done: done.transfers),
    ],
)
def test_a_key_counts_in_its_part_alone(key, part, count):
    done, found = amounts(key)
    assert count(done) > 0
    assert found == {part: pytest.approx(count(done))}


def test_what_is_not_given_is_named():
    _, found, _ = account({"adc_joules": 1e-12})
    assert found.left_out == {
        "array": "of F, B, T: no value",
        "dac": "of F, B, T: no value",
        "pulses": "of U: no value; of T: no value",
        "digital": "no value",
        "memory": "no value",
        "link": "no value",
    }


def test_parts_of_a_read_serve_the_op_without_a_constant():
    done, found, _ = account({"forward_joules": 1e-9, "adc_joules": 1e-12})
    outputs = done.backward.outputs + done.lines.outputs
    assert found.amounts["adc"] == pytest.approx(outputs * 1e-12)
    assert found.left_out["dac"] == "of B, T: no value"


def test_a_machine_of_whole_ops_lacks_no_part_of_them():
    keys = ("forward_joules", "backward_joules", "update_joules", "transfer_joules")
    _, found, _ = account(dict.fromkeys(keys, 1e-9))
    assert set(found.amounts) == {"tile"}
    assert set(found.left_out) == {"digital", "memory", "link"}


def test_pulses_that_nobody_counted_are_left_out_with_the_reason():
    energy = {"pulse_joules": 1e-12, "coincidence_joules": 1e-15}
    _, found, _ = account(energy, Pulses(coincidences=4, written=0))
    assert found.amounts["pulses"] == pytest.approx(4e-15)
    assert found.left_out["pulses"] == (
        "pulse_joules of U: no data; coincidence_joules of T: no data"
    )


def test_nothing_is_missing_where_nothing_is_done():
    rule = {"name": "digital-sgd"}
    _, found, _ = account({"link_bit_joules": 1e-12}, algorithm=rule)
    assert set(found.amounts) == {"link"}
    assert found.left_out == {
        "digital": "no value",
        "memory": "no value",
        "array": "matrix products are digital",
    }


def test_refreshes_are_named_as_left_out():
    cell = {"kind": "pair", "refresh_every": 10}
    tables = {"device": {"cell": cell}, "algorithm": {"name": "analog-sgd"}}
    _, found, _ = account({"pulse_joules": 1e-12}, **tables)
    assert found.left_out["pulses"] == "refreshes"


def test_pulses_of_transfers_count_beside_a_constant_of_updates():
    done, found, _ = account({"update_joules": 1e-9, "pulse_joules": 1e-12})
    assert found.amounts["tile"] == pytest.approx(done.updates * 1e-9)
    assert found.amounts["pulses"] == pytest.approx(30e-12)


def test_power_of_lines_is_an_update_s_alone():
    _, found, _ = account({"update_line_watts": 1.0})
    assert found.left_out["pulses"] == "of T: no value"


def test_a_constant_may_differ_from_stage_to_stage():
    done, found, _ = account({"forward_joules": (1e-9, 5e-9)})
    first, second = (stage.forward for stage in done.ops)
    assert found.amounts["tile"] == pytest.approx(first * 1e-9 + second * 5e-9)


def test_the_total_is_the_sum_of_the_parts():
    _, found, _ = account({"adc_joules": 1e-12, "link_bit_joules": 1e-13})
    assert found.total == pytest.approx(found.amounts["adc"] + found.amounts["link"])


def test_a_value_that_was_not_verified_marks_its_part_until_it_is_replaced():
    preset = {"preset": "rpu-haensch2019", "link_bit_joules": 1e-12}
    _, found, design = account(preset)
    marks = dict(verdicts("energy", design.energy, found))
    assert marks == {"adc": ["adc_joules"], "link": []}
    _, found, design = account({**preset, "adc_joules": 1e-12})
    assert dict(verdicts("energy", design.energy, found)) == {"adc": [], "link": []}


def test_parts_beside_the_constants_that_hold_them_are_refused():
    for energy, sentence in (
        (
            {"forward_joules": 1e-9, "backward_joules": 1e-9, "dac_joules": 1e-12},
            "energy.dac_joules: energy.forward_joules and backward_joules hold all of it",
        ),
        (
            {"update_joules": 1e-9, "pulse_joules": 1e-12},
            "energy.pulse_joules: energy.update_joules hold all of it",
        ),
        ({"forward_joules": (1e-9, 1e-9)}, "energy.forward_joules: 2 values for 3 stages"),
        ({"tile_rows": (1, 2, 3, 4)}, "energy.tile_rows: 4 values for 3 stages"),
    ):
        with pytest.raises(DesignError) as caught:
            make_design({"energy": energy})
        assert str(caught.value) == sentence
