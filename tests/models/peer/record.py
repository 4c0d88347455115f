"""What aihwkit recorded (benchmarks/peer_statistics.py), and the same devices described here."""

import json
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

RECORD: dict[str, Any] = json.loads(Path(__file__).with_name("aihwkit.json").read_text())

#: aihwkit's class -> our family.
FAMILIES = {
    "ConstantStepDevice": "constant-step",
    "LinearStepDevice": "linear-step",
    "SoftBoundsDevice": "soft-bounds",
    "SoftBoundsReferenceDevice": "soft-bounds-reference",
    "ExpStepDevice": "exponential-step",
    "PowStepDevice": "power-step",
    "PiecewiseStepDevice": "piecewise-step",
}
#: aihwkit's preset -> ours.
PRESETS = {
    "GokmenVlasov": "gokmen-vlasov",
    "Idealized": "idealized",
    "Capacitor": "capacitor",
    "EcRam": "ecram",
    "EcRamMO": "ecram-mo",
    "ReRamES": "reram-es",
    "ReRamSB": "reram-sb",
    "PCM": "pcm",
    "ReRamArrayOM": "reram-array-om",
    "ReRamArrayHfO2": "reram-array-hfo2",
}
#: Keys of every family, called alike on both sides.
SHARED = (
    "dw_min",
    "dw_min_dtod",
    "dw_min_std",
    "w_max",
    "w_max_dtod",
    "w_min",
    "w_min_dtod",
    "up_down",
    "up_down_dtod",
    "dw_min_dtod_log_normal",
)
#: Our key -> aihwkit's, of some families.
OWN = {
    "linear-step": {
        "mult_noise": "mult_noise",
        "gamma_up": "gamma_up",
        "gamma_down": "gamma_down",
        "gamma_up_dtod": "gamma_up_dtod",
        "gamma_down_dtod": "gamma_down_dtod",
        "mean_bound_reference": "mean_bound_reference",
        "allow_increasing": "allow_increasing",
    },
    "soft-bounds": {"mult_noise": "mult_noise"},
    "soft-bounds-reference": {
        "mult_noise": "mult_noise",
        "reference_mean": "reference_mean",
        "reference_std": "reference_std",
        "subtract_symmetric_point": "subtract_symmetry_point",
    },
    "exponential-step": {
        "gamma_up": "gamma_up",
        "gamma_down": "gamma_down",
        "amplitude_up": "A_up",
        "amplitude_down": "A_down",
        "exponent_slope": "a",
        "exponent_offset": "b",
    },
    "power-step": {
        "pow_gamma_up": "pow_gamma",
        "pow_gamma_down": "pow_gamma",
        "pow_gamma_dtod": "pow_gamma_dtod",
        "pow_up_down_dtod": "pow_up_down_dtod",
    },
    "piecewise-step": {"nodes_up": "piecewise_up", "nodes_down": "piecewise_down"},
}


#: Of this the record is not what our devices do, for a reason; it has a twin without it.
UNLIKE = {
    "PCM": "its noise also has parts that do not shrink with the step: PCMPlainNoise",
}


def table(name: str) -> dict[str, Any]:
    """Our `[device]` table of one of aihwkit's devices."""
    case = RECORD["cases"][name]
    family, given = FAMILIES[case["family"]], case["parameters"]
    own = {key: given[theirs] for key, theirs in OWN.get(family, {}).items()}
    for key in ("nodes_up", "nodes_down"):
        if len(own.get(key, "  ")) == 1:  # one node: the same step everywhere
            own[key] = own[key] * 2
    shared = {key: given[key] for key in SHARED}
    return {"family": family, "mirror_draws": given["enforce_consistency"]} | shared | own


class Figure(NamedTuple):
    """A mean and a variance with their standard errors."""

    mean: float
    mean_error: float
    variance: float
    variance_error: float


def figure(values: np.ndarray) -> Figure:
    """Figures of independent values; the variance's error comes from the fourth moment."""
    n, mean, variance = values.size, values.mean(), values.var(ddof=1)
    fourth = ((values - mean) ** 4).mean()
    spread = (fourth - variance**2 * (n - 3) / (n - 1)) / n
    return Figure(mean, sqrt(variance / n), variance, sqrt(spread))


def stored(place: str, name: str) -> str:
    """The record's name of the stored weights at a place ("up 10")."""
    figures = RECORD["cases"][name]["figures"]
    return f"stored {place}" if f"stored {place}" in figures else f"read {place}"


def recorded(name: str, what: str) -> Figure:
    """aihwkit's figures of something of a case."""
    found = RECORD["cases"][name]["figures"][what]
    return Figure(*(found[key] for key in Figure._fields))
