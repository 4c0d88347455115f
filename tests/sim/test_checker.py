import random
from dataclasses import replace

import pytest

from sim.log import OpLog
from tests.sim.checker import Checker, IllegalError
from tests.sim.machines import NAMES, draw_live_case
from tests.sim.oracle import plain_claims


def rows_of(case):
    log = OpLog.join(case.machine().ops())
    return list(zip(*(column.tolist() for column in log.columns()), strict=True))


def judge(case, rows):
    Checker(case, rows, case.claims or plain_claims(case.rule.stages)).check()


@pytest.mark.parametrize("block", range(2))
@pytest.mark.parametrize("name", NAMES)
def test_every_op_is_legal_and_none_could_have_started_earlier(name, block):
    rng = random.Random(f"checker {name} {block}")
    for _ in range(40):
        case = draw_live_case(rng, name, most_stages=4, most_samples=10)
        judge(case, rows_of(case))


@pytest.mark.parametrize("shift", [-1, 1, 5])
@pytest.mark.parametrize("name", NAMES)
def test_an_op_moved_by_a_cycle_is_caught(name, shift):
    """One op in the middle of the run starts and ends a little earlier or later than it should."""
    rng = random.Random(f"moved {name} {shift}")
    for _ in range(15):
        case = draw_live_case(rng, name, most_stages=3, most_samples=8)
        rows = rows_of(case)
        place = rng.randrange(len(rows))
        stage, op, number, start, end = rows[place]
        if start + shift < 0:
            continue
        rows[place] = stage, op, number, start + shift, end + shift
        with pytest.raises(IllegalError):
            judge(case, rows)


def test_an_op_left_out_or_doubled_is_caught():
    case = draw_live_case(random.Random(5), "async")
    rows = rows_of(case)
    for wrong in (rows[1:], [*rows, rows[-1]]):
        with pytest.raises(IllegalError, match=r"^ops are missing, or too many$"):
            judge(case, wrong)


def test_two_ops_that_change_places_are_caught():
    """A stage that serves the second in priority first makes legal ops in the wrong order."""
    rng, caught = random.Random(9), 0
    while caught < 10:
        case = draw_live_case(rng, "async", most_stages=3, most_samples=8)
        first, *others = case.rule.priority
        other = replace(case, rule=replace(case.rule, priority=(*others, first)))
        rows = rows_of(other)
        if rows != rows_of(case):
            with pytest.raises(IllegalError, match="could have started in cycle"):
                judge(case, rows)
            caught += 1
