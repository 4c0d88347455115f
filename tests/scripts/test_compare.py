import csv
from pathlib import Path

import matplotlib.image
import pytest

from models.design import read_design
from sim.comparison import count_text, joules_text, table_rows
from sim.finding import find, stage_line, whole_line

SMALL = """
format = 1
[[layer]]
inputs = 8
outputs = 5
[[layer]]
inputs = 5
outputs = 3
"""


def read(name):
    with Path(name).open() as file:
        return list(csv.DictReader(file))


def test_one_machine_under_several_schedules(pulsetrain):
    names = "sequential,fill-drain:20,async"
    code, out, _ = pulsetrain("compare", "--schedules", names, "--csv", "c.csv")
    assert code == 0
    assert [line.split() for line in out.splitlines() if line.startswith(" cycles  ")] == [
        ["cycles", "323,000", "127,000", "121,120"]
    ]
    lines = {row["name"]: row for row in read("c.csv") if row["stage"] == "all"}
    assert list(lines) == ["sequential", "fill-drain:20", "async"]
    assert [int(row["cycles"]) for row in lines.values()] == [323_000, 127_000, 121_120]
    assert [row["exact"] for row in lines.values()] == ["true"] * 3
    assert float(lines["async"]["steady_cycles_per_sample"]) == 121
    assert float(lines["async"]["samples_per_second"]) == pytest.approx(1e9 / 121)


def test_machines_of_different_depth_side_by_side(pulsetrain):
    Path("small.toml").write_text(SMALL)
    Path("none.toml").write_text("format = 1\n")
    code, out, _ = pulsetrain("compare", "small.toml", "none.toml", "--samples", "50")
    assert code == 0
    assert " 50 samples " in out
    assert "3: busy" in out
    rows = [line.split() for line in out.splitlines() if line.startswith(" stages ")]
    assert rows == [["stages", "2", "3"]]


def test_every_design_is_put_under_every_schedule(pulsetrain):
    for name in ("a.toml", "b.toml"):
        Path(name).write_text(SMALL)
    pulsetrain("compare", "a.toml", "b.toml", "--schedules", "async,1f1b", "--csv", "c.csv")
    names = [row["name"] for row in read("c.csv") if row["stage"] == "all"]
    assert names == ["a async", "a 1f1b", "b async", "b 1f1b"]


def test_a_custom_schedule_stands_beside_named_ones(pulsetrain):
    keys = "[schedule]\nname = 'custom'\npriority = ['U', 'B', 'F']\nW = 1\n"
    Path("own.toml").write_text(SMALL.replace("[[layer]]", f"{keys}[[layer]]", 1))
    code, _, _ = pulsetrain("compare", "own.toml", "--schedules", "custom,async", "--csv", "c.csv")
    assert code == 0
    found = {row["name"]: int(row["cycles"]) for row in read("c.csv") if row["stage"] == "all"}
    assert found["custom"] > found["async"]


def test_shares_of_the_csv_add_up_and_stages_average_to_the_machine(pulsetrain):
    pulsetrain("compare", "--schedules", "fill-drain,lock-step", "--csv", "c.csv")
    rows = read("c.csv")
    parts = [name for name in rows[0] if name.startswith(("busy_", "waits_")) or name == "idle"]
    for row in rows:
        assert sum(float(row[part]) for part in parts) == pytest.approx(1)
        busy = sum(float(row[part]) for part in parts if part.startswith("busy_"))
        assert busy == pytest.approx(float(row["density"]))
    whole, *stages = rows[:4]
    for key in ("density", "waits_flush", "staleness_mean"):
        assert float(whole[key]) == pytest.approx(sum(float(r[key]) for r in stages) / 3)
    assert int(whole["S_needed"]) == sum(int(r["S_needed"]) for r in stages)


def test_the_chart_is_a_picture(pulsetrain):
    code, out, _ = pulsetrain("compare", "--schedules", "sequential,async", "--plot", "c.png")
    assert code == 0
    assert out.endswith("wrote c.png\n")
    picture = matplotlib.image.imread("c.png")
    assert picture.shape[0] > 300
    assert picture.shape[1] > 1000
    assert len({tuple(pixel) for pixel in picture[::7, ::7].reshape(-1, picture.shape[2])}) > 5


def test_what_only_data_would_tell_is_said_by_name(pulsetrain):
    _, out, _ = pulsetrain(
        "compare", "--schedules", "sequential,async", "--set", "tile.update.slots=used"
    )
    assert "async: tile.update.slots = 'used': every update counted at its longest" in out


def test_an_account_of_energy_is_shown_where_there_is_one():
    found = find("one", read_design(None), 100)
    assert found.joules is None
    assert "energy_joules" not in whole_line(found)
    found.summary["energy_joules"] = {"total": 3e-6, "verified": True}
    assert whole_line(found)["energy_joules"] == 3e-6
    assert not found.doubtful
    found.summary["energy_joules"]["verified"] = False
    assert table_rows([found])[-1] == ["energy", "3 uJ*"]
    found.summary["energy_joules"] = 4e-6
    assert found.joules == 4e-6
    assert stage_line(found, 0)["stage"] == 1


def test_large_and_small_numbers_have_units():
    assert [count_text(n) for n in (12.0, 8.3333e6, 2.5e9)] == ["12", "8.333 M", "2.5 G"]
    assert [joules_text(j) for j in (2.0, 3e-6, 4e-12)] == ["2 J", "3 uJ", "4 pJ"]


WRONG = {
    (): "compare: give at least two designs, or --schedules NAME,NAME",
    ("--schedules", "async"): "compare: give at least two designs, or --schedules NAME,NAME",
    ("--schedules", "async,async"): "compare: async is there twice",
    ("--schedules", "async,"): "--schedules: give names, as in sequential,fill-drain:20,async",
    ("--schedules", "async,slow"): "schedule.name: input should be 'sequential', ",
    ("--schedules", "async:3,1f1b"): "schedule.N: async has no flush, so no mini-batch",
    ("--schedules", "async,1f1b:x"): "schedule.N: input should be a valid integer, not 'x'",
    ("a.toml", "b.toml"): "a.toml: there is no such file",
    ("--schedules", "async,1f1b", "--csv", "."): ".: is a directory; name a file",
    ("--schedules", "async,1f1b", "--plot", "no/x.png"): "no/x.png: cannot be written: ",
    ("--schedules", "async,1f1b", "--samples", "0"): "Invalid value for '--samples': ",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_what_is_wrong_gets_one_sentence_and_exit_code_2(pulsetrain, arguments):
    code, _, err = pulsetrain("compare", *arguments)
    assert code == 2
    assert err.startswith(f"pulsetrain: {WRONG[arguments]}")
    assert err.count("\n") == 1


def test_an_existing_file_is_kept_without_force(pulsetrain):
    Path("c.csv").write_text("mine")
    call = ("compare", "--schedules", "async,1f1b", "--csv", "c.csv")
    code, _, err = pulsetrain(*call)
    assert (code, err) == (
        2,
        "pulsetrain: c.csv: exists already; give --force to overwrite it\n",
    )
    assert Path("c.csv").read_text() == "mine"
    assert pulsetrain(*call, "--force")[0] == 0
