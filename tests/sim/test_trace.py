"""The trace of a window: slices, arrows and what stands between them."""

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from models.design import make_design
from models.energy.op import OpEnergy
from models.resource import one_array
from models.schedule import schedule_rule
from models.section import Schedule
from sim.durations import Durations
from sim.log import OpLog
from sim.machine import Machine
from sim.system import make_system
from sim.trace import write_trace
from sim.watch import Watch
from sim.window import Span

CLOCK_HZ = 250e6
STAGES = 3


class Run:
    """A machine that has run, with its log and a window."""

    def __init__(self, rule, durations, total, span=None):
        self.rule, watch = rule, Watch(span)
        self.log = OpLog.join(Machine(rule, durations, total, watch=watch).ops())
        self.window = watch.window

    def write(self, path, clock_hz=CLOCK_HZ):
        write_trace(path, self.window, clock_hz, one_array(self.rule.stages), self.rule)
        return read(path)


def run_of(first_stage_backward=True, span=None):
    rule = schedule_rule(Schedule(name="async", first_stage_backward=first_stage_backward), STAGES)
    return Run(rule, Durations((3, 4, 5), (3, 4, 5), (2, 1, 2)), 6, span)


@pytest.fixture(params=[True, False])
def run(request):
    return run_of(request.param)


def read(path):
    entries = json.loads(path.read_text())["traceEvents"]
    by_phase = defaultdict(list)
    for entry in entries:
        by_phase[entry["ph"]].append(entry)
    by_phase["op"] = [e for e in by_phase["X"] if e["cat"] in "FBUTP"]
    return by_phase


def test_every_op_is_one_slice_on_its_tile_in_microseconds(run, tmp_path):
    log, slices = run.log, run.write(tmp_path / "trace.json")["op"]
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


def test_tracks_are_named_after_their_stages(run, tmp_path):
    named = {
        (entry["name"], entry.get("tid")): entry["args"]
        for entry in run.write(tmp_path / "trace.json")["M"]
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


def test_arrows_follow_every_sample_up_and_down_the_stages(run, tmp_path):
    trace = run.write(tmp_path / "trace.json")
    paths = [[place for _, _, place in flow] for flow in flows(trace)]
    downs = range(STAGES) if run.rule.first_stage_backward else range(1, STAGES)
    for k in range(6):
        up = [("F", m, k) for m in range(STAGES)]
        down = [("B", m, k) for m in reversed(downs)]
        assert [*up, *down, ("U", 0, k)] in paths
        for m in range(1, STAGES):
            assert [("B", m, k), ("U", m, k)] in paths
    assert len(paths) == 6 * STAGES


def test_every_arrow_in_a_window_starts_and_finishes_in_it(tmp_path):
    run = run_of(span=Span(11, 40))
    trace = run.write(tmp_path / "trace.json")
    log = run.log
    inside = (log.end > 11) & (log.start < 40)
    assert [entry["args"]["start"] for entry in trace["op"]] == log.start[inside].tolist()
    assert trace["s"]
    for flow in flows(trace):
        phases = [phase for _, phase, _ in flow]
        assert phases == ["s", *("t" * (len(flow) - 2)), "f"]


def test_what_reaches_beyond_the_window_is_cut_but_tells_its_cycles(tmp_path):
    run = run_of(span=Span(11, 40))
    trace = run.write(tmp_path / "trace.json")
    cut = [e for e in trace["op"] if e["args"]["start"] < 11 or e["args"]["end"] > 40]
    assert cut
    for entry in cut:
        start, end = max(11, entry["args"]["start"]), min(40, entry["args"]["end"])
        assert entry["ts"] == pytest.approx(start * 0.004)
        assert entry["dur"] == pytest.approx((end - start) * 0.004)
    about = json.loads((tmp_path / "trace.json").read_text())["otherData"]
    assert about == {"clock_hz": CLOCK_HZ, "first_cycle": 11, "last_cycle": 40}


def test_the_trace_is_bounded_by_2000_ops_and_leaves_no_other_file(tmp_path):
    run = Run(schedule_rule(Schedule(name="async"), 1), Durations((2,), (2,), (2,)), 1500)
    (tmp_path / "trace.json").write_text("old")
    assert len(run.write(tmp_path / "trace.json", 1e9)["op"]) == 2000 < len(run.log)
    assert [path.name for path in tmp_path.iterdir()] == ["trace.json"]


def test_a_trace_that_cannot_be_written_leaves_the_old_one(tmp_path, run):
    (tmp_path / "trace.json").write_text("old")
    with pytest.raises(ValueError, match="fast"):
        run.write(tmp_path / "trace.json", "fast")
    assert (tmp_path / "trace.json").read_text() == "old"


def traced(path, total=20, **tables):
    """The trace of a design's run."""
    design, watch = make_design(tables), Watch()
    system = make_system(design)
    for _ in system.machine(total, watch=watch).ops():
        pass
    energy = None if design.energy is None else OpEnergy(design, system.grids)
    write_trace(path, watch.window, CLOCK_HZ, system.resources, system.rule, energy)
    return read(path)


def test_an_op_is_a_slice_on_every_array_that_it_holds_and_no_two_overlap(tmp_path):
    rule = {"name": "tiki-taka", "gamma": 0.0, "transfer_every": 2}
    bank = {"adc": {"bank": [1, 1, 2]}}
    trace = traced(tmp_path / "trace.json", algorithm=rule, tile=bank)
    names = {e["tid"]: e["args"]["name"] for e in trace["M"] if e["name"] == "thread_name"}
    held = defaultdict(set)
    for entry in trace["op"]:
        held[entry["cat"], names[entry["tid"]]].add((entry["args"]["start"], entry["args"]["end"]))
    assert {op for op, name in held if name == "stage 1 array 1"} == {"U", "T"}
    assert {op for op, name in held if name == "stage 1 array 2"} == {"F", "T"}
    assert {op for op, name in held if name == "adc 1"} == {"F", "B", "T"}
    for name in names.values():
        spans = sorted(span for (_, own), spans in held.items() if own == name for span in spans)
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_every_gap_says_what_the_array_waits_for(tmp_path):
    trace = traced(tmp_path / "trace.json", total=4, schedule={"name": "sequential"})
    waits = [e for e in trace["X"] if e["cat"] in ("wait", "idle")]
    first = [(e["name"], e["args"]["start"], e["args"]["end"]) for e in waits if e["tid"] == 2]
    assert first[0] == ("waits: input", 0, 80)
    assert first[-1][0] == "nothing left"
    assert {e["cname"] for e in waits} == {"grey", "white"}


def test_energy_is_counted_where_the_design_tells_it(tmp_path):
    joules = {"forward_joules": 1e-9, "backward_joules": 2e-9, "update_joules": 3e-9}
    trace = traced(tmp_path / "trace.json", energy=joules)
    counted = [entry["args"]["joules"] for entry in trace["C"] if entry["name"] == "energy"]
    assert counted[0] == 0.0
    assert counted == sorted(counted)
    # The default machine has three stages of one tile and one vector a sample, no B at the first.
    assert counted[-1] == pytest.approx(20 * (3 * 1e-9 + 2 * 2e-9 + 3 * 3e-9))
    assert "energy" not in {e["name"] for e in traced(tmp_path / "trace.json")["C"]}
