import json
from pathlib import Path

import pytest

from models.error import DesignError
from sim.report import clock_text, read_run, time_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.0, "12 s"), (2.58852e-3, "2.589 ms"), (4e-6, "4 us"), (3e-8, "30 ns"), (0.0, "0 ns")],
)
def test_a_time_is_shown_with_its_unit(seconds: float, text: str) -> None:
    assert time_text(seconds) == text


@pytest.mark.parametrize(
    ("hertz", "text"),
    [(1e9, "1 GHz"), (76.6e6, "76.6 MHz"), (32768.0, "32.768 kHz"), (50, "50 Hz")],
)
def test_a_clock_is_shown_with_its_unit(hertz: float, text: str) -> None:
    assert clock_text(hertz) == text


def test_a_run_without_metrics_was_not_trained(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps({"cycles": 1}))
    (tmp_path / "trace.json").write_text(json.dumps({"traceEvents": [{"ph": "M"}]}))
    run = read_run(tmp_path)
    assert run.metrics == []
    assert run.slices == []


def test_an_unfinished_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"holds no finished run \(no summary.json\)$"):
        read_run(tmp_path)
