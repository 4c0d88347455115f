import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from plotly.offline import get_plotlyjs

from models.preset import preset_names
from models.version import __version__
from scripts.device import RESULTS
from scripts.main import main

Run = Callable[..., tuple[int, str, str]]
FEW = ("--devices", "20", "--pulses", "5")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pulsetrain", "device", *arguments])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return int(stop.value.code or 0), captured.out, captured.err

    return call


def summary(directory: str) -> dict:
    return json.loads(Path(directory, "summary.json").read_text())


def test_all_presets_are_compared(run: Run) -> None:
    code, out, _ = run("--all", *FEW)
    assert code == 0
    (directory,) = map(str, Path("runs").glob("device-all-*"))
    names = preset_names("device")
    for name in names:
        assert re.search(rf"^{name} ", out, re.MULTILINE)
    assert "* not verified: capacitor: lifetime; emulated: every value; ideal: every value; " in out
    assert [device["name"] for device in summary(directory)["devices"]] == names
    assert summary(directory)["version"] == __version__


def test_a_measurement_leaves_a_picture_a_page_and_all_figures(run: Run) -> None:
    code, out, _ = run("ecram", "pcm", *FEW)
    assert code == 0
    (directory,) = Path("runs").iterdir()
    assert re.fullmatch(r"device-ecram-pcm-[0-9a-f]{8}", directory.name)
    assert sorted(path.name for path in directory.iterdir()) == sorted(RESULTS)
    assert (directory / "device.png").read_bytes().endswith(b"IEND\xaeB`\x82")
    page = (directory / "device.html").read_text()
    assert page.endswith("</body></html>\n")
    assert not re.search(r"<script[^>]+src=|<link|<img|@import", page.replace(get_plotlyjs(), ""))
    assert f"wrote {directory}" in out


def test_without_a_name_the_default_device_is_measured(run: Run) -> None:
    assert run(*FEW, "--out", "r")[0] == 0
    assert [device["name"] for device in summary("r")["devices"]] == ["soft-bounds"]


def test_the_same_seed_gives_the_same_files(run: Run) -> None:
    for out, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        run("reram-es", *FEW, "--seed", seed, "--out", out)
    one, two, other = (Path(out, "summary.json").read_bytes() for out in "abc")
    assert one == two != other
    assert Path("a/device.png").read_bytes() == Path("b/device.png").read_bytes()


def test_the_directory_follows_whatever_changes_the_figures(run: Run) -> None:
    for more in ((), ("--seed", "3"), ("--set", "device.w_max=0.7"), ("--devices", "21")):
        assert run("ecram", *FEW, *more)[0] == 0
    assert len(list(Path("runs").iterdir())) == 4
    run("ecram", "pcm", "ideal", "idealized", "--devices", "2", "--pulses", "1")
    assert list(Path("runs").glob("device-ecram-and-3-more-*"))


def test_a_table_of_measured_parameters_stands_beside_a_preset(run: Run) -> None:
    Path("mine.toml").write_text(
        '[device]\npreset = "ecram"\ndw_min = 0.004\non_off_ratio = 12.5\n'
    )
    code, out, _ = run("mine.toml", "ecram", *FEW, "--out", "r")
    assert code == 0
    assert re.search(r"^mine +500 .* 12.5 *$", out, re.MULTILINE)
    mine, ecram = summary("r")["devices"]
    assert (mine["name"], mine["states"], mine["on_off_ratio"]) == ("mine", 500, 12.5)
    assert ecram["on_off_ratio"] is None


def test_a_whole_design_brings_its_device_and_seed(run: Run) -> None:
    Path("machine.toml").write_text(
        'format = 1\n[run]\nseed = 9\nout = "elsewhere"\n[device]\npreset = "pcm"\n'
        "[[layer]]\ninputs = 4\noutputs = 3\n"
    )
    run("machine.toml", *FEW, "--out", "a")
    run("pcm", *FEW, "--seed", "9", "--out", "b")
    (one,), (other,) = summary("a")["devices"], summary("b")["devices"]
    assert one["name"] == "machine"
    assert one | {"name": "pcm"} == other
    assert not Path("elsewhere").exists()


