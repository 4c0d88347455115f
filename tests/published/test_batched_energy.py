"""Energy to 97 % of Multi_Tile_TikiTaka (Jimenez Gallo & del Alamo), total_energy_summary_v1.csv.

784-256-128-10, 60000 samples an epoch, one replica; `epoch_energy_analog`, whose unit is not stated
and is taken as pJ: so its comments on pulses come out. It is F, B and U of every layer and sample,
U in proportion to the slots, and 133 pJ a sample of transfers and evaluations.
"""

from itertools import pairwise

import pytest

from models.design import make_design
from models.energy.account import energy_account
from models.energy.activity import activity
from models.tile import grid_config

#: Slots: epochs as logged, and analog energy of all epochs.
LOGS = {
    2: (101, 792246342060.922),
    5: (67, 1184531591244.374),
    10: (45, 1533247379492.49),
    31: (34, 3396394108427.826),
    100: (26, 8557607447706.771),
}
SAMPLES, REST = 60_000, 133


def picojoules_a_sample(slots: int) -> float:
    sizes = pairwise((784, 256, 128, 10))
    layers = [{"inputs": inputs, "outputs": outputs} for inputs, outputs in sizes]
    design = make_design(
        {
            "layer": layers,
            "tile": {"rows": 1024, "columns": 1024},
            "energy": {"preset": "mit-protonic-mnist"},
            "schedule": {"name": "async", "first_stage_backward": True},
        }
    )
    update = tuple(one * slots / 31 for one in design.energy.update_joules)
    energy = design.energy.model_copy(update={"update_joules": update})
    done = activity(design, [grid_config(design, stage) for stage in range(3)], 1)
    return energy_account(design, energy, done, "").amounts["tile"] * 1e12


@pytest.mark.parametrize("slots", [2, 5, 10, 100])
def test_the_ops_of_a_sample_take_the_logged_energy(slots):
    epochs, logged = LOGS[slots]
    assert logged / (epochs * SAMPLES) == pytest.approx(picojoules_a_sample(slots) + REST, abs=1)


def test_the_point_of_31_slots_is_of_33_epochs_not_34():
    """Its logged time, too, is 4 % below the fit with 34 epochs, and 1 % with 33 as the others."""
    epochs, logged = LOGS[31]
    found = picojoules_a_sample(31) + REST
    assert logged / ((epochs - 1) * SAMPLES) == pytest.approx(found, abs=1)
    assert logged / (epochs * SAMPLES) < 0.975 * found


def test_updates_take_most_of_the_energy():
    shares = [1 - 21317 / picojoules_a_sample(slots) for slots in LOGS]
    assert shares == sorted(shares)
    assert shares[0] > 0.8
    assert shares[3] > 0.98
