"""Measurements of a call: as many as asked for, and long work once."""

from benchmarks.clock import Job, measure


def test_a_call_is_measured_as_often_as_asked():
    assert len(measure(Job(lambda: sum(range(100))), 5)) == 5


def test_a_call_is_measured_twice_at_least():
    assert len(measure(Job(lambda: None), 0)) == 2


def test_a_long_job_is_called_once_and_gives_its_own_seconds():
    calls = []

    def call():
        calls.append(1)
        return 4.5

    assert measure(Job(call, long=True), 7) == [4.5]
    assert calls == [1]
