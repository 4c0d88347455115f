import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def pulsetrain(*arguments: str, cwd: Path, **environment: str) -> str:
    command = [sys.executable, "-m", "scripts.main", *arguments]
    path = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | path | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SHOWN = re.findall(r"```text\n(.*?)```", README, re.DOTALL)


def test_the_default_training_prints_what_the_readme_shows(tmp_path: Path) -> None:
    assert SHOWN[0] in pulsetrain("train", cwd=tmp_path)


def test_devices_on_the_bench_print_what_the_readme_shows(tmp_path: Path) -> None:
    (line,) = re.findall(r"```sh\npulsetrain (device .*)\n```", README)
    out = pulsetrain(*shlex.split(line), cwd=tmp_path, COLUMNS="80")
    assert SHOWN[1] in "".join(f"{row.rstrip()}\n" for row in out.splitlines())


def test_schedules_side_by_side_print_what_the_readme_shows(tmp_path: Path) -> None:
    (line,) = re.findall(r"```sh\npulsetrain (compare .*)\n```", README)
    words = [str(ROOT / word) if word.startswith("examples/") else word for word in line.split()]
    out = pulsetrain(*words, cwd=tmp_path, COLUMNS="80")
    assert SHOWN[2] in "".join(f"{row.rstrip()}\n" for row in out.splitlines())


def test_threads_change_no_byte_of_the_metrics(tmp_path: Path) -> None:
    few = ("--set", "run.epochs=2", "--out")
    for threads in "12":
        count = {"OPENBLAS_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads}
        pulsetrain("train", *few, threads, cwd=tmp_path, **count)
    one, two = ((tmp_path / threads / "metrics.csv").read_bytes() for threads in "12")
    assert one == two


EXAMPLES = [
    line.split("#")[0].strip()
    for line in README.splitlines()
    if line.startswith("pulsetrain ") and "FOLDER" not in line and "NAME" not in line
]


#: What makes an example short, and commands that write no run directory.
SHORT = {
    "train": ("--set", "run.samples=50"),
    "complexity": ("--samples", "300", "--window", "50"),
    "cosim": (
        *("--samples", "10", "--set", "data.name=spiral", "--set", "layer.0.inputs=2"),
        *("--set", "layer.0.outputs=3", "--set", "layer.1.inputs=3", "--set", "layer.1.outputs=3"),
    ),
}
WITHOUT_OUT = ("init", "check", "compare", "reproduce")


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_of_the_readme_runs(tmp_path: Path, line: str) -> None:
    program, *words = shlex.split(line)
    assert program == "pulsetrain"
    words = [str(ROOT / word) if word.startswith("examples/") else word for word in words]
    short = SHORT.get(words[0], ())
    out = () if words[0] in WITHOUT_OUT or "--out" in words else ("--out", "run")
    printed = pulsetrain(*words, *short, *out, cwd=tmp_path)
    assert printed
    if out:
        assert (tmp_path / "run" / "summary.json").is_file()
    for file in re.findall(r"^wrote ([\w.]+\.(?:png|csv|toml))", printed, re.MULTILINE):
        assert (tmp_path / file).stat().st_size > 200


def test_the_design_in_the_readme_is_valid(tmp_path: Path) -> None:
    (design,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "readme.toml").write_text(design)
    out = pulsetrain("schedule", "readme.toml", "--out", "s", cwd=tmp_path)
    assert "async: 121,040 cycles" in out
