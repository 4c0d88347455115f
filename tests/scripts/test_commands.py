import gzip
import json
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from plotly.offline import get_plotlyjs
from pyarrow import parquet

from models.version import __version__
from scripts.main import main
from sim.directory import RESULTS

Outcome = tuple[int, str, str]
Run = Callable[..., Outcome]

FEW = ("--set", "run.samples=60", "--set", "data.limit=60")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["pulsetrain", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


def test_train_leaves_a_whole_run_directory(run: Run) -> None:
    code, out, _ = run("train", *FEW, "--out", "r")
    assert code == 0
    names = sorted(str(path.relative_to("r")) for path in Path("r").rglob("*") if path.is_file())
    assert names == sorted([*RESULTS, "design.toml"])
    summary = json.loads(Path("r/summary.json").read_text())
    assert f"{summary['cycles']:,} cycles" in out
    assert summary["samples"] == 60
    rows = Path("r/metrics.csv").read_text().splitlines()
    assert rows[0] == "epoch,samples,cycles,loss,accuracy,train_loss"
    assert rows[-1].split(",")[1] == "60"
    trace = json.loads(Path("r/trace.json").read_text())
    slices = [entry for entry in trace["traceEvents"] if entry["ph"] == "X"]
    assert sum(entry["cat"] in "FBU" for entry in slices) == 60 * 8
    cycles = sum(entry["args"]["end"] - entry["args"]["start"] for entry in slices)
    assert cycles == 3 * summary["cycles"]
    page = Path("r/report.html").read_text()
    assert "Accuracy against clock cycles" in page
    assert not re.search(r"<script[^>]+src=|<link|<img|@import", page.replace(get_plotlyjs(), ""))


def window_of(directory: str) -> tuple[int, int, list[Any]]:
    """First and last cycle of a run's trace, and its slices."""
    trace = json.loads(Path(directory, "trace.json").read_text())
    about = trace["otherData"]
    slices = [entry for entry in trace["traceEvents"] if entry["ph"] == "X"]
    return about["first_cycle"], about["last_cycle"], slices


@pytest.mark.parametrize("slots", ["built", "used"])
def test_train_shows_the_cycles_that_are_asked_for(run: Run, slots: str) -> None:
    keys = ("--set", f"tile.update.slots={slots}", "--out", "r", "--trace", "1000:1400")
    code, _, err = run("train", *FEW, *keys)
    assert (code, err) == (0, "")
    first, last, slices = window_of("r")
    assert (first, last) == (1000, 1400)
    assert all(e["args"]["end"] > 1000 and e["args"]["start"] < 1400 for e in slices)
    assert {e["tid"] for e in slices} == {0, 1, 2}
    assert run("report", "r", "--force")[0] == 0


@pytest.mark.parametrize("slots", ["built", "used"])
def test_a_training_that_is_over_before_its_window_keeps_all_else(run: Run, slots: str) -> None:
    keys = ("--set", f"tile.update.slots={slots}", "--out", "r", "--trace", "900000:900001")
    code, out, _ = run("train", *FEW, *keys)
    assert code == 0
    last = json.loads(Path("r/summary.json").read_text())["cycles"] - 1
    sentence = f"no cycle 900,000 to show: the run ends with cycle {last:,}"
    assert f"--trace: {sentence}; trace.json is empty" in out
    assert window_of("r") == (900_000, 900_000, [])
    assert Path("r/report.html").is_file()


def test_train_writes_all_ops_if_asked(run: Run) -> None:
    assert run("train", *FEW, "--out", "r", "--ops")[0] == 0
    table = parquet.read_table("r/ops.parquet").to_pydict()
    assert len(table["op"]) == 60 * 8
    updates = [row for row in zip(*table.values(), strict=True) if row[:2] == (1, "U")]
    assert [row[2] for row in updates] == list(range(60))
    assert run("train", *FEW, "--out", "r", "--force")[0] == 0
    assert not Path("r/ops.parquet").exists()


def test_train_prints_the_ratio_to_sequential(run: Run) -> None:
    _, out, _ = run("train", *FEW, "--out", "r", "--set", "schedule=sequential")
    assert "sequential: 19,380 cycles, 1.0000 times this schedule's" in out


def test_the_default_directory_names_design_hash_and_seed(run: Run) -> None:
    run("train", *FEW, "--seed", "3")
    (directory,) = Path("runs").iterdir()
    summary = json.loads((directory / "summary.json").read_text())
    assert directory.name == f"digits-{summary['design_sha256'][:8]}-s3"


def test_training_the_written_design_repeats_the_metrics(run: Run) -> None:
    run("train", *FEW, "--out", "a", "--seed", "5")
    run("train", "a/design.toml", "--out", "b")
    assert Path("a/metrics.csv").read_bytes() == Path("b/metrics.csv").read_bytes()


def test_an_existing_directory_is_kept_without_force(run: Run) -> None:
    run("train", *FEW, "--out", "r")
    before = Path("r/metrics.csv").read_bytes()
    code, _, err = run("train", *FEW, "--seed", "9", "--out", "r")
    assert code == 2
    assert err == (
        "pulsetrain: r: exists already; give --force to overwrite it, or another --out\n"
    )
    assert Path("r/metrics.csv").read_bytes() == before
    assert run("train", *FEW, "--seed", "9", "--out", "r", "--force")[0] == 0
    assert Path("r/metrics.csv").read_bytes() != before


def test_schedule_counts_without_training(run: Run) -> None:
    code, out, _ = run("schedule", "--set", "schedule=fill-drain", "--samples", "10", "--out", "s")
    assert code == 0
    summary = json.loads(Path("s/summary.json").read_text())
    assert "accuracy" not in summary
    # sum F + 9 max F, then B of stages 3 and 2 and ten updates: the contract's closed form
    assert summary["cycles"] == 120 + 9 * 40 + max(40 * 2 + 9 * 40 + 410, 40 + 9 * 40 + 410)
    assert "fill-drain: 1,330 cycles" in out


def test_schedule_says_that_it_counts_updates_at_their_longest(run: Run) -> None:
    _, out, _ = run("schedule", "--set", "tile.update.slots=used", "--samples", "10")
    assert "tile.update.slots = 'used': every update counted at its longest" in out


def test_schedule_says_that_it_counts_no_repeated_read(run: Run) -> None:
    keys = ("--set", "tile.bound_management=iterative", "--samples", "10", "--out", "r")
    _, out, _ = run("schedule", *keys)
    assert "tile.bound_management: no repeated read is counted, for want of data" in out
    summary = json.loads(Path("r/summary.json").read_text())
    assert (summary["retries_left_out"], summary["updates_at_longest"]) == (True, False)


def test_schedule_says_that_it_counts_no_refresh(run: Run) -> None:
    keys = ("--set", "device.cell.kind=pair", "--set", "device.cell.refresh_every=5")
    _, out, _ = run("schedule", *keys, "--samples", "10", "--out", "r")
    assert "device.cell.refresh_every: no refresh is counted, for want of data" in out
    assert json.loads(Path("r/summary.json").read_text())["refreshes_left_out"] is True


def test_report_puts_runs_side_by_side(run: Run) -> None:
    run("train", *FEW, "--out", "a")
    run("schedule", "--samples", "20", "--out", "b")
    code, out, _ = run("report", "a", "b", "--out", "both.html")
    assert code == 0
    assert "not trained" in out
    page = Path("both.html").read_text()
    assert "Timeline of a" in page
    assert "Timeline of b" in page


def test_report_draws_accuracy_against_cycles(run: Run) -> None:
    for name in ("async", "fill-drain"):
        run("train", *FEW, "--set", f"schedule={name}", "--out", name)
    code, out, _ = run("report", "async", "fill-drain", "--plot", "both.png")
    assert code == 0
    assert out.endswith("wrote both.png\n")
    assert Path("both.png").read_bytes()[:4] == b"\x89PNG"
    assert run("report", "async", "--force", "--plot", "both.png")[0] == 0


def test_report_draws_no_accuracy_of_runs_that_were_not_trained(run: Run) -> None:
    run("schedule", "--samples", "20", "--out", "b")
    code, _, err = run("report", "b", "--plot", "b.png")
    assert (code, err) == (
        2,
        "pulsetrain: report: none of these runs was trained, so there is no accuracy to plot\n",
    )
    assert not Path("b.png").exists()


def test_report_refuses_a_damaged_run(run: Run) -> None:
    run("train", *FEW, "--out", "a")
    Path("a/trace.json").write_text('{"traceEvents": [')
    code, _, err = run("report", "a")
    assert code == 2
    assert err.startswith("pulsetrain: a: a file of this run is damaged:")


def test_verilog_writes_tiles_as_modules_and_a_manifest(run: Run) -> None:
    Path("one.toml").write_text(
        "format = 1\n[tile.update]\nbl = 2\n[[layer]]\ninputs = 2\noutputs = 2\n"
    )
    code, out, _ = run("verilog", "one.toml", "--out", "v", "--tiles")
    assert code == 0
    assert "module tile_2x2" in Path("v/tile_2x2.v").read_text()
    assert "v/manifest.json" in out
    assert json.loads(Path("v/manifest.json").read_text())["design_sha256"]


def idx(path: Path, shape: tuple[int, ...], content: bytes) -> None:
    head = bytes([0, 0, 8, len(shape)]) + b"".join(struct.pack(">I", size) for size in shape)
    path.write_bytes(gzip.compress(head + content))


WRONG = {
    "train no.toml": "no.toml: there is no such file",
    "train --set tile.update.bl=0": (
        "tile.update.bl: input should be greater than or equal to 1, not 0"
    ),
    "train --set layer.0.inputs=-4": (
        "layer.0.inputs: input should be greater than or equal to 1, not -4"
    ),
    "train --set tile.bitz=4": "tile.bitz: there is no such key",
    "train --set layer.1.scale=3": (
        "layer.1.scale: must be a power of two in the hardware profile, not 3.0"
    ),
    "train --set schedule=fill-drain --set schedule.S=2": (
        "schedule.S: 2 at stage 1 would deadlock a fill-drain schedule with mini-batches of 10; "
        "it needs at least 10"
    ),
    "train --set data=idx": "data.path: name the folder of the four MNIST-format files",
    "train --set device=memristor": (
        "device.preset: there is no device preset 'memristor'; "
        "known are capacitor, ecram, ecram-mo, emulated, gokmen-vlasov, ideal, idealized, "
        "limited-10, limited-16, limited-4, limited-80, materials-ideal, mit-protonic, pcm, "
        "reram-array-hfo2, reram-array-om, reram-es, reram-sb, soft-bounds\n"
    ),
    "train --set bl": "--set bl: give key=value, as in tile.update.bl=4",
    "report nowhere": "nowhere: holds no finished run (no summary.json)",
    "verilog --set layer.0.inputs=200": "layer.0",
    "train --sed 1": "No such option: --sed",
}


@pytest.mark.parametrize("command", WRONG)
def test_a_wrong_input_gets_one_sentence_and_exit_code_2(run: Run, command: str) -> None:
    code, _, err = run(*command.split())
    assert code == 2
    assert err.startswith(f"pulsetrain: {WRONG[command]}")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not Path("runs").exists()


def test_a_truncated_idx_file_is_named(run: Run) -> None:
    folder = Path("data")
    folder.mkdir()
    idx(folder / "train-images-idx3-ubyte.gz", (2, 2, 2), bytes(7))
    idx(folder / "train-labels-idx1-ubyte.gz", (2,), bytes(2))
    code, _, err = run("train", "--set", "data.name=idx", "--set", "data.path=data")
    assert code == 2
    assert err == (
        "pulsetrain: data/train-images-idx3-ubyte.gz: "
        "holds 7 bytes of data, but its header says 8\n"
    )


def test_a_design_that_is_no_toml_is_named(run: Run) -> None:
    Path("bad.toml").write_text("layer = [")
    code, _, err = run("train", "bad.toml")
    assert code == 2
    assert err.startswith("pulsetrain: bad.toml: not a readable TOML file:")


@pytest.mark.parametrize("verb", ["train", "schedule", "verilog", "report"])
def test_help_shows_an_example(run: Run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert f"Example: pulsetrain {verb}" in out


def test_version_is_printed(run: Run) -> None:
    assert run("--version")[:2] == (0, f"pulsetrain {__version__}\n")


def test_an_interrupted_training_keeps_its_metrics(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.main", "train", "--out", str(tmp_path / "r")]
    keys = ["--set", "run.evaluate_every=200", "--set", "run.epochs=100000"]
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [*command, *keys], cwd=root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    metrics = tmp_path / "r" / "metrics.csv"
    deadline = time.monotonic() + 300
    while not metrics.exists() and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.endswith("start again with --force\n")
    assert "Traceback" not in err
    rows = metrics.read_text().splitlines()
    assert rows[1].split(",")[1] == "200"
    assert not list((tmp_path / "r").glob("*partial*"))


def test_forcing_into_a_run_keeps_the_design_that_was_read_from_it(run: Run) -> None:
    run("train", *FEW, "--out", "r", "--seed", "4")
    before = Path("r/metrics.csv").read_bytes()
    assert run("train", "r/design.toml", "--out", "r", "--force")[0] == 0
    assert Path("r/metrics.csv").read_bytes() == before
    assert not [path for path in Path("r").iterdir() if path.name.startswith(".")]


def test_refused_verilog_leaves_the_directory_alone(run: Run) -> None:
    run("train", *FEW, "--out", "r")
    before = sorted(Path("r").iterdir())
    wide = ["--set", "layer.0.inputs=200"]
    assert run("verilog", *wide, "--out", "r", "--force")[0] == 2
    assert sorted(Path("r").iterdir()) == before


@pytest.mark.parametrize("algorithm", ["digital-sgd", "analog-sgd"])
def test_a_training_that_diverges_says_so(run: Run, algorithm: str) -> None:
    keys = ("profile=behavioural", f"algorithm={algorithm}", "network.loss=mse", "run.samples=800")
    steep = ("layer.0.activation=linear", "layer.1.activation=linear", "algorithm.lr=100.0")
    linear = ("layer.2.activation=linear", "tile.noise_management=abs-max")
    sets = [word for key in (*keys, *steep, *linear) for word in ("--set", key)]
    code, _, err = run("train", *sets, "--out", "r")
    assert code == 2
    assert err == (
        "pulsetrain: algorithm.lr: training diverged within 800 samples at a rate of 100; "
        "lower it\n"
    )


@pytest.mark.parametrize("content", ["{}", "[]", '{"stages": 3}'])
def test_report_refuses_a_summary_without_its_keys(run: Run, content: str) -> None:
    run("train", *FEW, "--out", "a")
    Path("a/summary.json").write_text(content)
    code, _, err = run("report", "a")
    assert code == 2
    assert err.startswith("pulsetrain: a: a file of this run is damaged:")
    assert not Path("report.html").exists()


def test_report_refuses_metrics_without_their_columns(run: Run) -> None:
    run("train", *FEW, "--out", "a")
    Path("a/metrics.csv").write_text("epoch,samples\n1.0,60\n")
    code, _, err = run("report", "a")
    assert code == 2
    assert err == "pulsetrain: a: a file of this run is damaged: no 'cycles'\n"


def test_report_names_the_file_that_it_cannot_write(run: Run) -> None:
    run("schedule", "--samples", "9", "--out", "a")
    code, _, err = run("report", "a", "--out", "none/x.html")
    assert code == 2
    assert err == "pulsetrain: none/x.html: cannot be written: No such file or directory\n"


def test_a_design_with_a_byte_order_mark_is_read(run: Run) -> None:
    Path("bom.toml").write_bytes(b"\xef\xbb\xbfformat = 1 # \xc3\xa9\n")
    assert run("schedule", "bom.toml", "--samples", "9")[0] == 0


@pytest.mark.parametrize("text", ["layer = " + "[" * 3000, "format = " + "1" * 5000])
def test_extreme_toml_is_refused(run: Run, text: str) -> None:
    Path("deep.toml").write_text(text)
    code, _, err = run("train", "deep.toml")
    assert code == 2
    assert err.startswith("pulsetrain: deep.toml: not a readable TOML file")


def test_sequential_is_compared_under_the_same_arrivals(run: Run) -> None:
    slow = ("--set", "schedule.arrival_cycles=2000", "--samples", "50")
    run("schedule", *slow, "--set", "schedule=sequential", "--out", "a")
    run("schedule", *slow, "--out", "b")
    a, b = (json.loads(Path(f"{name}/summary.json").read_text()) for name in "ab")
    assert a["sequential_cycles"] == a["cycles"] == b["sequential_cycles"]
    assert b["cycles"] <= a["cycles"]
