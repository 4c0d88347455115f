"""The clock's benchmark says what it measured."""

import re

from benchmarks import machine


def test_memory_does_not_grow_with_the_samples():
    assert machine.peak(4_000) < 1.3 * machine.peak(1_000) + 0.2


def test_a_thousand_million_samples_are_counted_from_their_period():
    """Stages of one length: one sample every F + B + U."""
    found = re.fullmatch(
        r"transient +\d+ samples, period +1: found in .* s, counted in .* s, ([0-9,]+) cycles",
        machine.laid_out("async", machine.equal(4)),
    )
    cycles = int(found[1].replace(",", ""))
    assert 0 <= cycles - 121 * 10**9 < 1_000


def test_what_has_no_period_says_so(monkeypatch):
    durations = machine.unequal(64)
    monkeypatch.setattr(machine, "THOUSAND_MILLION", 400)
    assert machine.laid_out("async", durations).startswith("no period within 4096 looks")


def test_rates_are_positive():
    assert machine.bare_events(8_000) > 0
