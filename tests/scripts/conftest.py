"""The program as a user calls it: arguments in, exit code and text out."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.main import main

Outcome = tuple[int, str, str]


@pytest.fixture
def pulsetrain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """The call of `pulsetrain` in a folder of its own, on a screen of 120 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["pulsetrain", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call
