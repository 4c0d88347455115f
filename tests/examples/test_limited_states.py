"""Few states: four arrays beat Tiki-Taka, which beats Analog SGD, at equal samples."""

import pytest

from examples.limited_states import SETTINGS, trained


@pytest.mark.parametrize("states", [10, 4])
def test_more_arrays_make_more_of_few_states(states):
    """Means over five seeds, which the rates were not found with; Analog SGD loses on each."""
    analog, tiki, multi = (
        trained(states, rule) for rule in ("analog-sgd", "tiki-taka", "multi-tile")
    )
    assert max(analog.accuracies) < min(tiki.accuracies)
    assert tiki.mean + 1.0 < multi.mean
    assert SETTINGS[states]["multi-tile"][1]["tiles"] == 4
