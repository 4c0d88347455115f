"""The update times of Rasch et al. (2024), Table 1, from the simulated clock.

One array, one sample at a time, trains of 5 slots of 5 ns; F and B, 40 ns each, are taken off. The
clock counts whole cycles of 1 ns, so that every digital step is rounded up.
"""

import pytest

from models.design import make_design
from sim.system import make_system

N, SAMPLES = 512, 1000
#: Printed times in ns, and their whole steps: pulses, digital work, half a transfer.
PRINTED = {
    "analog-sgd": (30.9, 25 + 6),
    "tiki-taka-2": (56.3, 25 + 6 + (40 + 6 + 5) / 2),
    "chopped-tiki-taka-2": (56.3, 25 + 6 + (40 + 6 + 5) / 2),
    "agad": (62.1, 25 + 6 + (40 + 18 + 5) / 2),
}


def update_cycles(rule: str, **keys) -> float:
    """Cycles a sample of a sequential machine, without those of its reads."""
    algorithm = {"name": rule} | ({} if rule == "analog-sgd" else {"transfer_every": 2})
    design = make_design(
        {
            "layer": [{"inputs": N, "outputs": N, "activation": "linear"}],
            "tile": {"rows": N, "columns": N, "update": {"bl": 5}},
            "schedule": {"name": "sequential", "first_stage_backward": True},
            "timing": {"preset": "rasch2024"},
            "algorithm": algorithm | keys,
        }
    )
    return make_system(design).periodic(SAMPLES).account().cycles / SAMPLES - 2 * 40


@pytest.mark.parametrize("rule", PRINTED)
def test_an_update_takes_the_printed_time_but_for_the_rounding_of_each_step(rule):
    printed, whole = PRINTED[rule]
    assert update_cycles(rule) == pytest.approx(whole)
    assert 0.0 <= whole - printed < 1.0


def test_transfers_overlap_nothing_where_samples_go_one_by_one():
    assert update_cycles("agad", transfer_every=4) == 25 + 6 + (40 + 18 + 5) / 4
