"""Records of runs: kept whole, and compared bit by bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.error import DesignError
from models.record import Record, compare


def record() -> Record:
    ops = np.array([[0, 1, 0, 0, 5], [1, 1, 0, 7, 12]])
    weights = [np.zeros((2, 3, 4), np.float32), np.ones((2, 4, 2), np.float32)]
    return Record(ops, np.array([[3, -4]]), weights, 10, 12, {"clocks": 40.0})


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = Record.read(record().write(tmp_path / "r.npz"))
    assert all(one.difference is None for one in compare(found, record()))
    assert (found.every, found.cycles, found.extra) == (10, 12, {"clocks": 40.0})


def differing(**changes: object) -> list[str]:
    found = compare(replace(record(), **changes), record())
    return [f"{one.name}: {one.difference}" for one in found if one.difference is not None]


def test_one_bit_of_anything_is_a_difference() -> None:
    late = record().ops.copy()
    late[1, 3] += 1
    assert differing(ops=late) == [
        "starts and ends of ops: op 1, element 3: 8 against 7 of the model"
    ]
    other = [own.copy() for own in record().weights]
    other[1][1, 2, 1] = np.nextafter(np.float32(1.0), np.float32(2.0))
    assert len(differing(weights=other)) == 1
    assert differing(outputs=np.array([[3, -5]])) == [
        "outputs: sample 0, element 1: -5 against -4 of the model"
    ]
    assert differing(cycles=13) == ["cycles: 13 against 12"]


def test_missing_ops_are_a_difference() -> None:
    assert differing(ops=record().ops[:1]) == [
        "starts and ends of ops: (1, 5) against (2, 5) of the model"
    ]


def test_a_file_that_is_not_whole_is_refused_by_name(tmp_path: Path) -> None:
    path = record().write(tmp_path / "r.npz")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DesignError, match=r"r\.npz: is no whole record"):
        Record.read(path)
    with pytest.raises(DesignError, match=r"s\.npz: is not there"):
        Record.read(tmp_path / "s.npz")
