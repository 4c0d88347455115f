import csv
import json
import re
import sys
from pathlib import Path

import matplotlib.image
import pytest
from pyarrow import parquet


def summary(directory="s"):
    return json.loads(Path(directory, "summary.json").read_text())


def test_the_summary_holds_throughput_depths_and_ages(pulsetrain):
    code, out, _ = pulsetrain("schedule", "--set", "schedule=zero-bubble", "--out", "s")
    assert code == 0
    found = summary()
    each = max(found["busy"]) // 1000  # of the busiest stage, which never waits
    assert found["steady_cycles_per_sample"] == each
    assert found["steady_samples_per_second"] == pytest.approx(1e9 / each)
    throughput = f"{1e3 / each:.4g} M samples a second"
    assert f"in the long run {each:.2f} cycles a sample, {throughput}" in out
    assert found["stash_depth"] == {"S": [4, 3, 2], "Q": [4, 3, 2]}
    assert found["stash_depth_needed"] == {"S": [3, 3, 2], "Q": [1, 2, 2]}
    assert re.search(r"^ +1 .* 3/4 +1/4$", out, re.MULTILINE)
    assert found["period"]["cycles"] == each * found["period"]["samples"]
    for ages, stage in zip(found["staleness_histogram"], found["staleness"], strict=True):
        assert sum(ages.values()) == 1000
        mean = sum(int(age) * count for age, count in ages.items()) / 1000
        assert mean == pytest.approx(stage["mean"])
    for ops, busy in zip(found["busy_by_op"], found["busy"], strict=True):
        assert sum(ops.values()) == busy


def test_a_billion_samples_are_counted_at_once(pulsetrain):
    _, out, _ = pulsetrain("schedule", "--samples", "1000000000", "--out", "s")
    assert "async: 121,000,000,120 cycles = 121 s at 1 GHz for 1,000,000,000 samples" in out
    found = summary()
    assert found["samples"] == sum(found["staleness_histogram"][0].values()) == 1_000_000_000
    trace = json.loads(Path("s/trace.json").read_text())
    slices = [entry for entry in trace["traceEvents"] if entry["ph"] == "X"]
    assert 1990 < sum(entry["cat"] in "FBU" for entry in slices) <= 2000


def test_the_middle_of_a_billion_samples_is_shown_at_once(pulsetrain):
    middle = 60_000_000_000
    cycles = f"{middle}:{middle + 600}"
    keys = ("--samples", "1000000000", "--trace", cycles, "--window", cycles, "--plot", "s.png")
    code, _, err = pulsetrain("schedule", *keys, "--out", "s")
    assert (code, err) == (0, "")
    trace = json.loads(Path("s/trace.json").read_text())
    assert trace["otherData"]["first_cycle"] == middle
    slices = [entry for entry in trace["traceEvents"] if entry["ph"] == "X"]
    for track in range(3):
        own = sorted((e["ts"], e["dur"]) for e in slices if e["tid"] == track)
        assert own[0][0] == pytest.approx(6e7, abs=1e-6)
        assert sum(dur for _, dur in own) == pytest.approx(0.6, abs=1e-6)
    assert matplotlib.image.imread("s.png").shape[1] > 1000


def test_all_ops_go_to_a_table_if_asked(pulsetrain):
    keys = ("--samples", "3000", "--ops", "--out", "s")
    code, out, _ = pulsetrain("schedule", *keys)
    assert code == 0
    assert "wrote s/ops.parquet\n" in out
    assert parquet.read_metadata("s/ops.parquet").num_rows == 24_000


def test_without_pyarrow_the_table_is_refused(pulsetrain, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, err = pulsetrain("schedule", "--ops", "--out", "s")
    needs = "--ops: needs pyarrow, which is not installed: pip install 'pulsetrain[parquet]'"
    assert (code, err) == (2, f"pulsetrain: {needs}\n")
    assert not Path("s", "summary.json").exists()


@pytest.mark.parametrize("option", ["--trace", "--window"])
def test_cycles_after_the_end_are_refused(pulsetrain, option):
    keys = (option, "200000:200001", "--plot", "s.png", "--out", "s")
    code, _, err = pulsetrain("schedule", *keys)
    sentence = f"{option}: no cycle 200,000 to show: the run ends with cycle 121,119"
    assert (code, err) == (2, f"pulsetrain: {sentence}\n")
    assert not list(Path("s").iterdir())


def test_figures_go_to_a_csv_and_a_timeline_to_a_png(pulsetrain):
    files = ("--csv", "s.csv", "--plot", "s.png", "--window", "100:700")
    code, out, _ = pulsetrain("schedule", "--set", "schedule=1f1b", *files, "--out", "s")
    assert code == 0
    assert "wrote s.csv\nwrote s.png\nwrote s\n" in out
    with Path("s.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["stage"] for row in rows] == ["all", "1", "2", "3"]
    assert int(rows[0]["cycles"]) == summary()["cycles"]
    assert matplotlib.image.imread("s.png").shape[1] > 1000


def test_without_a_period_the_run_is_extrapolated_and_says_so(pulsetrain, monkeypatch):
    monkeypatch.setattr("scripts.schedule._MOST_OPS", 500)
    keys = ("schedule.W=500", "schedule.S=501", "schedule.Q=501", "schedule.link_cycles=[9991,1]")
    sets = [word for key in keys for word in ("--set", key)]
    _, out, _ = pulsetrain("schedule", "--samples", "1000000", *sets, "--out", "s")
    assert re.search(r"async: about [\d,]+ cycles .* for 1,000,000 samples", out)
    assert "no period in the first" in out
    found = summary()
    assert found["estimated"]["samples"] == 1_000_000
    assert found["samples"] < 1_000_000


WRONG = {
    ("--window", "7"): "--window 7: give FIRST:LAST, two cycles, as in 0:600",
    ("--window", "9:3"): "--window 9:3: give FIRST:LAST, two cycles, as in 0:600",
    ("--window", "-1:3"): "--window -1:3: give FIRST:LAST, two cycles, as in 0:600",
    ("--trace", "7"): "--trace 7: give FIRST:LAST, two cycles, as in 0:600",
    ("--plot", "."): ".: is a directory; name a file",
    ("--csv", "."): ".: is a directory; name a file",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_gets_one_sentence_before_anything_is_written(pulsetrain, arguments):
    code, _, err = pulsetrain("schedule", *arguments, "--out", "s")
    assert (code, err) == (2, f"pulsetrain: {WRONG[arguments]}\n")
    assert not Path("s").exists()
