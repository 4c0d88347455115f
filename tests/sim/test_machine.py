import random
from heapq import heappush

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from models.schedule import CAUSES, Op, schedule_rule
from models.section import Schedule
from sim.durations import Durations
from sim.ledger import OPS
from sim.log import OpLog
from sim.machine import Machine
from tests.sim.machines import NAMES, draw_live_case


def rows(log):
    return list(zip(*(column.tolist() for column in log.columns()), strict=True))


def run(machine, chunk=1 << 16):
    return rows(OpLog.join(machine.ops(chunk)))


def counted(names, counts):
    return {name: n for name, n in zip(names, counts, strict=True) if n}


def assert_equal_to_oracle(case):
    machine, outcome = case.machine(), case.oracle().run()
    assert outcome.finished
    assert run(machine) == outcome.ops
    assert machine.cycles == outcome.cycles
    for m, stage in enumerate(machine.ledger.stages):
        assert [counted(CAUSES, array.stalled) for array in stage.arrays] == outcome.stalled[m]
        assert [counted(OPS, array.busy) for array in stage.arrays] == outcome.busy[m]
        assert [array.idle for array in stage.arrays] == outcome.idle[m]
        values, s = outcome.staleness[m], stage.staleness
        assert (s.least, s.most, s.total, s.reads) == (
            min(values),
            max(values),
            sum(values),
            len(values),
        )
    shared = {one.name: counted(OPS, one.busy) for one in machine.ledger.shared}
    assert shared == outcome.shared


@pytest.mark.parametrize("block", range(4))
@pytest.mark.parametrize("name", NAMES)
def test_events_in_two_phases_give_what_stepping_through_every_cycle_gives(name, block):
    rng = random.Random(f"{name} {block}")
    for _ in range(40):
        assert_equal_to_oracle(draw_live_case(rng, name))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(NAMES), st.randoms(use_true_random=False))
def test_no_small_machine_tells_the_two_accounts_apart(name, rng):
    assert_equal_to_oracle(draw_live_case(rng, name, most_stages=3, most_samples=6))


class Shuffled(Environment):
    """Serves the events of one cycle and phase in random order.

    All decisions are one phase, unless they claim shared resources: those go by stage.
    """

    def __init__(self, rng, shared):
        super().__init__()
        self.rng, self.last = rng, 1000 if shared else 2

    def schedule(self, event, priority=1, delay=0):
        entry = (self._now + delay, min(priority, self.last), self.rng.random(), event)
        heappush(self._queue, entry)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_events_within_a_phase_changes_nothing(name):
    rng = random.Random(name)
    for _ in range(30):
        case = draw_live_case(rng, name)
        machine = case.machine()
        expected = run(machine)
        shuffled = case.machine(environment=Shuffled(rng, bool(machine.resources.shared)))
        assert sorted(run(shuffled), key=lambda op: (op[3], op[0])) == expected
        assert shuffled.ledger == machine.ledger


def test_the_size_of_a_chunk_changes_nothing_and_every_chunk_but_the_last_is_full():
    case = draw_live_case(random.Random(3), "async", most_samples=40)
    expected = run(case.machine())
    for chunk in (1, 7, len(expected), len(expected) + 1):
        parts = list(case.machine().ops(chunk))
        assert rows(OpLog.join(parts)) == expected
        assert all(len(part) == chunk for part in parts[:-1])
        assert 0 < len(parts[-1]) <= chunk


def small_machine(**keywords):
    rule = schedule_rule(Schedule(name="async"), 2)
    return Machine(rule, Durations((3, 4), (3, 4), (2, 2)), 5, **keywords)


def test_every_op_is_shown_in_the_order_of_the_log_before_its_length_is_asked():
    seen, asked = [], []

    def length(stage, sample):
        assert seen[-1] == (stage, Op.UPDATE, sample)
        asked.append((stage, sample))
        return 1 + (stage + sample) % 3

    machine = small_machine(update_length=length, on_start=lambda *op: seen.append(op))
    ops = run(machine)
    assert seen == [op[:3] for op in ops]
    assert sorted(asked) == [(m, k) for m in range(2) for k in range(5)]
    for stage, op, sample, start, end in ops:
        if op == Op.UPDATE:
            assert end - start == 1 + (stage + sample) % 3


def test_constant_lengths_asked_at_the_start_equal_constant_lengths_given():
    given, asked = small_machine(), small_machine(update_length=lambda stage, sample: 2)
    assert run(given) == run(asked)
    assert given.ledger == asked.ledger


def test_op_codes_in_the_log_are_those_of_the_analog_port():
    ops = run(small_machine())
    assert ops[0] == (0, Op.FORWARD, 0, 0, 3)
    assert {op[1] for op in ops if op[0] == 0} == {Op.FORWARD, Op.UPDATE}
    assert next(small_machine().ops()).op.dtype == np.int64


def test_a_machine_that_cannot_finish_says_where_samples_are_left():
    rule = schedule_rule(Schedule(name="fill-drain", N=3, W=2), 2)
    machine = Machine(rule, Durations((3, 4), (3, 4), (2, 2)), 5)
    with pytest.raises(RuntimeError, match=r"^deadlock in cycle 11: \[5, 5\] samples are left"):
        run(machine)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"durations": Durations((1,), (1,), (1,))}, "durations of 1 stages for a rule of 2"),
        ({"total": 0}, "a machine trains on at least one sample, not 0"),
        ({"arrivals": [0, 1]}, "2 arrivals for 3 samples"),
        ({"arrivals": [0, 2, 1]}, "arrivals must not be negative nor decrease"),
        ({"arrivals": [-1, 2, 3]}, "arrivals must not be negative nor decrease"),
    ],
)
def test_a_machine_refuses_what_it_cannot_run(keywords, message):
    rule = schedule_rule(Schedule(name="async"), 2)
    given = {"durations": Durations((1, 1), (1, 1), (1, 1)), "total": 3, **keywords}
    with pytest.raises(ValueError, match=f"^{message}$"):
        Machine(rule, **given)


def test_durations_are_at_least_a_cycle_and_one_a_stage():
    with pytest.raises(ValueError, match=r"^durations: every update takes at least one cycle$"):
        Durations((1, 1), (1, 1), (1, 0))
    with pytest.raises(ValueError, match=r"one entry a stage$"):
        Durations((1, 1), (1,), (1, 1))


def test_an_update_of_no_cycles_is_refused_when_it_starts():
    with pytest.raises(ValueError, match=r"^an op of 0 cycles at stage 0: at least 1 is needed"):
        run(small_machine(update_length=lambda stage, sample: 0))


def test_the_ledger_is_open_until_the_last_op_is_taken():
    machine = small_machine()
    with pytest.raises(RuntimeError, match=r"^the ledger is closed when"):
        _ = machine.cycles
    assert next(machine.ops(4)) is not None
    with pytest.raises(RuntimeError, match=r"^the ledger is closed when"):
        _ = machine.ledger
