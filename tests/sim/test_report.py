import json
import re
from pathlib import Path

import pytest

from models.design import read_design
from models.error import DesignError
from sim.directory import start_run
from sim.outcome import training_summary, write_clock, write_metrics
from sim.report import clock_text, read_run, report_html, time_text
from sim.training import Training


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


def trained(directory: Path, **changes: str) -> Path:
    """A run of few samples as its files."""
    keys = {"run.samples": "12", "data.limit": "12"} | changes
    design = read_design(None, tuple(f"{key}={value}" for key, value in keys.items()))
    start_run(directory, False, design)
    training = Training(design)
    training.run()
    write_metrics(directory, training.metrics)
    summary = training_summary(training)
    write_clock(directory, design, training.system, summary, training.window)
    return directory


def sections(*directories: Path) -> list[str]:
    page = report_html([read_run(directory) for directory in directories])
    return re.findall(r"<h2>(Devices.*?)</h2>", page)


def test_the_page_of_a_training_shows_its_devices(tmp_path: Path) -> None:
    run = trained(tmp_path / "a")
    assert sections(run) == ["Devices"]
    page = report_html([read_run(run)])
    assert "drag a pair, closed form, %" in page
    assert "600 pulses up, then 600 down" in page


def test_runs_of_the_same_devices_share_a_section(tmp_path: Path) -> None:
    a, b = trained(tmp_path / "a"), trained(tmp_path / "b", **{"run.seed": "4"})
    c = trained(tmp_path / "c", device="limited-16")
    assert sections(a, b, c) == ["Devices of a, b", "Devices of c"]


def test_digital_training_has_no_devices(tmp_path: Path) -> None:
    assert sections(trained(tmp_path / "a", algorithm="digital-sgd")) == []


def test_a_training_without_its_design_is_shown_without_devices(tmp_path: Path) -> None:
    run = trained(tmp_path / "a")
    (run / "design.toml").unlink()
    assert sections(run) == []
