"""The response families by name, and the keys of `[device]` that each has for its own."""

from typing import Literal, get_args

Family = Literal[
    "constant-step",
    "linear-step",
    "soft-bounds",
    "soft-bounds-reference",
    "asymmetric-linear",
    "shifted-linear",
]
FAMILIES: tuple[Family, ...] = get_args(Family)

Own = dict[str, float | bool]

#: Keys that not every family has, with the family's default.
OWN_KEYS: dict[Family, Own] = {
    "constant-step": {},
    "linear-step": {
        "mult_noise": True,
        "gamma_up": 0.0,
        "gamma_down": 0.0,
        "gamma_up_dtod": 0.05,
        "gamma_down_dtod": 0.05,
        "mean_bound_reference": True,
        "allow_increasing": False,
    },
    "soft-bounds": {"mult_noise": True},
    "soft-bounds-reference": {
        "mult_noise": False,
        "reference_mean": 0.0,
        "reference_std": 0.0,
        "subtract_symmetric_point": False,
    },
    "asymmetric-linear": {"mult_noise": True, "symmetric_point": 0.0},
    "shifted-linear": {"mult_noise": True, "shift": 0.0},
}


#: All those keys.
OWN_NAMES = tuple(dict.fromkeys(key for keys in OWN_KEYS.values() for key in keys))


def applies(family: Family, key: str) -> bool:
    """Whether a family has a key: one that all have, or one of its own."""
    return key in OWN_KEYS[family] or key not in OWN_NAMES
