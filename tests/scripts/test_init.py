from pathlib import Path

import pytest

from models.design import make_design, read_design


def test_the_written_design_is_the_default_and_trains(pulsetrain):
    code, out, _ = pulsetrain("init")
    assert (code, out) == (0, "wrote design.toml; try: pulsetrain check design.toml\n")
    assert read_design(Path("design.toml")) == make_design()
    few = ("--set", "run.samples=40", "--set", "data.limit=40", "--out")
    assert pulsetrain("train", "design.toml", *few, "a")[0] == 0
    assert pulsetrain("train", *few, "b")[0] == 0
    for name in ("metrics.csv", "design.toml"):
        assert Path("a", name).read_bytes() == Path("b", name).read_bytes()


def test_an_existing_file_is_kept_without_force(pulsetrain):
    Path("mine.toml").write_text("format = 1\n")
    code, _, err = pulsetrain("init", "mine.toml")
    assert code == 2
    assert err == "pulsetrain: mine.toml: exists already; give --force to overwrite it\n"
    assert Path("mine.toml").read_text() == "format = 1\n"
    assert pulsetrain("init", "mine.toml", "--force")[0] == 0
    assert Path("mine.toml").read_text().startswith("# A PulseTrain design.")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (".", ".: is a directory; name a file"),
        ("no/where.toml", "no/where.toml: cannot be written: No such file or directory"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(pulsetrain, name, sentence):
    code, _, err = pulsetrain("init", name)
    assert (code, err) == (2, f"pulsetrain: {sentence}\n")
