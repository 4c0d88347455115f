"""What the clock makes of a design: what ops hold, how long they are, what lies between stages."""

import pytest

from models.design import make_design
from models.error import DesignError
from sim.analytic import busiest_cycles, has_closed_form
from sim.system import make_system

LAYERS = [{"inputs": 20, "outputs": 12}, {"inputs": 12, "outputs": 10}]


def system(**tables):
    return make_system(make_design({"layer": LAYERS, "timing": {"preset": "rasch2024"}} | tables))


def holds(found, stage, op, sample=0):
    """Names of what an op claims."""
    mask, names = found.resources.claims[stage].mask(op, sample), found.resources.names
    return {name for place, name in enumerate(names) if mask >> place & 1}


F, B, U, T = 1, 2, 3, 7


def test_a_rule_of_one_array_holds_it_for_everything():
    found = system()
    assert found.resources.names == ("stage 1", "stage 2")
    assert all(holds(found, 1, op) == {"stage 2"} for op in (F, B, U))


@pytest.mark.parametrize(("gamma", "read"), [(0.0, {2}), (0.5, {1, 2})])
def test_reads_hold_the_arrays_that_they_see_and_updates_the_gradient_s(gamma, read):
    found = system(algorithm={"name": "tiki-taka", "gamma": gamma})
    assert holds(found, 0, F) == {f"stage 1 array {n}" for n in read}
    assert holds(found, 0, U) == {"stage 1 array 1"}
    assert holds(found, 0, T) == {"stage 1 array 1", "stage 1 array 2"}


def test_samples_go_to_the_replicas_in_turn():
    rule = {"name": "batched-agad", "replicas": 3, "version": 2}
    found = system(algorithm=rule, schedule={"name": "fill-drain", "N": 7})
    read = [holds(found, 0, F, k) for k in range(9)]
    assert read[0] != read[1] != read[2]
    assert read[:3] == read[3:6]
    assert read[6] == read[7] == read[0]
    assert holds(found, 0, U, 0).isdisjoint(holds(found, 0, U, 1))


def test_stages_with_one_bank_share_it_for_reads_alone():
    found = system(tile={"adc": {"bank": [4, 4]}}, algorithm={"name": "mixed-precision"})
    assert holds(found, 0, F) == {"stage 1", "adc 4"}
    assert holds(found, 1, B) == {"stage 2", "adc 4"}
    assert holds(found, 1, T) == {"stage 2", "digital 2"}


def test_updates_gathered_digitally_hold_a_digital_unit_and_no_array():
    found = system(algorithm={"name": "mixed-precision"})
    assert holds(found, 0, U) == {"digital 1"}
    dense, vectors = 2 * 20 * 12, 20 + 12
    assert found.digital[0] == -(-(dense + vectors) // 175)


def test_a_shared_digital_unit_is_held_by_whatever_computes():
    unit = {"digital_unit": [1, 1], "digital_rate": 2.0}
    found = system(timing=unit, algorithm={"name": "tiki-taka-2"})
    assert "digital 1" in holds(found, 0, U) & holds(found, 1, T)
    assert found.durations.update[0] == 8 + 1 + (20 + 12) // 2


def test_passing_on_and_writing_take_their_cycles():
    timing = {"activation_rate": 5.0, "program_row_cycles": 3}
    found = system(timing=timing, schedule={"link_cycles": 2, "loss_cycles": 7})
    assert found.ways.forward == ((2 + 3, 3),)
    assert found.ways.backward == ((2 + 3, 3),)
    assert found.ways.loss == (7 + 2, 2)
    assert found.durations.program == (60, 36)
    assert not has_closed_form(found)


def test_no_run_is_shorter_than_its_busiest_unit():
    for rule in ("analog-sgd", "tiki-taka", "mixed-precision", "agad"):
        found = system(algorithm={"name": rule}, tile={"adc": {"bank": [1, 1]}})
        least, cycles = busiest_cycles(found, 200), found.periodic(200).account().cycles
        assert least <= cycles
        assert least >= 200 * (3 * 40)  # one bank reads F of both stages and B of the second


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        ({"tile": {"adc": {"bank": [1]}}}, "tile.adc.bank: give 2, one a stage, not 1"),
        (
            {"timing": {"preset": "rasch2024", "digital_unit": [1, 2, 3]}},
            "timing.digital_unit: give 2, one a stage, not 3",
        ),
        (
            {"timing": {"preset": "unit", "digital_unit": [1, 1]}},
            "timing.digital_unit: give timing.digital_rate too, or it takes no time",
        ),
        ({"schedule": {"link_interval": [1, 2]}}, "schedule.link_interval: give one value, or 1"),
    ],
)
def test_what_does_not_fit_the_stages_gets_one_sentence(tables, sentence):
    with pytest.raises(DesignError, match=sentence):
        system(**tables)
