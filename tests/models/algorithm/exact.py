"""A layer whose pulses, devices and converters are exact: a rule's equations hold to rounding.

Updates and transfers of `writes = "pulses"` are ideal, devices of constant step without spreads,
inputs and errors short binary fractions; a read is rounded to an ADC code of 16 bits.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.design import make_design
from models.study.driven import Driven

INPUTS, OUTPUTS = 5, 3
#: W of a unit of normalised weight, and a device's step.
SCALE, STEP = 2.0, 2.0**-9
#: ADC code of a transfer's read, in normalised weight: 6 + 1 bits of input, 15 + 1 of output.
CODE = 2.0**-9 / 63
#: Two weights that went different ways of rounding on the grid 2^-19 of weights up to 8.
NEAR = {"rtol": 0.0, "atol": SCALE * 2.0**-16}

EXACT: dict[str, float] = dict.fromkeys(
    ("dw_min_dtod", "dw_min_std", "w_max_dtod", "w_min_dtod", "up_down_dtod"), 0.0
)


def layer(rule: dict[str, Any], samples: int = 1 << 30, **tables: dict[str, Any]) -> Driven:
    """The layer under a rule; `tables` are laid over its own."""
    update = {"pulse_type": "ideal", "bl": 63} | tables.get("update", {})
    tile = {
        "output_noise": 0.0,
        "noise_management": "shift",
        "adc": {"bits": 16},
        "update": update,
    } | tables.get("tile", {})
    device = EXACT | {"family": "constant-step", "w_max": 8.0, "w_min": -8.0, "dw_min": STEP}
    one = {"inputs": INPUTS, "outputs": OUTPUTS, "bias": False, "scale": SCALE, "omega": 0.25}
    raw = {
        "run": {"profile": "behavioural", "seed": 3},
        "layer": [one],
        "tile": tile,
        "device": device | tables.get("device", {}),
        "schedule": tables.get("schedule", {}),
        "algorithm": {"lr": 2.0**-4, "lr_decay": 1.0} | rule,
    }
    return Driven(make_design(raw), samples)


def vectors(updates: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and errors, a row an update; their products are multiples of 1/32."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, (updates, INPUTS)) / 4.0
    d = rng.integers(-8, 9, (updates, OUTPUTS)) / 8.0
    return x, d


def steps(driven: Driven, updates: int, seed: int = 0) -> Iterator[tuple[int, Any, Any]]:
    """Yield number, input and error of one update after another; it is done when asked for more."""
    for k, (x, d) in enumerate(zip(*vectors(updates, seed), strict=True)):
        yield k, x, d
        driven.update(x[None], d[None])


def read(column: np.ndarray, code: float = CODE, most: int = 2**15 - 1) -> np.ndarray:
    """What a transfer's read makes of a column of W."""
    return SCALE * code * np.clip(np.rint(column / (SCALE * code)), -most, most)
