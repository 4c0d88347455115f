"""MNIST on asymmetric devices: arXiv 2406.12774, figure 5; and what a collapse is a matter of.

Scale and start: `plain` weights stand on the devices as they are, uniform within 1 / sqrt(inputs),
with scale 1; `scaled` ones fill 0.1 of the devices and a digital scale makes Xavier's size of them.
Scales are fixed, learned, or learned without a floor: down to next to nothing instead of a tenth.
`in the weight`: Tiki-Taka whose fast array is part of the weight (gamma 1), from 0.05 of the
devices, with finer converters and, for the FCN, the rates of `examples/mnist-tiki-taka.toml`.
"""

from itertools import product

import numpy as np

from models.data import load_data
from models.design import read_design
from models.error import DivergedError
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.reproduction import Paper, Scale
from scripts.reproduce.trial import algorithm, design_path, idx_keys, train

#: Rails of the converters in full inputs, and noise of the outputs: ours, and the paper's.
READS = {"fine": (3.0, 0.015), "paper": (20.0, 0.1)}
#: Design, and inputs of the layers' matrices.
NETWORKS = {
    "FCN": ("constant-predictor", (784, 256, 128)),
    "CNN": ("lenet5-mnist", (25, 400, 512, 128)),
}
#: The CNN has our own converters: under the paper's it learns nothing in as few samples.
NETWORK_READS = {"FCN": "paper", "CNN": "fine"}
#: Figure 5: ranges, and accuracies at them by rule.
RANGES = {"FCN": (0.70, 0.78, 0.80), "CNN": (0.6, 0.7, 0.8)}
PAPER = {
    ("FCN", "digital-sgd"): (Paper(98.15, 0.04),) * 3,
    ("FCN", "analog-sgd"): (Paper(11.35, 0.00), Paper(97.71, 0.63), Paper(97.78, 0.36)),
    ("FCN", "tiki-taka"): (Paper(97.64, 0.17), Paper(97.62, 0.05), Paper(97.50, 0.11)),
    ("CNN", "digital-sgd"): (Paper(99.16, 0.08),) * 3,
    ("CNN", "analog-sgd"): (Paper(88.99, 0.89), Paper(92.15, 0.48), Paper(93.45, 0.46)),
    ("CNN", "tiki-taka"): (Paper(98.84, 0.07), Paper(98.87, 0.04), Paper(98.86, 0.07)),
}
#: Starts by what they are called.
STARTS = ("scaled, learned", "plain, learned, no floor", "plain")
IN_WEIGHT = "in the weight"
TIKI_STARTS = ("plain", IN_WEIGHT)
RULES = {
    "digital-sgd": ("algorithm=digital-sgd",),
    "analog-sgd": algorithm("analog-sgd", {}),
    "tiki-taka": algorithm("tiki-taka", {"transfer_lr": 0.1}),
}
#: Rates of the update and of the transfer with the fast array in the weight.
IN_WEIGHT_RATES = {"FCN": (0.05, 0.03), "CNN": (0.003, 0.01)}
#: Test images of the convolutional network, which takes long to evaluate.
FEWER = 1000


def started(network: str, reads: str, start: str) -> tuple[str, ...]:
    """Return the overrides of a start and of the converters."""
    rail, noise = READS[reads]
    found = [f"tile.output_noise={noise}"]
    learned = "layer" if "learned" in start else "none"
    for stage, inputs in enumerate(NETWORKS[network][1]):
        layer = f"layer.{stage}"
        found += [f"{layer}.adc_full_scale={rail}", f"{layer}.learn_scale={learned}"]
        if start.endswith("no floor"):
            found.append(f"{layer}.scale_floor=1e-9")
        if start == IN_WEIGHT:
            found.append(f"{layer}.omega=0.05")
        elif start.startswith("plain"):
            found += [f"{layer}.omega={inputs**-0.5}", f"{layer}.scale=1.0"]
        else:
            found.append(f"{layer}.omega=0.1")
    return tuple(found)


def ruled(network: str, rule: str, start: str) -> tuple[str, ...]:
    """Return the overrides of a rule on devices, of its start and of its converters."""
    if start != IN_WEIGHT:
        return (*RULES[rule], *started(network, NETWORK_READS[network], start))
    lr, transfer_lr = IN_WEIGHT_RATES[network]
    keys: dict[str, float | str] = {
        "transfer_lr": transfer_lr,
        "gamma": 1.0,
        "lr": lr,
        "lr_decay": 0.1,
    }
    return (*algorithm(rule, keys), *started(network, "fine", start))


def trained(
    scale: Scale, place: tuple[str, str, str, float], samples: int, seed: int, seconds: float
) -> Cell:
    """Return a training as a cell: network, rule, start and range."""
    network, rule, start, tau = place
    fixed = (f"run.samples={samples}", f"run.evaluate_every={min(samples, 60_000)}")
    own = RULES[rule]
    if rule != "digital-sgd":
        own = (*ruled(network, rule, start), f"device.w_max={tau}", f"device.w_min={-tau}")
    fewer = (f"data.test_limit={FEWER}",) if network == "CNN" else ()
    changes = (*own, *fixed, *fewer, *idx_keys(scale.data), f"run.seed={seed}")

    def work(results: Results, tell: Tell) -> Found:
        del results
        design = read_design(design_path(NETWORKS[network][0]), changes)
        labels = load_data(design.data).test.labels
        share = 100.0 * np.bincount(labels).max() / len(labels)
        try:
            found = train(design, tell)
        except DivergedError as end:
            found = {"accuracy": 100.0 * end.accuracy}
        return {**found, "share": float(share)}

    keys = {"network": network, "rule": rule, "start": start, "tau": tau, "samples": samples}
    return Cell({**keys, "seed": seed}, seconds, work)


def plan(scale: Scale) -> list[Cell]:
    """Return both networks over their ranges, rules and starts."""
    cells = []
    samples = {"FCN": scale.pick(16_000, 60_000, 600_000), "CNN": scale.pick(0, 500, 20_000)}
    each, seeds = {"FCN": 7e-5, "CNN": 3e-3}, {"FCN": scale.pick(2, 1, 3), "CNN": 1}
    starts = {
        "FCN": scale.pick(STARTS[:2], STARTS[:2], STARTS),
        "CNN": scale.pick((), STARTS[:1], STARTS[:2]),
    }
    for network, number in samples.items():
        ranges = scale.pick(RANGES[network][:1], RANGES[network], RANGES[network])
        places = [(network, "digital-sgd", "-", 0.0)]
        for tau in ranges:
            places += [(network, "analog-sgd", start, tau) for start in starts[network]]
            if scale.level != "least":
                places += [(network, "tiki-taka", start, tau) for start in TIKI_STARTS]
        seconds = 2.0 + number * each[network]
        for seed, place in product(range(seeds[network]), places if number else ()):
            cells.append(trained(scale, place, number, seed, seconds))
    return cells
