"""The command takes turns, compares minima and says what is left out."""

import json

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import physics
from benchmarks.case import Case, Entry, cases
from benchmarks.channel import AbsentError
from tests.benchmarks.fakes import side

KINDS = ("limit", "forward", "backward")


def few(quick, data):
    entries = {
        kind: (
            Entry("ours", "ours", {"kind": kind, "rows": 8, "columns": 8}),
            Entry("aihwkit", "peer", {"kind": kind, "rows": 8, "columns": 8}),
        )
        for kind in KINDS
    }
    limit = Case("limit", "8x8", entries["limit"][:1], 8)
    return [limit, *(Case("reads", kind, entries[kind]) for kind in KINDS[1:])]


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setattr(physics, "our_side", lambda: side(tmp_path, "ours", 0.002))
    monkeypatch.setattr(physics, "peer_side", lambda path: side(tmp_path, "peer", 0.006))
    monkeypatch.setattr(physics, "cases", few)
    monkeypatch.setenv("COLUMNS", "160")
    found = typer.Typer()
    found.command()(physics.main)
    return found


def test_the_sides_take_turns(app, tmp_path):
    assert CliRunner().invoke(app, ["--peer", "python"]).exit_code == 0
    log = (tmp_path / "log").read_text().splitlines()
    assert log == ["ours limit"] * 3 + ["ours forward", "peer forward"] * 3


def test_results_hold_every_measurement_and_every_refusal(app, tmp_path):
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["--peer", "python", "--out", str(out)])
    assert result.exit_code == 0, result.output
    record = json.loads((out / "results.json").read_text())
    assert record["machine"]["ours"] == {"name": "ours"}
    assert record["machine"]["peer"] == {"name": "peer"}
    ours, peer, refused = (r for r in record["results"][1:4])
    assert (ours["entry"], ours["seconds"], ours["minimum"]) == ("ours", [0.002] * 3, 0.002)
    assert (peer["entry"], peer["seconds"], peer["median"]) == ("aihwkit", [0.006] * 3, 0.006)
    assert refused["error"] == "NotImplementedError: no way back"
    document = (out / "results.md").read_text()
    assert (
        "| forward | ours | 2 ms | 2 ms | 1 | 3 | 2.500 coincidences a device, 12.5 us each |"
        in document
    )
    assert (
        "|  | aihwkit | 6 ms | 6 ms | 3 | 1 | 2.500 coincidences a device, 37.5 us each |"
        in document
    )
    assert (out / "curves.png").read_bytes()[:4] == b"\x89PNG"
    assert (out / "dots.png").read_bytes()[:4] == b"\x89PNG"


def test_without_a_peer_our_side_runs_alone(app, tmp_path):
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert "aihwkit is left out: no --peer names its interpreter" in result.output
    log = (tmp_path / "log").read_text().splitlines()
    assert log == ["ours limit"] * 3 + ["ours forward"] * 3


def test_a_peer_that_cannot_run_is_left_out(app, monkeypatch):
    def absent(path):
        raise AbsentError(f"aihwkit is left out: {path}: it ended with code 1")

    monkeypatch.setattr(physics, "peer_side", absent)
    result = CliRunner().invoke(app, ["--peer", "python9"])
    assert result.exit_code == 0
    assert "aihwkit is left out: python9: it ended with code 1" in result.output


def test_training_is_left_out_without_its_files(app, tmp_path):
    result = CliRunner().invoke(app, ["--data", str(tmp_path)])
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert f"training is left out: {tmp_path} holds no train-labels-idx1-ubyte.gz" in said


@pytest.mark.parametrize("quick", [False, True])
def test_every_case_can_be_sent_and_told_apart(quick):
    found = cases(quick, "folder")
    assert len({(case.group, case.name) for case in found}) == len(found)
    for case in found:
        assert len({entry.label for entry in case.entries}) == len(case.entries)
        for entry in case.entries:
            assert json.loads(json.dumps(entry.work)) == entry.work
    kinds = {entry.work["kind"] for case in found for entry in case.entries}
    assert kinds == {"limit", "update", "forward", "backward", "product", "train"}
    assert "training" not in {case.group for case in cases(quick, None)}


def test_every_array_that_is_compared_has_its_limit():
    found = cases(False, None)
    limits = {case.x for case in found if case.group == "limit"}
    assert {case.size for case in found} == limits
