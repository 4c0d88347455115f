"""Tiki-Taka needs devices that are dragged to their symmetric point: without, it harms."""

import pytest

from examples.drag_gamma import grid
from examples.trials import train
from models.design import read_design
from scripts.reproduce.devices import RULES, SETTINGS, brief, drag_of, settings
from scripts.reproduce.trial import design_path

DESIGN = design_path("drag")


def accuracy(preset: str, rule: str, rates: str) -> float:
    """Accuracy of one seed with a row's settings of `docs/results/devices`."""
    own = next(one for one in settings(rule) if brief(one) == rates)
    device = (f"device.preset={preset}", "device.write_noise=0.0")
    return train(DESIGN, (*device, *own), (10,)).mean


def test_constant_steps_have_no_drag():
    assert drag_of("ideal") == (0.0, 0.0)
    assert drag_of("gokmen-vlasov") == (0.0, 0.0)


def test_the_drag_of_soft_bounds_is_that_of_their_range():
    """Without spreads a pair takes 2 dw_min / tau: over 2 dw_min it is 1 / 0.6; spreads add to it.

    1 / bound of bounds spread by 0.3 is 1.1 to 1.2 times that of the mean.
    """
    pair, slope = drag_of("soft-bounds")
    assert pair == pytest.approx(slope * 2.0 * 0.002)
    assert 1.0 / 0.6 < slope < 1.3 / 0.6


def test_tiki_taka_harms_without_drag_and_helps_with_it():
    assert accuracy("gokmen-vlasov", "analog-sgd", "0.02 0.05") > 95.0
    assert accuracy("gokmen-vlasov", "tiki-taka", "0.02 0.1 0.3") < 93.0
    assert accuracy("limited-80", "analog-sgd", "0.005 0.3") < 94.0
    assert accuracy("limited-80", "tiki-taka", "0.1 0.02 0.3") > 95.0


@pytest.mark.parametrize("rule", RULES)
def test_every_setting_of_the_grid_is_a_design(rule):
    found = [read_design(DESIGN, own) for own in settings(rule)]
    assert len(found) == (6 if rule == "analog-sgd" else 8)
    assert {one.algorithm.name for one in found} == {rule}


def test_the_settings_of_the_quick_run_are_in_the_grid():
    for rules in SETTINGS.values():
        for rule, rates in rules.items():
            assert rates in [brief(own) for own in settings(rule)]


def test_the_fast_array_in_the_weight_has_the_same_grid():
    found = [read_design(DESIGN, own).algorithm for own in grid("ideal")]
    without = [read_design(DESIGN, own).algorithm for own in settings("tiki-taka")]
    assert {one.gamma for one in found} == {1.0}
    assert [one.model_copy(update={"gamma": 0.0}) for one in found] == without


def test_the_fast_array_in_the_weight_mends_tiki_taka_without_drag_and_harms_few_states():
    """One seed of `docs/studies/drag-gamma.txt`, with its settings."""
    found = {}
    for preset, rates in (("ideal", "0.02 0.02 0.05"), ("limited-10", "0.1 0.1 0.05")):
        own = next(one for one in grid(preset) if brief(one) == rates)
        found[preset] = train(DESIGN, own, (10,)).mean
    assert found["ideal"] > 95.0 > accuracy("ideal", "tiki-taka", "0.02 0.02 0.05")
    assert found["limited-10"] < 20.0
