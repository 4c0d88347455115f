"""What the study of pipelining counts, and how long its windows wait."""

import pytest

from examples.pipelining import DEEP, cycles_a_sample
from models.design import read_design
from scripts.reproduce.pipeline import machine, windows


@pytest.mark.parametrize(("bl", "gain"), [(1, 1.35), (5, 1.28), (10, 1.23), (31, 1.13)])
def test_asynchronous_gains_less_over_synchronous_the_longer_the_trains(bl, gain):
    """Four stages, mini-batches of 8: the bubble of unit times, 1.375, is an upper bound."""
    found = {name: cycles_a_sample(machine(4, bl, name)) for name in ("fill-drain", "async")}
    assert found["fill-drain"] / found["async"] == pytest.approx(gain, abs=0.01)


def test_every_window_is_a_design_of_its_own():
    found = windows()
    assert len({str(read_design(DEEP, keys).schedule) for keys in found.values()}) == len(found)
