"""Counts of a training in its summary and in `pulses.npz`."""

from pathlib import Path

import numpy as np
import pytest

from models.design import read_design
from sim.directory import start_run
from sim.endurance import write_pulses
from sim.outcome import training_summary
from sim.training import Training

LINES = ("per_row", "per_column")
FEW = ("run.samples=60", "data.limit=60")


def test_counts_are_written_and_summarised_where_they_are_asked_for(tmp_path: Path) -> None:
    design = read_design(None, (*FEW, "run.count_pulses=true"))
    training = Training(design)
    training.run()
    directory = start_run(tmp_path / "r", False, design)
    write_pulses(directory, training.memory)
    pulses = training_summary(training)["pulses"]
    with np.load(directory / "pulses.npz") as counts:
        devices = [counts[f"devices{stage}"] for stage in range(3)]
        lines = [counts[f"{kind}{stage}"] for kind in ("rows", "columns") for stage in range(3)]
        assert len(counts) == 9
    assert [part.shape for part in devices] == [(64, 32), (32, 16), (16, 10)]
    assert sum(int(part.sum()) for part in devices) == pulses["coincidences"] > 0
    assert sum(int(part.sum()) for part in lines) == pulses["sent"]
    assert pulses["per_device"]["max"] == [int(part.max()) for part in devices]
    assert pulses["per_device"]["mean"] == [float(part.mean()) for part in devices]
    assert pulses["per_row"]["max"][0] == lines[0].max()
    assert pulses["per_column"]["mean"][2] == lines[5].mean()


def test_counting_changes_no_result_and_leaves_no_file_unless_asked_for(tmp_path: Path) -> None:
    found = []
    for asked in ("true", "false"):
        design = read_design(None, (*FEW, f"run.count_pulses={asked}"))
        training = Training(design)
        training.run()
        directory = start_run(tmp_path / "r", True, design)
        write_pulses(directory, training.memory)
        assert (directory / "pulses.npz").exists() == (asked == "true")
        assert ("per_device" in training_summary(training)["pulses"]) == (asked == "true")
        found.append((training.metrics[-1].loss, training.memory.state.weights.tobytes()))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("binomial", ["coincidences", "slots_per_update", "per_device"]),
        ("ideal", ["slots_per_update"]),
        ("random", ["sent", "coincidences", "slots_per_update", *LINES, "per_device"]),
    ],
)
def test_what_a_pulse_type_does_not_have_is_left_out(kind: str, keys: list[str]) -> None:
    asked = () if kind == "ideal" else ("run.count_pulses=true",)
    training = Training(read_design(None, (*FEW, f"tile.update.pulse_type={kind}", *asked)))
    training.run()
    assert list(training_summary(training)["pulses"]) == keys
