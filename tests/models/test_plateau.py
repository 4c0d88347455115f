"""When a warm start switches."""

import pytest

from models.plateau import stopped


@pytest.mark.parametrize(
    ("losses", "switches", "expected"),
    [
        ([1.0], 0, False),
        ([1.0, 0.9], 0, False),
        ([1.0, 0.9, 0.95], 3, True),
        ([1.0, 0.9, 0.95, 0.94], 3, False),
        ([1.0, 0.9, 0.95, 0.9, 0.95], 4, False),  # five losses are too few
        ([1.0, 1.1, 0.9, 0.8, 0.85, 0.8], 4, True),
        ([1.1, 0.9, 0.95, 0.8, 0.7, 0.6, 0.65], 4, True),
        ([1.1, 1.2, 0.95, 0.8, 0.7, 0.6, 0.65], 4, False),  # the first rise is out of the window
    ],
)
def test_a_loss_that_stopped_falling_switches(losses, switches, expected):
    assert stopped(losses, switches) is expected
