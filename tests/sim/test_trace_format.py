"""Every event of random machines' traces keeps the rules of the Trace Event Format."""

import json
import random
from collections import Counter, defaultdict
from itertools import pairwise
from math import floor, isfinite

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.resource import one_array
from models.schedule import CAUSES
from sim.event import Times
from sim.trace import write_trace
from sim.watch import Watch
from sim.window import Span
from tests.sim.machines import NAMES, draw_live_case

CLOCKS = (1e9, 250e6, 76.6e6, 3e9, 50.0)

#: Keys that an event must have, and those that it may have, by its phase.
KEYS = {
    "M": ({"ph", "pid", "name", "args"}, {"tid"}),
    "X": ({"ph", "pid", "tid", "name", "cat", "ts", "dur", "args"}, {"cname"}),
    "C": ({"ph", "pid", "name", "ts", "args"}, set()),
    "s": ({"ph", "pid", "tid", "name", "cat", "id", "ts"}, set()),
    "t": ({"ph", "pid", "tid", "name", "cat", "id", "ts", "bp"}, set()),
    "f": ({"ph", "pid", "tid", "name", "cat", "id", "ts", "bp"}, set()),
}


def nanoseconds(microseconds):
    """As Perfetto reads a time."""
    return floor(microseconds * 1000.0)


def check_keys(events):
    for event in events:
        needed, more = KEYS[event["ph"]]
        assert needed <= event.keys() <= needed | more
        assert isinstance(event["pid"], int)
        assert isinstance(event["name"], str)
        assert event["name"]
        for key in ("ts", "dur"):
            if key in event:
                assert isinstance(event[key], int | float)
                assert isfinite(event[key])
                assert event[key] >= 0


def check_slices(slices):
    """Slices of a track come one after the other, as read to the nanosecond."""
    tracks = defaultdict(list)
    for event in slices:
        start = nanoseconds(event["ts"])
        tracks[event["pid"], event["tid"]].append((start, start + nanoseconds(event["dur"])))
    for spans in tracks.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(spans)))


def check_tiles(slices, window, resources, clock_hz):
    """Ops, waits and what is left fill each array's track, cycle by cycle."""
    tracks = defaultdict(list)
    for event in slices:
        start, end = event["args"]["start"], event["args"]["end"]
        start, end = max(start, window.first), min(end, window.last)
        assert abs(event["ts"] - start * 1e6 / clock_hz) < 1e-6 * max(1.0, event["ts"])
        assert abs(event["dur"] - (end - start) * 1e6 / clock_hz) < 1e-6 * max(1.0, event["dur"])
        tracks[event["tid"]].append((start, end))
    for track in range(resources.first_shared):
        spans = sorted(tracks[track])
        assert (spans[0][0], spans[-1][1]) == (window.first, window.last)
        assert all(a[1] == b[0] for a, b in pairwise(spans))


def check_flows(events):
    """A flow starts, goes on and finishes, each time within a slice of an op."""
    slices, flows = defaultdict(list), defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            slices[event["tid"]].append(event)
        elif event["ph"] in "stf":
            flows[event["id"]].append(event)
    for flow in flows.values():
        assert "".join(event["ph"] for event in flow) == "s" + "t" * (len(flow) - 2) + "f"
        assert [e["ts"] for e in flow] == sorted(e["ts"] for e in flow)
        assert len({(e["name"], e["cat"]) for e in flow}) == 1
        for event in flow:
            assert event["ph"] == "s" or event["bp"] == "e"
            around = [
                one
                for one in slices[event["tid"]]
                if one["ts"] <= event["ts"] <= one["ts"] + one["dur"]
            ]
            assert [one["cat"] in "FBU" for one in around] == [True]
            assert event["name"] == f"sample {around[0]['args']['sample']}"


def check_counters(counters, window, clock_hz):
    last = {}
    for event in counters:
        assert len(event["args"]) == 1
        assert all(isinstance(value, int | float) for value in event["args"].values())
        key = event["pid"], event["name"]
        assert key not in last or nanoseconds(event["ts"]) >= nanoseconds(last[key])
        assert key not in last or event["ts"] > last[key]
        last[key] = event["ts"]
        cycle = event["ts"] * clock_hz / 1e6
        assert window.first - 1e-3 <= cycle <= window.last + 1e-3


