"""The table of the constant predictor: every row is a design, and the program asks for its data."""

from itertools import product

import pytest

from examples import constant_predictor_tau
from examples.constant_predictor import DESIGN, FAMILIES, RULES, STARTS, main, overrides
from examples.constant_predictor_tau import RANGES, ranged
from examples.constant_predictor_tau import STARTS as TAU_STARTS
from models.design import read_design
from scripts.reproduce.mnist import READS


@pytest.mark.parametrize("row", list(product(FAMILIES, READS, STARTS)), ids=" ".join)
def test_every_row_is_a_design(row):
    family, reads, start = row
    found = read_design(DESIGN, overrides(family, reads, start))
    assert found.device.family == family
    omegas = {layer.omega for layer in found.layer}
    assert omegas == ({784**-0.5, 256**-0.5, 128**-0.5} if start.startswith("plain") else {0.1})
    assert [layer.learn_scale != "none" for layer in found.layer] == ["learned" in start] * 3


def test_tiki_taka_has_the_rates_of_the_table():
    algorithm = read_design(DESIGN, RULES["tiki-taka"]).algorithm
    assert (algorithm.name, algorithm.lr) == ("tiki-taka", 0.005)


def test_without_data_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["constant_predictor"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        "constant_predictor: give the folder of the four MNIST files\n"
    )


@pytest.mark.parametrize("row", list(product(RANGES, TAU_STARTS)), ids=str)
def test_every_range_is_a_design_that_differs_by_it_alone(row):
    tau, start = row
    found = read_design(DESIGN, ranged(tau, start))
    device = found.device.model_copy(update={"w_max": 0.7, "w_min": -0.7})
    assert (found.device.w_max, found.device.w_min) == (tau, -tau)
    wanted = read_design(DESIGN, (*overrides("soft-bounds", "paper", start), "run.epochs=2"))
    assert found.model_copy(update={"device": device}) == wanted


def test_the_ranges_ask_for_data_too(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["constant_predictor_tau", "nowhere"])
    with pytest.raises(SystemExit) as stopped:
        constant_predictor_tau.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err == (
        "constant_predictor_tau: give the folder of the four MNIST files\n"
    )
