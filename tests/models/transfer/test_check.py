"""What learning rules with transfers ask of a design, each with its whole sentence."""

import pytest

from models.design import read_design
from models.error import DesignError

BATCHED = ("algorithm=batched-agad", "schedule=fill-drain")

WRONG = {
    ("algorithm=tiki-taka", "algorithm.transfer_unit='batch'"): (
        "algorithm.transfer_unit: async has no mini-batches to count; fill-drain and 1f1b have"
    ),
    ("algorithm=tiki-taka", "algorithm.read_full_scale=0.7"): (
        "algorithm.read_full_scale: must be a power of two in the hardware profile, not 0.7"
    ),
    ("algorithm=tiki-taka", "algorithm.read_full_scale=0.0001220703125"): (
        "algorithm.read_full_scale: an ADC code of 3.0517578125e-05 full codes times unit weight "
        "is finer than 2^-12"
    ),
    ("algorithm=agad", "algorithm.gamma=0.5"): (
        "algorithm.gamma: the fast array of agad holds columns of either sign, which reads cannot "
        "add to the weight"
    ),
    ("algorithm=tiki-taka", "run.count_pulses=true"): (
        "run.count_pulses: tiki-taka pulses devices in transfers too, which are not counted by "
        "device"
    ),
    ("algorithm=tiki-taka", "profile=behavioural", "tile.update.um_grad_scale=2.0"): (
        "tile.update.um_grad_scale: the transfers of tiki-taka know only 1.0"
    ),
    ("algorithm=residual", "device.write_noise=1.0"): (
        "device.write_noise: there is none in the several arrays of residual"
    ),
    ("algorithm=tiki-taka-2", "device.cell.kind='pair'", "device.cell.refresh_every=10"): (
        "device.cell.refresh_every: the several arrays of tiki-taka-2 have no refresh"
    ),
    (*BATCHED, "run.batched=true"): (
        "run.batched: the samples of a mini-batch pass through the 4 replicas of batched-agad, not "
        "through one"
    ),
    ("algorithm=tiki-taka", "algorithm.tiles=3"): "algorithm.tiles: there is no such key",
}


@pytest.mark.parametrize("overrides", WRONG, ids=lambda value: " ".join(value))
def test_a_contradiction_is_one_sentence_that_names_the_key(overrides):
    with pytest.raises(DesignError) as refused:
        read_design(None, overrides)
    assert str(refused.value) == WRONG[overrides]


def test_another_rule_keeps_the_rates_alone(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text('[algorithm]\nname = "multi-tile"\ntiles = 3\nlr = 0.5\n')
    found = read_design(path, ("algorithm=agad",)).algorithm
    assert (found.name, found.lr) == ("agad", 0.5)