def check_names(events, resources):
    named = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert tuple(named[place] for place in range(len(named))) == resources.names
    assert {e["tid"] for e in events if e["ph"] == "X"} <= named.keys()


def draw_traced(seed):
    """A random machine and a window of its run."""
    rng = random.Random(seed)
    case, watch = draw_live_case(rng, rng.choice(NAMES)), Watch()
    machine = case.machine(watch=watch)
    for _ in machine.ops():
        pass
    span = Span(rng.randrange(machine.cycles), rng.randint(1, 9) + machine.cycles)
    if rng.random() < 0.7:
        span = Span(span.first, rng.randint(span.first + 1, machine.cycles))
    watch = Watch(span)
    for _ in case.machine(watch=watch).ops(rng.randint(1, 200)):
        pass
    return case, watch.window


def test_events_keep_the_rules_of_the_format(tmp_path):
    seen = Counter()

    @settings(max_examples=400, deadline=None, derandomize=True)
    @example(205, 1e9)  # where an array waits for a transfer of others
    @given(st.integers(0, 2**32), st.sampled_from(CLOCKS))
    def check(seed, clock_hz):
        case, window = draw_traced(seed)
        resources = case.resources or one_array(case.rule.stages)
        write_trace(tmp_path / "trace.json", window, clock_hz, resources, case.rule)
        events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
        slices = [event for event in events if event["ph"] == "X"]
        check_keys(events)
        check_names(events, resources)
        check_slices(slices)
        check_tiles(slices, window, resources, clock_hz)
        check_flows(events)
        check_counters([e for e in events if e["ph"] == "C"], window, clock_hz)
        seen.update(event["name"] if event["cat"] == "wait" else event["cat"] for event in slices)
        seen["shared"] += len(resources.names) > resources.first_shared
        seen["arrays"] += resources.first_shared > case.rule.stages

    check()
    causes = (f"waits: {cause}" for cause in CAUSES)
    assert not [name for name in (*"FBUTP", "idle", "shared", "arrays", *causes) if not seen[name]]


def test_busy_waiting_and_idle_of_a_whole_trace_are_those_of_the_ledger(tmp_path):
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.integers(0, 2**32))
    def check(seed):
        rng = random.Random(seed)
        case, watch = draw_live_case(rng, rng.choice(NAMES)), Watch()
        machine = case.machine(watch=watch)
        for _ in machine.ops():
            pass
        write_trace(tmp_path / "t.json", watch.window, 1e9, machine.resources, case.rule)
        events = json.loads((tmp_path / "t.json").read_text())["traceEvents"]
        cycles = Counter()
        for event in events:
            if event["ph"] == "X":
                name = event["name"] if event["cat"] in ("wait", "idle") else event["cat"]
                cycles[event["tid"], name] += event["args"]["end"] - event["args"]["start"]
        arrays = [own for stage in machine.ledger.stages for own in stage.arrays]
        for place, own in enumerate(arrays):
            for letter, busy in zip("FBUTP", own.busy, strict=True):
                assert cycles[place, letter] == busy
            for cause, stalled in zip(CAUSES, own.stalled, strict=True):
                assert cycles[place, f"waits: {cause}"] == stalled
            assert cycles[place, "nothing left"] == own.idle

    check()


@pytest.mark.parametrize("clock_hz", [1e9, 5e8, 250e6])
def test_whole_nanoseconds_survive_a_readers_product_deep_in_a_run(clock_hz):
    times, each = Times(clock_hz, 0, 1 << 60), round(1e9 / clock_hz)
    rng = random.Random("times")
    cycles = [*range(5000), *(rng.randrange(10**12) for _ in range(20_000))]
    assert all(nanoseconds(times.microseconds(n)) == n * each for n in cycles)
    # Quotients as they come are not all of that kind.
    assert any(nanoseconds(n * each / 1000) != n * each for n in cycles)
