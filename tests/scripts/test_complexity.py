import csv
import json
from pathlib import Path

import matplotlib.image
import pytest

import sim.convergence

SHORT = ("--samples", "300", "--window", "50", "--seeds", "2", "--set", "data.limit=200")


def read(name):
    with Path(name).open() as file:
        return list(csv.DictReader(file))


def test_a_study_leaves_table_chart_and_whole_runs(pulsetrain):
    code, out, _ = pulsetrain("complexity", *SHORT, "--errors", "2.1,1.9,1.6", "--out", "c")
    assert code == 0
    assert "cycles to reach it, mean of the seeds" in out
    rows = read("c/complexity.csv")
    assert len(rows) == 3 * 2 * 3
    assert {row["schedule"] for row in rows} == {"sequential", "fill-drain", "async"}
    run = json.loads(Path("c/sequential-s0/summary.json").read_text())
    each, rest = divmod(run["cycles"], run["samples"])
    assert rest == 0
    reached = [row for row in rows if row["schedule"] == "sequential" and row["samples"]]
    assert reached
    assert all(int(row["cycles"]) == each * int(row["samples"]) for row in reached)
    found = json.loads(Path("c/complexity.json").read_text())
    assert found["errors"] == [2.1, 1.9, 1.6]
    assert set(found["exponents"]) == {"sequential", "fill-drain", "async"}
    assert matplotlib.image.imread("c/complexity.png").shape[1] > 1000
    assert pulsetrain("report", "c/async-s0", "c/sequential-s1")[0] == 0
    design = Path("c/async-s0/design.toml").read_text()
    assert "lr_decay = 1.0" in design


def test_finished_trainings_are_not_run_again(pulsetrain, monkeypatch):
    call = ("complexity", *SHORT, "--schedules", "sequential,async", "--out", "c")
    assert pulsetrain(*call)[0] == 0
    before = Path("c/complexity.csv").read_bytes()

    def never(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr("scripts.complexity.train", never)
    code, out, _ = pulsetrain(*call)
    assert code == 0
    assert "c: 4 of 4 trainings are there already" in out
    assert Path("c/complexity.csv").read_bytes() == before
    assert pulsetrain(*call, "--accuracies", "0.3,0.4")[0] == 0
    assert {row["measure"] for row in read("c/complexity.csv")} == {"accuracy"}


def test_what_was_finished_before_a_stop_is_kept_and_gone_on_from(pulsetrain, monkeypatch):
    call = ("complexity", *SHORT, "--schedules", "sequential,async", "--out", "c")
    done = []

    def stopped(directory, trial, progress):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(directory.name)
        sim.convergence.train(directory, trial, progress)

    monkeypatch.setattr("scripts.complexity.train", stopped)
    code, _, err = pulsetrain(*call)
    assert (code, err) == (
        130,
        (
            "pulsetrain: c: stopped with 2 of 4 trainings finished; the same command goes on from "
            "there\n"
        ),
    )
    assert done == ["sequential-s0", "async-s0"]
    monkeypatch.undo()


def test_after_a_stop_only_the_rest_is_trained(pulsetrain, monkeypatch):
    call = ("complexity", *SHORT, "--schedules", "sequential,async", "--out", "c")
    assert pulsetrain(*call)[0] == 0
    Path("c/async-s1/summary.json").unlink()
    done = []

    def noted(directory, trial, progress):
        done.append(directory.name)
        sim.convergence.train(directory, trial, progress)

    monkeypatch.setattr("scripts.complexity.train", noted)
    code, out, _ = pulsetrain(*call)
    assert code == 0
    assert done == ["async-s1"]
    assert "3 of 4 trainings are there already" in out


def test_a_rate_may_be_chosen_for_each_error(pulsetrain):
    call = ("complexity", *SHORT, "--schedules", "async", "--rates", "0.02,0.01", "--out", "c")
    code, out, _ = pulsetrain(*call)
    assert code == 0
    assert "the best of a few rates" in out
    assert sorted(path.name for path in Path("c").iterdir() if path.is_dir()) == [
        "async-lr0.01-s0",
        "async-lr0.01-s1",
        "async-lr0.02-s0",
        "async-lr0.02-s1",
    ]
    assert len(read("c/complexity.csv")) == 2 * 6


def test_the_gradient_norm_is_an_error_too(pulsetrain):
    call = ("complexity", *SHORT, "--schedules", "async", "--gradient", "--errors", "9,0.001")
    code, out, _ = pulsetrain(*call, "--out", "c")
    assert code == 0
    assert "never" in out
    rows = read("c/complexity.csv")
    assert [row["error"] for row in rows] == ["9", "0.001"] * 2
    assert all(bool(row["samples"]) == (row["error"] == "9") for row in rows)


def test_runs_of_another_design_are_kept_without_force(pulsetrain):
    call = ("complexity", *SHORT, "--schedules", "async", "--out", "c")
    assert pulsetrain(*call)[0] == 0
    code, _, err = pulsetrain(*call, "--set", "tile.update.bl=4")
    assert (code, err) == (
        2,
        (
            "pulsetrain: c/async-s0: holds a run of another design; give --force to overwrite it, "
            "or another --out\n"
        ),
    )
    assert pulsetrain(*call, "--set", "tile.update.bl=4", "--force")[0] == 0


def test_errors_that_no_run_reached_are_said_to_be_never_reached(pulsetrain):
    call = ("complexity", *SHORT, "--schedules", "sequential,async", "--errors", "0.01,0.005,0.001")
    code, out, _ = pulsetrain(*call, "--out", "c")
    assert code == 0
    assert out.count("never") == 2 * 2 * 3
    assert Path("c/complexity.png").read_bytes()[:4] == b"\x89PNG"
    assert pulsetrain(*call, "--out", "c", "--errors", "1.9,0.001")[0] == 0


WRONG = {
    ("--errors", "x"): "--errors x: give numbers, as in 1,0.5",
    ("--errors", "1,-2"): "--errors 1,-2: every number must be above 0",
    ("--accuracies", "0.5,1"): "--accuracies 0.5,1: every number must be below 1",
    ("--errors", "1", "--accuracies", "0.5"): (
        "complexity: --accuracies take the place of --errors and --gradient"
    ),
    ("--window", "9000"): "--window: 9000 samples are more than the 8000 of a training",
    ("--schedules", "async,async"): "--schedules: async is there twice",
    ("--rates", "0.1,0.1"): "--rates 0.1,0.1: one is there twice",
    ("--rates", "fast"): "algorithm.lr: input should be a valid number, not 'fast'",
    ("--schedules", "slow"): "schedule.name: input should be 'sequential', ",
    ("none.toml",): "none.toml: there is no such file",
    ("--gradient", "--set", "profile=behavioural", "--set", "layer.0.normalise=true"): (
        "--gradient: worked out for linear layers without normalise alone"
    ),
    ("--seeds", "0"): "Invalid value for '--seeds': ",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_gets_one_sentence_and_exit_code_2(pulsetrain, arguments):
    code, _, err = pulsetrain("complexity", *arguments)
    assert code == 2
    assert err.startswith(f"pulsetrain: {WRONG[arguments]}")
    assert err.count("\n") == 1
    assert not Path("runs").exists()
