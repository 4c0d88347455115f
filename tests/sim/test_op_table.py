"""The table of all ops against the log it is made of."""

import random
import sys

import pytest
from pyarrow import parquet

from models.design import make_design
from models.error import DesignError
from models.schedule import Op
from sim.ledger import LETTERS, OPS
from sim.log import OpLog
from sim.op_table import OpTable, Versions
from sim.system import make_system
from sim.window import counted_ends
from tests.sim.machines import NAMES, draw_live_case
from tests.sim.test_period import rows

LETTER = dict(zip(map(int, OPS), LETTERS, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_versions_are_the_updates_that_count_by_an_ops_start(name):
    rng = random.Random(f"versions {name}")
    for _ in range(15):
        case = draw_live_case(rng, name)
        chunks = list(case.machine().ops(rng.randint(1, 40)))
        versions = Versions(case.rule.stages)
        found = [n for chunk in chunks for n in versions.of(chunk).tolist()]
        log = rows(OpLog.join(chunks))
        for (stage, _, _, start, _), version in zip(log, found, strict=True):
            ended = {r[2] for r in log if r[:2] == (stage, Op.UPDATE) and r[4] <= start}
            assert version == next(k for k in range(case.total + 1) if k not in ended)


@pytest.mark.parametrize("chunk", [1, 2, 3, 6])
def test_an_update_that_overtakes_counts_when_those_before_have_ended(chunk):
    flat = [0, 3, 0, 0, 10, 0, 3, 1, 1, 3, 0, 1, 2, 5, 6, 0, 1, 3, 10, 11, 0, 3, 2, 11, 12]
    log = OpLog.from_flat([*flat, 0, 1, 4, 12, 13])
    versions = Versions(1)
    parts = [versions.of(log[n : n + chunk]).tolist() for n in range(0, len(log), chunk)]
    assert [n for part in parts for n in part] == [0, 0, 0, 2, 2, 3]
    assert counted_ends(log, 0, 0).tolist() == [10, 10, 12]


def written(path, system, total, chunk):
    with OpTable(path, system, total) as table:
        for log in system.periodic(total).ops(chunk):
            table.feed(log)
    return parquet.read_table(path)


def test_the_table_holds_every_op_of_the_log_in_its_order(tmp_path):
    rule = {"name": "tiki-taka", "gamma": 0.0, "transfer_every": 2}
    system = make_system(make_design({"algorithm": rule}))
    found = written(tmp_path / "ops.parquet", system, 200, 37).to_pydict()
    log = rows(OpLog.join(system.machine(200).ops()))
    assert list(found) == ["stage", "op", "sample", "transfer", "start", "end", "version"]
    assert found["stage"] == [stage + 1 for stage, *_ in log]
    assert found["op"] == [LETTER[op] for _, op, *_ in log]
    assert (found["start"], found["end"]) == ([r[3] for r in log], [r[4] for r in log])
    moved = [row for row in log if row[1] == Op.TRANSFER]
    assert [n for n in found["transfer"] if n is not None] == [row[2] for row in moved]
    assert len(moved) == 300
    for (_, op, number, *_), sample in zip(log, found["sample"], strict=True):
        assert sample == number  # one vector a sample and one transfer an update
        assert op == Op.TRANSFER or sample < 200
    assert [path.name for path in tmp_path.iterdir()] == ["ops.parquet"]


def test_memory_does_not_grow_with_the_run(tmp_path):
    system = make_system(make_design({}))
    written(tmp_path / "ops.parquet", system, 20_000, 4096)
    groups = parquet.ParquetFile(tmp_path / "ops.parquet").metadata
    assert groups.num_rows == 20_000 * 8
    assert max(groups.row_group(n).num_rows for n in range(groups.num_row_groups)) == 4096


def test_what_stops_on_the_way_leaves_the_old_file_alone(tmp_path):
    system, path = make_system(make_design({})), tmp_path / "ops.parquet"
    path.write_text("old")
    ops = system.machine(10).ops()

    def stopped():
        with OpTable(path, system, 10) as table:
            table.feed(next(ops))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped()
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["ops.parquet"]


def test_without_pyarrow_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DesignError, match=r"^--ops: needs pyarrow, .*'pulsetrain\[parquet\]'$"):
        OpTable(tmp_path / "ops.parquet", make_system(make_design({})), 10)


def test_a_table_that_would_fill_the_disk_is_refused(tmp_path):
    with pytest.raises(DesignError, match="about 9,000,000,000 ops is too large"):
        OpTable(tmp_path / "ops.parquet", make_system(make_design({})), 1_000_000_000)
    assert not list(tmp_path.iterdir())


def test_a_table_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(DesignError, match=r"no/ops.parquet: cannot be written: No such file"):
        OpTable(tmp_path / "no" / "ops.parquet", make_system(make_design({})), 10)
