"""Trainings under several seeds, and the lines that studies write."""

import pytest

from examples.limited_states import DESIGN
from examples.trials import HEAD, Trials, train
from examples.written import Written
from models.design import read_design
from sim.training import Training

SHORT = ("run.samples=50", "run.evaluate_every=25")


def test_trials_hold_the_last_accuracy_of_every_seed():
    found = train(DESIGN, SHORT, (3, 1))
    wanted = []
    for seed in (3, 1):
        training = Training(read_design(DESIGN, (*SHORT, f"run.seed={seed}")))
        training.run()
        wanted.append(100.0 * training.metrics[-1].accuracy)
    assert found.accuracies == tuple(wanted)
    assert len(training.metrics) == 2


def test_trials_are_shown_as_mean_spread_and_least():
    assert str(Trials((90.0, 92.0, 97.0))) == " 93.0 +-  3.6   90.0"
    assert str(Trials((90.0,))) == " 90.0 +-  0.0   90.0"
    assert len(HEAD) == len(str(Trials((90.0,))))
    assert Trials((90.0, 92.0, 97.0)).mean == pytest.approx(93.0)


def test_written_lines_begin_with_their_command(tmp_path, capsys):
    path = tmp_path / "found.txt"
    written = Written("examples.none", [str(path)])
    written.add("one")
    written.add()
    assert path.read_text() == f"$ python -m examples.none {path}\none\n\n"
    assert capsys.readouterr().out == path.read_text()


def test_without_a_file_lines_are_only_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Written("examples.none", []).add("one")
    assert capsys.readouterr().out == "$ python -m examples.none\none\n"
    assert list(tmp_path.iterdir()) == []
