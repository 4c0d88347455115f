"""Joules of single ops add up to the account of the whole run."""

import pytest

from models.design import make_design
from models.energy.account import energy_account
from models.energy.activity import activity
from models.energy.op import LEFT_OUT, OpEnergy
from models.schedule import Op
from models.tile import grid_config

PARTS = {
    "read_device_joules": 1e-15,
    "drive_bit_joules": 3e-15,
    "dac_joules": 1e-13,
    "adc_joules": 2e-12,
    "update_line_watts": 1e-6,
    "digital_joules": 1e-12,
    "memory_bit_joules": 1e-15,
    "link_bit_joules": 2e-15,
}
WHOLE = {"forward_joules": 1e-9, "backward_joules": 2e-9, "update_joules": 3e-9}
RULES = {
    "analog-sgd": {},
    "tiki-taka": {"transfer_every": 2},
    "tiki-taka-2": {"transfer_every": 3},
    "mixed-precision": {},
    "digital-sgd": {},
    "batched-agad": {},
}


def ops_of(design, total):
    """Every op that a run of so many samples has, with its number."""
    transfers = design.arrangement.transfers
    for stage in range(design.stages):
        for sample in range(total):
            yield stage, Op.FORWARD, sample
            if stage or design.schedule.first_stage_backward:
                yield stage, Op.BACKWARD, sample
            yield stage, Op.UPDATE, sample
        updates = total * design.parts[stage].errors
        for place, one in enumerate(transfers):
            for turn in range(updates // one.every):
                number = ((turn + 1) * one.every - 1) * len(transfers) + place
                yield stage, Op.TRANSFER, number


@pytest.mark.parametrize("first_stage_backward", [False, True])
@pytest.mark.parametrize("energy", [PARTS, WHOLE], ids=["parts", "whole"])
@pytest.mark.parametrize("rule", RULES)
def test_ops_add_up_to_the_run(rule, energy, first_stage_backward):
    schedule = {"name": "async", "first_stage_backward": first_stage_backward}
    algorithm = {"name": rule, **RULES[rule]}
    tile = {"rows": 40, "columns": 50}
    design = make_design(
        {"energy": energy, "algorithm": algorithm, "schedule": schedule, "tile": tile}
    )
    grids, total = [grid_config(design, stage) for stage in range(design.stages)], 41
    one = OpEnergy(design, grids)
    found = sum(one.joules(*op) for op in ops_of(design, total))
    account = energy_account(design, design.energy, activity(design, grids, total), LEFT_OUT)
    assert found == pytest.approx(account.total, rel=1e-9)


def test_programming_is_not_in_the_account():
    design = make_design({"energy": PARTS})
    grids = [grid_config(design, stage) for stage in range(design.stages)]
    assert OpEnergy(design, grids).joules(0, Op.PROGRAM, 0) == 0.0