def test_an_override_changes_every_device(run: Run) -> None:
    run("ecram", "pcm", "--set", "device.dw_min_std=0.0", *FEW, "--out", "r")
    for device in summary("r")["devices"]:
        assert device["device"]["dw_min_std"] == 0
        assert device["up"]["cycle"] == 0


def test_files_of_one_name_are_told_apart_by_their_folders(run: Run) -> None:
    for folder in "ab":
        Path(folder).mkdir()
        Path(folder, "design.toml").write_text('[device]\npreset = "ideal"\n')
    run("a/design.toml", "b/design.toml", *FEW)
    (directory,) = Path("runs").iterdir()
    assert directory.name.startswith("device-a-design.toml-b-design.toml-")
    names = [device["name"] for device in summary(str(directory))["devices"]]
    assert names == ["a/design.toml", "b/design.toml"]


def test_an_existing_directory_is_kept_without_force(run: Run) -> None:
    run("ecram", *FEW, "--out", "r")
    before = Path("r/summary.json").read_bytes()
    code, _, err = run("pcm", *FEW, "--out", "r")
    assert (code, err) == (
        2,
        "pulsetrain: r: exists already; give --force to overwrite it, or another --out\n",
    )
    assert Path("r/summary.json").read_bytes() == before
    assert run("pcm", *FEW, "--out", "r", "--force")[0] == 0
    assert Path("r/summary.json").read_bytes() != before


WRONG = {
    "memristor": (
        "device.preset: there is no device preset 'memristor'; known are capacitor, ecram, "
        "ecram-mo, emulated, gokmen-vlasov, ideal, idealized, limited-10, limited-16, limited-4, "
        "limited-80, materials-ideal, mit-protonic, pcm, reram-array-hfo2, reram-array-om, "
        "reram-es, reram-sb, soft-bounds"
    ),
    "no.toml": "no.toml: there is no such file",
    "bad.toml": "bad.toml: device.dw_mim: there is no such key",
    "loose.toml": "loose.toml: dw_min: there is no such key",
    "ecram ecram": "ecram: is named twice",
    "ecram --set device.dw_min=0": (
        "ecram: device.dw_min: input should be greater than or equal to 0.000000001, not 0"
    ),
    "ideal --set device.gamma_up=1.0": (
        "ideal: device.gamma_up: the family 'constant-step' has no such key"
    ),
    "--set tile.update.bl=4": (
        "--set tile.update.bl=4: give a key of the devices named and its value, as in "
        "device.dw_min=0.002"
    ),
    "--set device.preset=pcm": (
        "--set device.preset=pcm: give a key of the devices named and its value, as in "
        "device.dw_min=0.002"
    ),
    "--set device.dw_min": (
        "--set device.dw_min: give a key of the devices named and its value, as in "
        "device.dw_min=0.002"
    ),
    "--devices 1": "Invalid value for '--devices': Input should be greater than or equal to 2",
    "--pulses 0": "Invalid value for '--pulses': Input should be greater than or equal to 1",
    "--seed -1": "soft-bounds: run.seed: input should be greater than or equal to 0, not -1",
}


@pytest.mark.parametrize("command", WRONG)
def test_a_wrong_input_gets_one_sentence_and_exit_code_2(run: Run, command: str) -> None:
    Path("bad.toml").write_text("[device]\ndw_mim = 0.1\n")
    Path("loose.toml").write_text("dw_min = 0.1\n")
    assert run(*command.split())[::2] == (2, f"pulsetrain: {WRONG[command]}\n")
    assert not Path("runs").exists()


def test_help_shows_an_example(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert "Example: pulsetrain device" in out
