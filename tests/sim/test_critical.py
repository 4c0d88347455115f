import random

import pytest

from models.design import make_design
from models.resource import one_array
from models.schedule import Op, schedule_rule
from models.section import Schedule
from models.way import Ways
from sim.critical import Paths
from sim.durations import Durations
from sim.log import OpLog
from sim.system import System, make_system
from tests.sim.machines import NAMES, draw_live_case


def system_of(rule, durations, resources=None, ways=None):
    stages = resources or one_array(rule.stages)
    own = ways or Ways.of(rule)
    return System((), rule, durations, stages, own, (), used_slots=False, retrying=False)


def paths(system, total, arrivals=None):
    return Paths(system, OpLog.join(system.machine(total, arrivals=arrivals).ops()))


def test_alone_a_sample_passes_all_stages_up_and_down():
    rule = schedule_rule(Schedule(name="sequential", link_cycles=2, loss_cycles=3), 3)
    found = paths(system_of(rule, Durations((4, 5, 6), (7, 8, 9), (1, 2, 3))), 4)
    path = found.of_sample(2)
    assert path.text == "F1 F2 F3 B3 U3 B2 U2 U1"
    assert path.cycles == 4 + 5 + 6 + 9 + 3 + 8 + 2 + 1 + 4 * 2 + 3
    assert [step.delay for step in path.steps] == [0, 2, 2, 3, 0, 2, 0, 2]
    assert found.of_batch(2) is None


def test_a_mini_batch_follows_its_slowest_stage():
    """One slow stage in the middle: every F and B of the mini-batch passes it in turn."""
    rule = schedule_rule(Schedule(name="fill-drain", N=4, first_stage_backward=True), 3)
    found = paths(system_of(rule, Durations((1, 9, 1), (1, 9, 1), (2, 2, 2))), 12)
    path = found.of_batch(5)
    assert path.text == "F1 F2x4 F3 B3 B2x4 B1 U1x4"
    assert path.what == "mini-batch 1"
    ops = [row for row in found.rows if 4 <= row[2] < 8]
    assert path.cycles == max(row[4] for row in ops) - min(row[3] for row in ops)


def test_in_a_full_pipeline_a_sample_waits_for_arrays():
    rule = schedule_rule(Schedule(name="async"), 3)
    path = paths(system_of(rule, Durations((4,) * 3, (4,) * 3, (4,) * 3)), 40).of_sample(20)
    assert {step.cause for step in path.steps} == {"start", "data", "array"}
    assert any(step.row[2] != 20 for step in path.steps)


@pytest.mark.parametrize("name", NAMES)
def test_a_path_has_no_gaps_and_is_as_long_as_what_it_explains(name):
    rng = random.Random(f"critical {name}")
    for _ in range(30):
        case = draw_live_case(rng, name)
        system = system_of(case.rule, case.durations, case.resources, case.ways)
        found = paths(system, case.total, case.arrivals)
        sample = rng.randrange(case.total)
        own = [row for row in found.rows if row[1] in (1, 2, 3) and row[2] == sample]
        path = found.of_sample(sample)
        assert path.cycles == max(row[4] for row in own) - min(row[3] for row in own)
        for before, step in zip(path.steps, path.steps[1:], strict=False):
            assert step.row[3] - step.delay == max(before.row[4], min(row[3] for row in own))
            assert step.delay >= 0
        assert path.steps[-1].row in own


def test_a_transfer_on_the_way_is_named():
    rule = {"name": "tiki-taka", "transfer_every": 1, "gamma": 0.5}
    design = make_design({"algorithm": rule, "schedule": {"name": "sequential"}})
    found = paths(make_system(design), 4)
    first = next(row for row in found.rows if row[1] == Op.TRANSFER)
    assert found._before(first)[0] == "data"
    assert found.of_sample(2).summary()["steps"][0]["after"] == "start"
