"""A side answers each request, and says in a sentence what it cannot do."""

import io
import json

from benchmarks.clock import Job
from benchmarks.server import Server


def make(work):
    if work["kind"] == "wrong":
        raise ValueError("no such work")
    calls = []
    return Job(lambda: calls.append(1), {"calls": calls} if work["kind"] == "count" else {})


def answers(*requests):
    replies = io.StringIO()
    lines = io.StringIO("".join(json.dumps(request) + "\n" for request in requests))
    Server(make, lambda: {"version": 3}).serve(lines, replies)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


def test_a_side_says_what_it_is():
    assert answers({"do": "about"}) == [{"about": {"version": 3}}]


def test_prepared_work_is_timed_under_its_name_until_it_is_dropped():
    prepare = {"do": "prepare", "name": "a", "work": {"kind": "plain"}}
    time = {"do": "time", "name": "a", "repeats": 4}
    found = answers(prepare, time, {"do": "drop"}, time)
    assert found[0] == {"facts": {}}
    assert 2 <= len(found[1]["seconds"]) <= 4
    assert all(second > 0 for second in found[1]["seconds"])
    assert found[2] == {}
    assert found[3] == {"error": "ValueError: there is nothing to time"}


def test_facts_that_a_call_adds_come_with_its_seconds():
    prepare = {"do": "prepare", "name": "a", "work": {"kind": "count"}}
    found = answers(prepare, {"do": "time", "name": "a", "repeats": 2})
    assert found[0] == {"facts": {"calls": []}}
    assert len(found[1]["facts"]["calls"]) >= 2 + 2  # trials and measurements


def test_a_failure_is_a_sentence_and_the_side_goes_on():
    wrong = {"do": "prepare", "name": "a", "work": {"kind": "wrong"}}
    assert answers(wrong, {"do": "dance"}, {"do": "about"}) == [
        {"error": "ValueError: no such work"},
        {"error": "ValueError: there is nothing to dance"},
        {"about": {"version": 3}},
    ]
