"""The commands that write and run Verilog, as a user calls them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = """
format = 1
[run]
samples = 24
[data]
name = "spiral"
[tile.update]
bl = 4
[[layer]]
inputs = 2
outputs = 3
activation = "tanh"
[[layer]]
inputs = 3
outputs = 3
"""


def call(folder: Path, *words: str) -> tuple[int, str, str]:
    """Return a command's exit code and what it printed."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.cocotb
def test_cosim_compares_every_bit_and_leaves_what_train_leaves(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(SMALL)
    words = ("cosim", "one.toml", "--out", "r", "--every", "8")
    code, out, err = call(tmp_path, "-m", "scripts.main", *words)
    assert (code, err) == (0, "")
    assert "no:" not in out
    assert "24 samples" in out
    result = json.loads((tmp_path / "r" / "cosim.json").read_text())
    assert result["equal"] is True
    counts = {one["name"]: one["compared"] for one in result["comparisons"]}
    assert counts == {
        "starts and ends of ops": 5 * 24 * 5,
        "outputs": 3 * 24,
        "weights of stage 0": 3 * 6,
        "weights of stage 1": 3 * 9,
        "cycles": 1,
    }
    assert result["clocks"] >= result["cycles"]
    for name in ("metrics.csv", "summary.json", "report.html", "trace.json", "design.toml"):
        assert (tmp_path / "r" / name).is_file()
    again = call(tmp_path, "-m", "scripts.main", *words)
    assert again[0] == 2
    assert "exists already" in again[2]


@pytest.mark.cocotb
def test_the_written_test_bench_passes(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(SMALL)
    code, _, err = call(
        tmp_path, "-m", "scripts.main", "verilog", "one.toml", "--out", "v", "--samples", "6"
    )
    assert (code, err) == (0, "")
    folder = tmp_path / "v"
    code, out, _ = call(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".")
    assert code == 0, out
    text = (folder / "accelerator.v").read_text()
    assert text.count("module accelerator(") == 1
    code, _, err = call(tmp_path, "-m", "scripts.main", "verilog", "one.toml", "--out", "v")
    assert code == 2
    assert "exists already" in err
