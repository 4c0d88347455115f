import re
import time

import pytest

from sim.stretch import make_stretch

LONG = "1000000000"


def test_a_valid_design_is_told_its_cycles_exactly(pulsetrain):
    code, out, _ = pulsetrain("check")
    assert code == 0
    assert out.startswith(
        "valid: 3 stages of 2,720 weights, analog-sgd, schedule async without deadlock\n"
        "21,570 samples take exactly 2,610,090 cycles = 2.61 ms at 1 GHz, 121.01 cycles a sample\n"
        "stashes: depth S 4 3 2, of which 3 3 2 are needed; Q 4 3 2, of which 1: "
    )
    assert re.search(r"a training here takes about [\d.]+ (s|min): ", out)
    assert re.search(r"memory here about \d+ MB: weights 152 kB, stashes 10.8 kB, ", out)


def test_the_cycles_are_those_of_the_schedule(pulsetrain):
    keys = ("--set", "schedule=1f1b", "--set", "schedule.N=8", "--samples", "1003")
    _, out, _ = pulsetrain("check", *keys)
    _, counted, _ = pulsetrain("schedule", *keys, "--out", "s")
    (cycles,) = re.findall(r"1f1b: ([\d,]+) cycles", counted)
    assert f"1,003 samples take exactly {cycles} cycles" in out


def test_a_billion_samples_take_no_longer_than_a_thousand(pulsetrain):
    begin = time.perf_counter()
    _, out, _ = pulsetrain("check", "--samples", LONG)
    assert time.perf_counter() - begin < 10
    assert "1,000,000,000 samples take exactly 121,000,000,120 cycles = 121 s" in out
    assert re.search(r"takes about [\d.]+ (h|days):", out)


def test_without_a_period_the_cycles_are_an_estimate_beside_a_bound(pulsetrain, monkeypatch):
    def short(system, total):
        return make_stretch(system, total, most=1000)

    monkeypatch.setattr("scripts.check.make_stretch", short)
    keys = ("schedule.W=500", "schedule.S=501", "schedule.Q=501", "schedule.link_cycles=[9991,1]")
    sets = [word for key in keys for word in ("--set", key)]
    code, out, _ = pulsetrain("check", "--samples", "1000000", *sets)
    assert code == 0
    assert "1,000,000 samples take about" in out
    assert "no period in the first" in out
    assert "the busiest tile alone needs 121,000,000 cycles" in out


def test_what_only_data_would_tell_is_said(pulsetrain):
    _, out, _ = pulsetrain("check", "--set", "tile.update.slots=used")
    assert "21,570 samples take about 2,610,090 cycles" in out
    assert "tile.update.slots = 'used': every update counted at its longest" in out


WRONG = {
    ("--set", "schedule=1f1b", "--set", "schedule.S=3"): (
        "schedule.S: 3 at stage 1 would deadlock a 1f1b schedule with mini-batches of 10; "
        "it needs at least 10"
    ),
    ("none.toml",): "none.toml: there is no such file",
    ("--set", "data=idx", "--set", "data.path=nowhere"): "data.path: nowhere is no folder",
    ("--set", "layer.0.inputs=63"): "layer.0.inputs: ",
    ("--set", "run.epochs=999999"): "run.epochs: 1437998562 samples are more than 1000000000",
    ("--samples", "0"): "Invalid value for '--samples': ",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_gets_one_sentence_and_exit_code_2(pulsetrain, arguments):
    code, out, err = pulsetrain("check", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"pulsetrain: {WRONG[arguments]}")
    assert err.count("\n") == 1
