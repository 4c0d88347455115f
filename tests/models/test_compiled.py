from pathlib import Path

from models.compiled import STAMP, drop_stale, sources_digest


def _checkout(folder: Path) -> tuple[Path, Path]:
    sources, kept = folder / "sources", folder / "kept"
    (sources / "below").mkdir(parents=True)
    (sources / "caller.py").write_text("from below import callee")
    (sources / "below" / "callee.py").write_text("x = 1")
    kept.mkdir()
    return sources, kept


def test_compiled_code_stays_while_no_source_changes(tmp_path: Path) -> None:
    sources, kept = _checkout(tmp_path)
    assert drop_stale(sources, kept)
    (kept / "caller.run-1.py311.nbi").write_bytes(b"index")
    assert not drop_stale(sources, kept)
    assert (kept / "caller.run-1.py311.nbi").exists()


def test_a_changed_callee_drops_the_code_of_its_callers(tmp_path: Path) -> None:
    sources, kept = _checkout(tmp_path)
    drop_stale(sources, kept)
    names = ["caller.run-1.py311.nbi", "caller.run-1.py311.1.nbc", "caller.cpython-311.pyc"]
    for name in names:
        (kept / name).write_bytes(b"code")
    (sources / "below" / "callee.py").write_text("x = 2")
    assert drop_stale(sources, kept)
    assert [name for name in names if (kept / name).exists()] == ["caller.cpython-311.pyc"]
    assert (kept / STAMP).read_text() == sources_digest(sources)


def test_the_digest_sees_names_and_where_one_file_ends(tmp_path: Path) -> None:
    seen = set()
    for number, files in enumerate(({"a.py": "xy"}, {"b.py": "xy"}, {"a.py": "x", "b.py": "y"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        seen.add(sources_digest(folder))
    assert len(seen) == 3


def test_a_place_that_cannot_be_written_keeps_what_it_has(tmp_path: Path) -> None:
    sources, kept = _checkout(tmp_path)
    kept.rmdir()
    kept.write_text("a file where the folder would be")
    assert not drop_stale(sources, kept)
    assert kept.read_text() == "a file where the folder would be"
