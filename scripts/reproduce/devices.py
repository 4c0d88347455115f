"""Classes of devices, and what noise, spread and converters cost: the MIT thesis of Lee (2025).

Its abstract alone was available; drag is this project's definition: the share of its distance from
the symmetric point that a device loses by one pulse up and one down (`pulsetrain device`); over
twice its step (dw_min) it is 1 / tau of an asymmetric linear device.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.checkpoint import write_checkpoint
from models.design import read_design
from models.device.measurement import measure
from scripts.reproduce.cell import Cell, Found, Results, Tell
from scripts.reproduce.reproduction import Scale
from scripts.reproduce.trial import algorithm, design_path, omegas, train, trial
from sim.training import Training

PRESETS = (
    "capacitor",
    "ecram",
    "ecram-mo",
    "gokmen-vlasov",
    "ideal",
    "limited-80",
    "limited-10",
    "mit-protonic",
    "pcm",
    "reram-array-hfo2",
    "reram-array-om",
    "reram-es",
    "reram-sb",
    "soft-bounds",
)
RULES = ("analog-sgd", "tiki-taka", "tiki-taka-2")
OMEGAS, RATES, TRANSFERS = (0.05, 0.3), (0.02, 0.1), (0.02, 0.1)
#: Of `--quick`: the settings that the full run's grid finds, by preset and rule.
SETTINGS: dict[str, dict[str, str]] = {
    "gokmen-vlasov": {
        "analog-sgd": "0.02 0.05",
        "tiki-taka": "0.02 0.1 0.3",
        "tiki-taka-2": "0.02 0.02 0.05",
    },
    "mit-protonic": {
        "analog-sgd": "0.02 0.05",
        "tiki-taka": "0.02 0.1 0.3",
        "tiki-taka-2": "0.02 0.02 0.05",
    },
    "soft-bounds": {
        "analog-sgd": "0.1 0.05",
        "tiki-taka": "0.02 0.1 0.3",
        "tiki-taka-2": "0.1 0.02 0.05",
    },
    "limited-80": {
        "analog-sgd": "0.005 0.3",
        "tiki-taka": "0.1 0.02 0.3",
        "tiki-taka-2": "0.1 0.02 0.3",
    },
    "reram-array-om": {
        "analog-sgd": "0.005 0.3",
        "tiki-taka": "0.1 0.02 0.3",
        "tiki-taka-2": "0.1 0.02 0.3",
    },
}
#: Seed that settings are found with; those shown begin at the other.
TUNING, FIRST = 0, 10
LAYERS = 3
DIGITAL = ("algorithm=digital-sgd",)
#: One sample, so that hardly anything has learned: what a frozen base does by itself.
UNTRAINED = ("run.samples=1", "run.evaluate_every=1")
SPREADS = ("dw_min_dtod", "w_max_dtod", "w_min_dtod")
#: Design of each network, None the default machine; and seconds of a training.
NETWORKS: dict[str, tuple[str | None, tuple[str, ...], float]] = {
    "MLP": (None, (), 0.8),
    "LSTM": ("lstm-digits", ("run.epochs=10",), 6.0),
    "adapters": ("adapter-digits", (), 1.8),
    "adapters, digital base": (
        "adapter-digits",
        tuple(f"layer.{n}.adapter_base=digital" for n in range(LAYERS)),
        1.8,
    ),
}
_FEW = ("digital weights", "as designed", "cycle-to-cycle noise 3", "device-to-device spread 0.5",
        "ADC of 6 bits")  # fmt: skip


def drag_of(preset: str) -> tuple[float, float]:
    """Return a preset's drag a pair without noise, and the same over twice its step."""
    device = read_design(design_path("drag"), (f"device.preset={preset}",)).device
    found = measure(device, devices=1000).drag.closed
    return found, found / (2.0 * device.dw_min)


def settings(rule: str) -> Iterator[tuple[str, ...]]:
    """Yield the overrides of a rule's grid."""
    rates = (0.005, *RATES) if rule == "analog-sgd" else RATES
    for omega, rate in product(OMEGAS, rates):
        for transfer in (None,) if rule == "analog-sgd" else TRANSFERS:
            own: dict[str, float | str] = {"lr": rate}
            if transfer is not None:
                own["transfer_lr"] = transfer
            yield (*algorithm(rule, own), *omegas(omega))


def brief(overrides: tuple[str, ...]) -> str:
    """Return rates and omega of overrides."""
    values = dict(one.split("=") for one in overrides)
    keys = ("algorithm.lr", "algorithm.transfer_lr", "layer.0.omega")
    return " ".join(values[key] for key in keys if key in values)


def _device(preset: str) -> tuple[str, ...]:
    return (f"device.preset={preset}", "device.write_noise=0.0")


