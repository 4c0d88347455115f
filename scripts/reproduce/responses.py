"""Response functions and residual learning: arXiv 2502.06309, Tables 5 and 6, figures 2 and 6."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, TypeVar

from models.study.least_squares import descend, draw_problem
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.least_squares import driven
from scripts.reproduce.mnist import IN_WEIGHT_RATES
from scripts.reproduce.reproduction import Paper, Scale
from scripts.reproduce.trial import algorithm, design_path, idx_keys, omegas, trial

_T = TypeVar("_T")

FAMILIES, POWERS, RANGES = ("power", "exponential"), (0.5, 1.0, 2.0), (0.6, 0.7, 0.8)
NOISES, MIXINGS = (0.1, 0.3, 0.6, 0.9, 1.2), (0.0, 0.1, 0.2, 0.4)
RULES = {
    "analog-sgd": algorithm("analog-sgd", {"lr": 0.02}),
    "tiki-taka": algorithm("tiki-taka", {"lr": 0.02, "transfer_lr": 0.1}),
}
_LR, _TRANSFER_LR = IN_WEIGHT_RATES["FCN"]
#: With images: Tiki-Taka has its fast array in the weight.
IMAGE_RULES = {
    "analog-sgd": algorithm("analog-sgd", {"lr": 0.01}),
    "tiki-taka": algorithm("tiki-taka", {"lr": _LR, "transfer_lr": _TRANSFER_LR, "gamma": 1.0}),
}
#: Share of the devices' range that the start fills: of the digits, of images.
OMEGA, IMAGE_OMEGA = 0.3, 0.05
#: Rates of the sweep of gamma: slow transfers leave the fast array something to add.
SLOW: dict[str, float | str] = {"lr": 0.02, "transfer_lr": 0.02}
IMAGE_SLOW: dict[str, float | str] = {"lr": 0.01, "transfer_lr": 0.01}
#: Figure 2: dimensions, range and shifts; noise, rates and steps are ours.
SIZE, TAU, SHIFTS, NOISE = 50, 3.5, (0.0, 0.1, 0.2, 0.3), 0.3
SHIFTED: dict[str, dict[str, float | str]] = {
    "analog-sgd": {"lr": 0.05},
    "tiki-taka": {"lr": 0.05, "transfer_lr": 0.002},
    "residual": {"lr": 0.05, "transfer_lr": 0.002, "gamma": 0.4},
    "agad": {"lr": 0.05, "transfer_lr": 0.002},
}
STEPS, BATCHES = 60_000, 10
#: Table 6, `None` for "<15": rule, family and power to accuracies at RANGES.
TABLE_6: dict[tuple[str, str, float], tuple[Paper | None, ...]] = {
    ("analog-sgd", "power", 0.5): (Paper(96.01), Paper(97.40), Paper(97.38)),
    ("analog-sgd", "exponential", 0.5): (None, None, Paper(94.00)),
    **{("analog-sgd", family, power): (None,) * 3 for family in FAMILIES for power in (1.0, 2.0)},
    ("tiki-taka", "power", 0.5): (Paper(96.92), Paper(97.05), Paper(96.82)),
    ("tiki-taka", "power", 1.0): (Paper(97.39), Paper(97.33), Paper(97.34)),
    ("tiki-taka", "power", 2.0): (Paper(96.93), Paper(97.27), Paper(97.18)),
    ("tiki-taka", "exponential", 0.5): (Paper(97.27), Paper(97.39), Paper(97.16)),
    ("tiki-taka", "exponential", 1.0): (Paper(97.46), Paper(97.49), Paper(97.25)),
    ("tiki-taka", "exponential", 2.0): (Paper(97.19), Paper(97.72), Paper(97.06)),
}
#: Table 5, FCN: accuracies at NOISES.
TABLE_5 = {
    "analog-sgd": tuple(map(Paper, (97.22, 96.97, 96.33, 95.99, 96.19))),
    "tiki-taka": tuple(map(Paper, (97.66, 97.07, 97.70, 97.44, 96.97))),
}


def device(family: str, power: float, tau: float) -> tuple[str, ...]:
    """Return the overrides of devices with a response of appendix K and steps of 1e-3."""
    return (
        f"device.family={family}-response",
        f"device.gamma_res={power}",
        f"device.w_max={tau}",
        f"device.w_min={-tau}",
        "device.dw_min=0.001",
    )


def learned(
    scale: Scale, overrides: tuple[str, ...], keys: dict[str, Any], omega: float | None = None
) -> Cell:
    """Return a training as a cell: of the digits, or of a folder's images."""
    if scale.data is None:
        own = (*overrides, *omegas(OMEGA if omega is None else omega))
        return trial(design_path("drag"), own, keys, 1.1)
    own = (*overrides, *omegas(IMAGE_OMEGA), *idx_keys(scale.data))
    samples = scale.pick(8000, 8000, 60_000)
    own += (f"run.samples={samples}", f"run.evaluate_every={samples}")
    return trial(design_path("mnist"), own, keys, samples * 2e-4)


