"""Digital steps of transfers that several rules share; plain Python on numbers, compiled too."""

import math
from typing import Any


def take_all(
    read: Any, gathered: Any, _own: Any, _constants: Any, _sign: float, _flip: float
) -> None:
    """Add what was read."""
    for j in range(len(read)):
        gathered[j] += read[j]


def give_all(gathered: Any, _constants: Any, wanted: Any) -> None:
    """Give what was gathered, and keep nothing."""
    for j in range(len(gathered)):
        wanted[j] = gathered[j]
        gathered[j] = 0.0


def give_pulses(gathered: Any, constants: Any, wanted: Any) -> None:
    """Give the whole pulses of what was gathered, no more than constant 0, and keep the rest."""
    most = constants[0]
    for j in range(len(gathered)):
        held = gathered[j]
        pulses = float(math.trunc(min(max(held, -most), most)))
        gathered[j] = held - pulses
        wanted[j] = pulses
