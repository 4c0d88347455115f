"""Print one hash of what short trainings leave behind; `executor` runs compiled, `replay` not.

Run in a process of its own, under another processor's name: every line of output must be the same.
Two numbers, a first design and a step, choose among the designs.
"""

import hashlib
import sys

from models import executor
from models.replay import Replay
from tests.models.packed import SHARED, Case, case, shuffled

#: Networks that together use every activation, loss, sharing and family of the hardware profile.
DESIGNS = (
    {
        "layer": [
            {"inputs": 30, "outputs": 33, "activation": "tanh"},
            {"inputs": 33, "outputs": 17, "activation": "relu"},
            {"inputs": 17, "outputs": 10},
        ],
        "algorithm": {"lr": 0.2},
    },
    {
        "network": {"loss": "mse"},
        "layer": [
            {"inputs": 20, "outputs": 9, "activation": "sigmoid"},
            {"inputs": 9, "outputs": 5, "activation": "linear"},
        ],
        "device": {
            "preset": "gokmen-vlasov",
            "write_noise": 3.0,
            "lifetime": 200.0,
            "retention_every": 9,
        },
        "tile": {"update": {"bl": 31, "lfsr_sharing": "line"}, "adc": {"bits": 12}},
        "algorithm": {"lr": 0.5},
    },
    {
        "layer": [
            {"inputs": 26, "outputs": 19, "adc_full_scale": 0.03125},
            {"inputs": 19, "outputs": 7, "adc_full_scale": 0.03125},
        ],
        "device": {
            "family": "power-step",
            "pow_gamma_up": 0.7,
            "pow_gamma_down": 2.3,
            "diffusion": 1e-3,
            "drift_nu": 0.05,
            "drift_nu_dtod": 0.3,
            "retention_every": 7,
        },
        "tile": {
            "read_noise": 0.02,
            "wire_resistance": 1e-4,
            "bound_management": "iterative-worst-case",
            "bound_backward": True,
            "dac": {"bound": 0.5, "rounding": "stochastic", "noise": 0.02},
            "adc": {"rounding": "stochastic", "lower": 0.75},
        },
        "algorithm": {"lr": 0.2},
    },
    {
        "layer": [{"inputs": 40, "outputs": 50}, {"inputs": 50, "outputs": 10}],
        "device": {"family": "exponential-step", "mult_noise": False},
        "tile": {"update": {"pulse_type": "deterministic", "bl": 63}},
        "algorithm": {"lr": 5.0},
    },
    {
        "layer": [{"inputs": 40, "outputs": 50}, {"inputs": 50, "outputs": 10}],
        "tile": {"update": {"pulse_type": "binomial", "update_management": False, "bl": 63}},
        "algorithm": {"lr": 5.0},
    },
    {
        "layer": [{"inputs": 40, "outputs": 50}, {"inputs": 50, "outputs": 10}],
        "tile": {"update": {"pulse_type": "ideal"}},
        "algorithm": {"lr": 0.3},
    },
    {
        "layer": [{"inputs": 23, "outputs": 18}, {"inputs": 18, "outputs": 7}],
        "tile": {"rows": 9, "columns": 7, "dac": {"noise": 0.02}, "update": {"bl": 15}},
        "algorithm": {"lr": 0.5},
    },
    {
        "layer": [{"inputs": 40, "outputs": 50}, {"inputs": 50, "outputs": 10}],
        "tile": {"update": {"steps": "aggregated", "bl": 31}},
        "algorithm": {"lr": 5.0},
    },
    {
        "layer": [{"inputs": 23, "outputs": 18}, {"inputs": 18, "outputs": 7}],
        "device": {
            "family": "exponential-step",
            "diffusion": 1e-3,
            "retention_every": 7,
            "cell": {
                "kind": "pair",
                "refresh_every": 4,
                "refresh_upper": 0.2,
                "refresh_lower": 0.05,
            },
        },
        "tile": {"rows": 9, "columns": 7},
        "algorithm": {"lr": 5.0},
    },
    {
        "layer": [{"inputs": 40, "outputs": 50}, {"inputs": 50, "outputs": 10}],
        "device": {"cell": {"kind": "vector", "devices": 3, "base": 3.0, "policy": "random"}},
        "tile": {"update": {"pulse_type": "binomial"}},
        "algorithm": {"lr": 5.0},
    },
)


def digest(case: Case, compiled: bool) -> str:
    """Hash of the whole state after a training in a stale order; -0 counts as 0."""
    memory, ops = case.memory(), shuffled(case, 4)
    if compiled:
        executor.run(memory, *ops, case.order)
    else:
        Replay(memory).run(*ops, case.order)
    found = hashlib.sha256()
    for name in SHARED:
        values = getattr(memory.state, name)
        found.update((values + values.dtype.type(0)).tobytes())
    return found.hexdigest()


def main(compiled: bool, first: int, step: int) -> None:
    for raw in DESIGNS[first::step]:
        sys.stdout.write(digest(case(raw, samples=60), compiled) + "\n")


if __name__ == "__main__":
    main(sys.argv[1] == "executor", *map(int, sys.argv[2:]))