def shifted(rule: str, shift: float, seed: int) -> Cell:
    """Return least squares on devices whose symmetric point lies at `shift` times the range."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        problem = replace(draw_problem(SIZE, spread=0.5, sigma=NOISE), seed=seed)
        own = (f"device.shift={shift}", f"run.seed={seed}", *algorithm(rule, SHIFTED[rule]))
        layer = driven(SIZE, TAU, "device.family=shifted-linear", *own)
        course = descend(layer, problem, STEPS, BATCHES)
        return {"loss": float(course.loss[-3:].mean()), "losses": course.loss.tolist()}

    keys = {"part": "shift", "rule": rule, "shift": shift, "seed": seed}
    return Cell(keys, STEPS * (5e-6 if rule == "analog-sgd" else 1e-5), work)


def _either(scale: Scale, digits: _T, images: _T) -> _T:
    """Return what is for the embedded digits, or what is for a folder's images."""
    return digits if scale.data is None else images


def _rules(scale: Scale) -> dict[str, tuple[str, ...]]:
    return _either(scale, RULES, IMAGE_RULES)


def _responses(scale: Scale) -> Iterator[Cell]:
    families = scale.pick(FAMILIES[1:], FAMILIES, FAMILIES)
    powers = scale.pick((0.5, 2.0), (0.5, 2.0), POWERS)
    ranges = scale.pick((0.6,), (0.6, 0.8), RANGES)
    for seed in range(scale.pick(3, 2, _either(scale, 3, 1))):
        for place, rule in product(product(families, powers, ranges), _rules(scale)):
            family, power, tau = place
            keys = {"family": family, "power": power, "tau": tau, "rule": rule, "seed": seed}
            own = (*device(family, power, tau), *_rules(scale)[rule])
            yield learned(scale, own, {"part": "response", **keys})


def _noises(scale: Scale) -> Iterator[Cell]:
    for noise in scale.pick((), (0.1, 0.6, 1.2), _either(scale, NOISES, (0.1, 1.2))):
        for rule, seed in product(_rules(scale), range(3)):
            keys = {"part": "noise", "noise": noise, "rule": rule, "seed": seed}
            own = (*device("power", 0.5, 0.6), f"device.dw_min_std={noise}", *_rules(scale)[rule])
            yield learned(scale, own, keys)


def _mixings(scale: Scale) -> Iterator[Cell]:
    for gamma in scale.pick((), (0.0, 0.1, 0.4), _either(scale, MIXINGS, (0.0, 0.1, 0.4))):
        for seed in range(scale.pick(0, 4, _either(scale, 5, 3))):
            slow = _either(scale, SLOW, IMAGE_SLOW)
            rule = algorithm("residual", {**slow, "gamma": gamma})
            if not gamma:
                rule = algorithm("tiki-taka", slow)
            keys = {"part": "mixing", "gamma": gamma, "seed": seed}
            yield learned(scale, (*device("power", 2.0, 0.6), *rule), keys)


def _starts(scale: Scale) -> Iterator[Cell]:
    for seed in range(_either(scale, scale.pick(0, 3, 3), 0)):
        own = (*device("exponential", 2.0, 0.6), *RULES["analog-sgd"])
        yield learned(scale, own, {"part": "start", "omega": 0.05, "seed": seed}, 0.05)


def plan(scale: Scale) -> list[Cell]:
    """Return responses, cycle noise and gamma on a network, and shifts on least squares."""
    shifts = scale.pick((0.0, 0.3), SHIFTS, SHIFTS)
    rules = scale.pick(("tiki-taka", "agad"), tuple(SHIFTED), tuple(SHIFTED))
    seeds = range(scale.pick(2, 2, 5))
    return [
        *_responses(scale),
        *_noises(scale),
        *_mixings(scale),
        *_starts(scale),
        *(shifted(rule, shift, seed) for rule in rules for shift in shifts for seed in seeds),
    ]
