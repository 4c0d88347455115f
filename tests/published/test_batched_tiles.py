"""Training times of Multi_Tile_TikiTaka (Jimenez Gallo & del Alamo), times_v1.csv and times_v2.csv.

784-256-128-10, 60000 samples an epoch, n replicas, pulse trains of BL slots; epochs and time to
97 % from its logs. Their unit is not stated; us fit pulses of 5 ns in three layers, one after
another.
"""

import numpy as np
import pytest

from models.preset import read_preset
from models.update_time import shared_sample_time

BL = (2, 5, 10, 31, 100)
#: By version and replicas: epochs, and time in 1e6.
LOGS = {
    (1, 1): ((101, 67, 45, 34, 26), (6.606, 4.565, 3.270, 3.023, 3.998)),
    (1, 8): ((94, 66, 53, 36, 26), (0.973, 0.864, 0.935, 1.319, 2.570)),
    (1, 32): ((99, 66, 50, 38, 28), (0.439, 0.474, 0.587, 1.167, 2.601)),
    (2, 1): ((101, 67, 45, 34, 26), (6.606, 4.565, 3.270, 3.023, 3.998)),
    (2, 8): ((246, 115, 79, 49, 36), (2.138, 1.044, 0.765, 0.594, 0.719)),
    (2, 32): ((535, 192, 107, 69, 49), (1.380, 0.518, 0.308, 0.243, 0.271)),
}
SAMPLES, READS, SLOT, REST = 60_000, 1.06, 0.0152, 0.01


def logged(version: int, replicas: int) -> np.ndarray:
    epochs, times = LOGS[version, replicas]
    return np.array(times) * 1e6 / (np.array(epochs) * SAMPLES)


@pytest.mark.parametrize(("version", "replicas"), LOGS)
def test_a_sample_takes_the_logged_time_within_4_percent(version, replicas):
    found = [shared_sample_time(READS, SLOT * bl, REST, replicas, version) for bl in BL]
    assert np.abs(found / logged(version, replicas) - 1).max() < 0.0405


def test_the_worst_point_is_better_by_an_epoch_less():
    """One replica and 31 slots: its energy is that of 33 epochs, not 34 (test_batched_energy)."""
    found = shared_sample_time(READS, SLOT * 31, REST, 1, 1)
    time = LOGS[1, 1][1][3] * 1e6
    assert found / (time / (34 * SAMPLES)) - 1 > 0.039
    assert abs(found / (time / (33 * SAMPLES)) - 1) < 0.01


@pytest.mark.parametrize("replicas", [1, 8, 32])
def test_a_slot_more_adds_a_pulse_of_5_ns_in_each_of_three_layers(replicas):
    """The slope, from times printed to 0.1 %."""
    pulse = read_preset("timing", "mit-protonic")["pulse_cycles"].value
    times = logged(1, replicas)
    slope = (times[-1] - times[0]) / (BL[-1] - BL[0])
    assert 1e3 * slope / 3 == pytest.approx(pulse, rel=0.015)


def test_replicas_that_update_one_array_gain_less_than_those_with_one_each():
    """Best times over n = 1 with 31 slots: 6.9 and 12.4 times."""
    alone = LOGS[1, 1][1][3]
    assert round(alone / min(LOGS[1, 32][1]), 1) == 6.9
    assert round(alone / min(LOGS[2, 32][1]), 1) == 12.4
    serial = [shared_sample_time(READS, SLOT * 31, REST, n, 1) for n in (1, 10**9)]
    assert serial[1] == pytest.approx(SLOT * 31 + REST)
    shared = shared_sample_time(READS, SLOT * 31, REST, 10**9, 2)
    assert shared == pytest.approx(REST, rel=1e-6)


def test_the_reads_of_the_preset_are_a_sixth_of_the_fit_s():
    entries = read_preset("timing", "mit-protonic")
    for key in ("forward_cycles", "backward_cycles"):
        assert entries[key].value == round(READS * 1e3 / 6)
