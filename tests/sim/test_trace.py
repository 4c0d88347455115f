import json
from collections import defaultdict
from itertools import pairwise

import pytest

from models.design import make_design
from models.resource import one_array
from models.schedule import Op, schedule_rule
from models.section import Schedule
from sim.durations import Durations
from sim.log import OpLog
from sim.machine import Machine
from sim.system import make_system
from sim.trace import write_trace

CLOCK_HZ = 250e6
STAGES = 3


@pytest.fixture(params=[True, False])
def log(request):
    rule = schedule_rule(Schedule(name="async", first_stage_backward=request.param), STAGES)
    return OpLog.join(Machine(rule, Durations((3, 4, 5), (3, 4, 5), (2, 1, 2)), 6).ops())


def read(path):
    entries = json.loads(path.read_text())["traceEvents"]
    by_phase = defaultdict(list)
    for entry in entries:
        by_phase[entry["ph"]].append(entry)
    return by_phase


def test_every_op_is_one_slice_on_its_tile_in_microseconds(log, tmp_path):
    write_trace(tmp_path / "trace.json", log, CLOCK_HZ, one_array(STAGES))
    slices = read(tmp_path / "trace.json")["X"]
    assert len(slices) == len(log)
    for i, entry in enumerate(slices):
        assert entry["tid"] == log.stage[i]
        assert entry["name"] == f"{'?FBU'[log.op[i]]} {log.sample[i]}"
        assert entry["ts"] == pytest.approx(log.start[i] * 0.004)
        assert entry["dur"] == pytest.approx((log.end[i] - log.start[i]) * 0.004)
        assert entry["args"] == {
            "sample": log.sample[i],
            "start": log.start[i],
            "end": log.end[i],
        }


def test_tracks_are_named_after_their_stages(log, tmp_path):
    write_trace(tmp_path / "trace.json", log, CLOCK_HZ, one_array(STAGES))
    named = {
        (entry["name"], entry.get("tid")): entry["args"]
        for entry in read(tmp_path / "trace.json")["M"]
    }
    assert named["process_name", None] == {"name": "machine"}
    assert [named["thread_name", m]["name"] for m in range(STAGES)] == [
        "stage 1",
        "stage 2",
        "stage 3",
    ]


def bound_slice(entry, slices):
    """The one slice a flow entry lies in."""
    inside = [
        s for s in slices if s["tid"] == entry["tid"] and s["ts"] < entry["ts"] < s["ts"] + s["dur"]
    ]
    assert len(inside) == 1
    return inside[0]["cat"], inside[0]["tid"], inside[0]["args"]["sample"]


def flows(trace):
    """Bound slices of each flow, in order of time, with its phases."""
    found = defaultdict(list)
    for phase in "stf":
        for entry in trace[phase]:
            found[entry["id"]].append((entry["ts"], phase, bound_slice(entry, trace["X"])))
    return [sorted(flow) for flow in found.values()]


def test_arrows_follow_every_sample_up_and_down_the_stages(log, tmp_path):
    write_trace(tmp_path / "trace.json", log, CLOCK_HZ, one_array(STAGES))
    paths = [[place for _, _, place in flow] for flow in flows(read(tmp_path / "trace.json"))]
    downs = range(STAGES) if Op.BACKWARD in log.op[log.stage == 0] else range(1, STAGES)
    for k in range(6):
        up = [("F", m, k) for m in range(STAGES)]
        down = [("B", m, k) for m in reversed(downs)]
        assert [*up, *down, ("U", 0, k)] in paths
        for m in range(1, STAGES):
            assert [("B", m, k), ("U", m, k)] in paths
    assert len(paths) == 6 * STAGES


def test_every_arrow_in_a_window_starts_and_finishes_in_it(log, tmp_path):
    write_trace(tmp_path / "trace.json", log, CLOCK_HZ, one_array(STAGES), first=9, count=17)
    trace = read(tmp_path / "trace.json")
    assert [entry["args"]["start"] for entry in trace["X"]] == log.start[9:26].tolist()
    assert trace["s"]
    for flow in flows(trace):
        phases = [phase for _, phase, _ in flow]
        assert phases == ["s", *("t" * (len(flow) - 2)), "f"]


def test_the_trace_is_bounded_by_2000_ops_and_leaves_no_other_file(tmp_path):
    rule = schedule_rule(Schedule(name="async"), 1)
    log = OpLog.join(Machine(rule, Durations((2,), (2,), (2,)), 1500).ops())
    (tmp_path / "trace.json").write_text("old")
    write_trace(tmp_path / "trace.json", log, 1e9, one_array(1))
    assert len(read(tmp_path / "trace.json")["X"]) == 2000 < len(log)
    assert [path.name for path in tmp_path.iterdir()] == ["trace.json"]


def test_a_trace_that_cannot_be_written_leaves_the_old_one(tmp_path, log):
    (tmp_path / "trace.json").write_text("old")
    with pytest.raises(TypeError):
        write_trace(tmp_path / "trace.json", log, "fast", one_array(STAGES))
    assert (tmp_path / "trace.json").read_text() == "old"


def test_an_op_is_a_slice_on_every_array_that_it_holds_and_no_two_overlap(tmp_path):
    rule = {"name": "tiki-taka", "gamma": 0.0, "transfer_every": 2}
    design = make_design({"algorithm": rule, "tile": {"adc": {"bank": [1, 1, 2]}}})
    system = make_system(design)
    log = OpLog.join(system.machine(20).ops())
    write_trace(tmp_path / "trace.json", log, CLOCK_HZ, system.resources)
    trace = read(tmp_path / "trace.json")
    names = {e["tid"]: e["args"]["name"] for e in trace["M"] if e["name"] == "thread_name"}
    held = defaultdict(set)
    for entry in trace["X"]:
        held[entry["cat"], names[entry["tid"]]].add((entry["args"]["start"], entry["args"]["end"]))
    assert {op for op, name in held if name == "stage 1 array 1"} == {"U", "T"}
    assert {op for op, name in held if name == "stage 1 array 2"} == {"F", "T"}
    assert {op for op, name in held if name == "adc 1"} == {"F", "B", "T"}
    for name in names.values():
        spans = sorted(span for (_, own), spans in held.items() if own == name for span in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
