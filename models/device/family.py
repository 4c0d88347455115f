"""The response families by name, and the keys of `[device]` that each has for its own."""

from typing import Any, Literal, get_args

Family = Literal[
    "constant-step",
    "linear-step",
    "soft-bounds",
    "soft-bounds-reference",
    "exponential-step",
    "power-step",
    "piecewise-step",
    "asymmetric-linear",
    "shifted-linear",
    "power-response",
    "saturating-exponential",
    "exponential-response",
    "emulated",
]
FAMILIES: tuple[Family, ...] = get_args(Family)

Own = dict[str, float | bool | tuple[float, ...]]

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
    "exponential-step": {
        "mult_noise": True,
        "gamma_up": 12.44625,
        "gamma_down": 12.78785,
        "amplitude_up": 0.00081,
        "amplitude_down": 0.36833,
        "exponent_slope": 0.244,
        "exponent_offset": 0.2425,
    },
    "power-step": {
        "mult_noise": True,
        "pow_gamma_up": 1.0,
        "pow_gamma_down": 1.0,
        "pow_gamma_dtod": 0.1,
        "pow_up_down_dtod": 0.0,
    },
    "piecewise-step": {"mult_noise": True, "nodes_up": (1.0, 1.0), "nodes_down": (1.0, 1.0)},
    "asymmetric-linear": {"mult_noise": True, "symmetric_point": 0.0},
    "shifted-linear": {"mult_noise": True, "shift": 0.0},
    "power-response": {"mult_noise": True, "gamma_res": 0.5},
    "saturating-exponential": {"mult_noise": True, "gamma_up": 1.0, "gamma_down": 1.0},
    "exponential-response": {"mult_noise": True, "gamma_res": 0.5},
    "emulated": {"mult_noise": True},
}
#: All those keys.
OWN_NAMES = tuple(dict.fromkeys(key for keys in OWN_KEYS.values() for key in keys))


def applies(family: Family, key: str) -> bool:
    """Whether a family has a key: one that all have, or one of its own."""
    return key in OWN_KEYS[family] or key not in OWN_NAMES


#: Keys of which a design gives one.
ALTERNATIVES = (("dw_min", "states"), ("on_off_ratio", "channel"))


def beside(values: dict[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """Return a preset's values that can stand beside what a table gives itself.

    Where the table names another family, the keys of the preset's own family fall away; where it
    gives one of two alternatives, the other does.
    """
    family = table.get("family", values.get("family"))
    kept = {key for key in values if family not in FAMILIES or applies(family, key)}
    for one, other in ALTERNATIVES:
        kept -= {other} if one in table else set()
        kept -= {one} if other in table else set()
    return {key: value for key, value in values.items() if key in kept}