def tuning(preset: str, rule: str) -> list[Cell]:
    """Return a training for each setting of a rule's grid."""
    cells = []
    for own in settings(rule):
        keys = {"tune": preset, "rule": rule, "rates": brief(own), "seed": TUNING}
        cells.append(trial(design_path("drag"), (*_device(preset), *own), keys, 1.0))
    return cells


def tuned(preset: str, rule: str, seed: int) -> Cell:
    """Return a training with the best setting of the grid, or that of `SETTINGS` without one."""

    def work(results: Results, tell: Tell) -> Found:
        tried = {
            cell.keys["rates"]: found["accuracy"]
            for cell, found in results.pairs
            if (cell.keys.get("tune"), cell.keys.get("rule")) == (preset, rule)
        }
        best = max(tried, key=lambda rates: tried[rates]) if tried else SETTINGS[preset][rule]
        own = next(one for one in settings(rule) if brief(one) == best)
        changes = (*_device(preset), *own, f"run.seed={seed}")
        return {**train(read_design(design_path("drag"), changes), tell), "rates": best}

    return Cell({"preset": preset, "rule": rule, "seed": seed}, 1.0, work)


def measured(preset: str) -> Cell:
    """Return the measurement of a preset's drag as a cell."""

    def work(results: Results, tell: Tell) -> Found:
        del results, tell
        pair, over = drag_of(preset)
        return {"drag": None if pair != pair else pair, "over": None if over != over else over}

    return Cell({"drag": preset}, 0.3, work)


def conditions() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the overrides of every line of the sweeps."""
    yield "base alone", UNTRAINED
    yield "digital weights", DIGITAL
    yield "as designed", ()
    for noise in (0.0, 1.0, 3.0):
        yield f"cycle-to-cycle noise {noise:g}", (f"device.dw_min_std={noise}",)
    for spread in (0.0, 0.1, 0.5):
        name = f"device-to-device spread {spread:g}"
        yield name, tuple(f"device.{key}={spread}" for key in SPREADS)
    yield "DAC of 3 bits, stochastic", ("tile.dac.bits=3", "tile.dac.rounding=stochastic")
    for bits in (3, 4, 5, 9):
        yield f"DAC of {bits} bits", (f"tile.dac.bits={bits}",)
    for bits in (5, 6, 7, 12):
        yield f"ADC of {bits} bits", (f"tile.adc.bits={bits}",)


def write_base(folder: Path, seed: int) -> None:
    """Train the network that adapters stand beside, and keep its checkpoint."""
    training = Training(read_design(None, (f"run.seed={seed}",)))
    training.run()
    write_checkpoint(folder, training.memory.layers, training.memory.state._asdict())


def swept(network: str, condition: str, overrides: tuple[str, ...], seed: int, short: bool) -> Cell:
    """Return a training of a network under a condition as a cell; adapters train their base too."""
    name, own, seconds = NETWORKS[network]
    path = None if name is None else design_path(name)
    fewer = ("run.epochs=3",) if short and network == "LSTM" else ()
    changes = (*own, *fewer, *overrides, f"run.seed={seed}")

    def work(results: Results, tell: Tell) -> Found:
        del results
        if not network.startswith("adapters"):
            return train(read_design(path, changes), tell)
        with TemporaryDirectory() as kept:
            write_base(Path(kept), seed)
            start = f"network.start={kept!r}"
            return train(read_design(path, (*changes, start)), tell)

    keys: dict[str, Any] = {"network": network, "condition": condition, "seed": seed}
    if fewer:
        keys["epochs"] = 3
    return Cell(keys, seconds * (0.3 if fewer else 1.0), work)


def _drags(scale: Scale) -> Iterator[Cell]:
    few = scale.pick(("gokmen-vlasov", "reram-array-om"), tuple(SETTINGS), PRESETS)
    rules = scale.pick(RULES[:2], RULES, RULES)
    for preset in few:
        yield measured(preset)
        for rule in rules:
            if scale.level == "full":
                yield from tuning(preset, rule)
            for seed in range(FIRST, FIRST + scale.pick(3, 3, 5)):
                yield tuned(preset, rule, seed)


def _sweeps(scale: Scale) -> Iterator[Cell]:
    networks = scale.pick(("MLP",), ("MLP", "LSTM", "adapters"), tuple(NETWORKS))
    for network in networks:
        for condition, overrides in conditions():
            if scale.level != "full" and condition not in _FEW:
                continue
            if condition == "base alone" and not network.startswith("adapters"):
                continue
            for seed in range(scale.pick(3, 3, 5)):
                yield swept(network, condition, overrides, seed, scale.level != "full")


def plan(scale: Scale) -> list[Cell]:
    """Return presets under each rule at its best setting, and the sweeps by network."""
    return [*_drags(scale), *_sweeps(scale)]
