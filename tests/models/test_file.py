"""Files are whole or absent, whatever interrupts the writing."""

import os
from pathlib import Path

import pytest

from models.error import DesignError
from models.file import write_bytes, write_text


def test_a_file_is_replaced_and_nothing_else_remains(tmp_path: Path) -> None:
    write_text(tmp_path / "a", "old")
    assert write_text(tmp_path / "a", "new").read_text() == "new"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_text_is_written_as_utf_8_and_bytes_as_they_are(tmp_path: Path) -> None:
    assert write_text(tmp_path / "a", "\u00b5\ud800\n").read_bytes() == b"\xc2\xb5?\n"
    assert write_bytes(tmp_path / "b", b"\x00\xff").read_bytes() == b"\x00\xff"


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_before_the_rename_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    write_text(tmp_path / "a", "old")

    def interrupted(_old: Path, _new: Path) -> None:
        raise stop

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(stop):
        write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"cannot be written: No such file or directory$"):
        write_text(tmp_path / "no" / "a", "text")
