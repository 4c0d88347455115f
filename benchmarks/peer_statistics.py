"""Record what aihwkit's devices do under exact numbers of pulses, and what its converters give.

    /path/to/aihwkit/python benchmarks/peer_statistics.py tests/models/peer/aihwkit.json

aihwkit draws the noise of a tile from a table of 32,768 numbers, which are a sample themselves: the
mean of a tile's noise is off by 1/181 of its spread, the same way in every pulse. So many small
tiles are used, and every standard error is that of the tiles' figures, never of single devices.
"""

import dataclasses
import json
import math
import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from aihwkit.simulator.configs import SingleRPUConfig, devices
from aihwkit.simulator.parameters import IOParameters, UpdateParameters
from aihwkit.simulator.parameters.enums import (
    BoundManagementType,
    NoiseManagementType,
    PulseType,
    WeightNoiseType,
)
from aihwkit.simulator.presets import devices as presets
from aihwkit.simulator.tiles.analog import AnalogTile
from numpy.typing import NDArray

TILES, SIDE, REPEATS = 256, 16, 64
COUNTS = (1, 10, 100, 1000)
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

FAMILIES: dict[str, Any] = {
    "ConstantStep": devices.ConstantStepDevice(),
    "LinearStep": devices.LinearStepDevice(),
    "LinearStepAdditive": devices.LinearStepDevice(mult_noise=False),
    "SoftBounds": devices.SoftBoundsDevice(),
    "SoftBoundsReference": devices.SoftBoundsReferenceDevice(),
    "ExpStep": devices.ExpStepDevice(),
    "PowStep": devices.PowStepDevice(),
    "PiecewiseStep": devices.PiecewiseStepDevice(),
    "PiecewiseStepNodes": devices.PiecewiseStepDevice(
        piecewise_up=[0.4, 1.0, 1.3, 0.6], piecewise_down=[0.5, 1.2, 0.9, 0.3]
    ),
    "PCMPlainNoise": presets.PCMPresetDevice(dw_min_std_add=0.0, dw_min_std_slope=0.0),
    "ReRamArrayOMNarrow": presets.ReRamArrayOMPresetDevice(w_max_dtod=0.25, w_min_dtod=0.25),
    "ReRamArrayHfO2Narrow": presets.ReRamArrayHfO2PresetDevice(w_max_dtod=0.25, w_min_dtod=0.25),
}
#: Periphery by name, in IOParameters beside the converters'.
NOISY: dict[str, Any] = {"out_bound": 12.0, "out_noise": 0.06}
READS: dict[str, dict[str, Any]] = {
    "output noise": NOISY,
    "input noise": NOISY | {"inp_noise": 0.05},
    "weight noise": NOISY | {"w_noise": 0.04, "w_noise_type": WeightNoiseType.ADDITIVE_CONSTANT},
    "stochastic rounding": NOISY | {"out_noise": 0.0, "inp_sto_round": True, "out_sto_round": True},
    "rail": NOISY | {"out_bound": 1.2},
    "input bound": NOISY | {"inp_bound": 0.7, "noise_management": NoiseManagementType.NONE},
}
#: Parameters that no pulse looks at.
UNUSED = ("construction_seed", "count_pulses", "drift")
PRESETS = (
    "GokmenVlasov",
    "Idealized",
    "Capacitor",
    "EcRam",
    "EcRamMO",
    "ReRamES",
    "ReRamSB",
    "PCM",
    "ReRamArrayOM",
    "ReRamArrayHfO2",
)


def settings() -> UpdateParameters:
    """Return the update of one slot, whatever the rate and the lines' values."""
    return UpdateParameters(
        desired_bl=1,
        fixed_bl=True,
        update_bl_management=False,
        update_management=False,
        pulse_type=PulseType.STOCHASTIC_COMPRESSED,
    )


def new_tile(device: Any) -> Any:
    """Return a tile with its own devices and its own table of noise."""
    return AnalogTile(SIDE, SIDE, SingleRPUConfig(device=device, update=settings())).tile


def pulse(tile: Any, count: int, up: bool) -> None:
    """Give every device exactly `count` coincidences, one after another.

    One slot cannot hold more than one coincidence, and lines driven far beyond the probability of 1
    cannot hold fewer. (Lengths of several slots depend on each family's own measure of a step.)
    """
    x = torch.full((SIDE,), 1000.0)
    d = -x if up else x
    tile.set_learning_rate(1.0)
    for _ in range(count):
        tile.update(x, d, False)


def check_counts() -> None:
    """Count the coincidences of a train with devices that add exactly one each.

    Raises
    ------
    RuntimeError
        When a device took another number of steps than asked for.
    """
    dw_min = 2.0**-10
    device = devices.ConstantStepDevice(
        dw_min=dw_min,
        dw_min_dtod=0.0,
        dw_min_std=0.0,
        up_down_dtod=0.0,
        w_max=1024.0,
        w_min=-1024.0,
        w_max_dtod=0.0,
        w_min_dtod=0.0,
    )
    for count in COUNTS:
        for up in (True, False):
            tile = new_tile(device)
            tile.set_weights(torch.zeros(SIDE, SIDE))
            pulse(tile, count, up)
            steps = np.unique(tile.get_weights().numpy() / dw_min)
            if steps.tolist() != [count if up else -count]:
                raise RuntimeError(f"{count} pulses were asked for and {steps} were given")


def _round(value: float) -> float:
    return float(f"{value:.9g}")


def figures(values: NDArray[np.float64]) -> dict[str, Any]:
    """Return mean, variance, fourth moment, quantiles and standard errors.

    Parameters
    ----------
    values
        One row a tile. The variance is that within a tile, which a shift of the tile's noise does
        not widen; both standard errors come from the spread between tiles.
    """
    tiles, each = values.shape
    centred = values - values.mean(axis=1, keepdims=True)
    spread = (centred**2).sum(axis=1) / (each - 1)
    root = math.sqrt(tiles)
    return {
        "mean": _round(values.mean()),
        "mean_error": _round(values.mean(axis=1).std(ddof=1) / root),
        "variance": _round(spread.mean()),
        "variance_error": _round(spread.std(ddof=1) / root),
        "fourth": _round((centred**4).mean()),
        "quantiles": [_round(q) for q in np.quantile(values, QUANTILES)],
    }


def hidden(tile: Any) -> dict[str, NDArray[np.float64]]:
    """Return the drawn numbers of a tile's devices by name."""
    names, values = tile.get_hidden_parameter_names(), tile.get_hidden_parameters()
    return {n: v.numpy().astype(np.float64).ravel() for n, v in zip(names, values, strict=True)}


def within(start: float, drawn: dict[str, NDArray[np.float64]]) -> Any:
    """Return a start for every device that its bounds, seen from its reference, allow.

    aihwkit itself clips what is set to the bounds without the reference; beyond its bound a device
    would be thrown to the other one by its first pulse.
    """
    reference = drawn.get("reference", np.zeros(SIDE * SIDE))
    low, high = drawn["min_bound"] - reference, drawn["max_bound"] - reference
    return torch.from_numpy(np.clip(start, low, high).reshape(SIDE, SIDE)).float()


def response(device: Any, start: float) -> dict[str, Any]:
    """Return figures of the drawn devices and of their weights after pulses up and down."""
    found: dict[str, list[NDArray[np.float64]]] = {}
    for _ in range(TILES):
        tile = new_tile(device)
        drawn = hidden(tile)
        drawn.pop("persistent_weights", None)
        begin = within(start, drawn)
        for name, values in drawn.items():
            found.setdefault(f"device {name}", []).append(values)
        for up in (True, False):
            tile.set_weights(begin)
            done = 0
            for count in COUNTS:
                pulse(tile, count - done, up)
                done = count
                place = f"{'up' if up else 'down'} {count}"
                read = tile.get_weights().numpy().astype(np.float64).ravel()
                found.setdefault(f"read {place}", []).append(read)
                stored = hidden(tile).get("persistent_weights", read)
                found.setdefault(f"stored {place}", []).append(stored)
    figured = {name: figures(np.array(values)) for name, values in found.items()}
    kept = {n: f for n, f in figured.items() if n.split()[0] != "device" or f["variance"] > 0}
    same = [
        n for n in kept if n.startswith("stored") and kept[n] == kept[n.replace("stored", "read")]
    ]
    for name in same:
        del kept[name]
    return {"start": start, "figures": kept}


def plain(value: Any) -> Any:
    """Return a parameter as JSON holds it."""
    if dataclasses.is_dataclass(value):
        names = [f.name for f in dataclasses.fields(value) if f.name not in UNUSED]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, float):
        return float(f"{value:.15g}")  # 0.3 / 0.75 is written 0.4
    return value if isinstance(value, (int, str, list)) else str(value)


def read_vectors() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return weights, shape (outputs, inputs), and three inputs, short enough to be written."""
    rng = np.random.default_rng(5)
    weights = np.round(rng.uniform(-0.6, 0.6, (8, 12)), 3)
    inputs = np.round(rng.uniform(-1.0, 1.0, (3, 12)), 3) * np.array([[0.01], [1.0], [3.0]])
    return weights, np.round(inputs, 5)


def reads(options: dict[str, Any]) -> list[list[dict[str, float]]]:
    """Return figures of each input's outputs through converters of 7 and 9 bits."""
    io = IOParameters(
        inp_res=1 / (2**7 - 2),
        out_res=1 / (2**9 - 2),
        bound_management=BoundManagementType.NONE,
        **{"noise_management": NoiseManagementType.ABS_MAX} | options,
    )
    weights, inputs = read_vectors()
    batch = torch.tensor(np.repeat(inputs, REPEATS, axis=0), dtype=torch.float32)
    outputs = []
    for _ in range(TILES):
        tile = AnalogTile(8, 12, SingleRPUConfig(device=devices.IdealDevice(), forward=io)).tile
        tile.set_weights(torch.tensor(weights, dtype=torch.float32))
        outputs.append(tile.forward(batch, False, False, False, False).numpy())
    read = np.array(outputs, np.float64).reshape(TILES, len(inputs), REPEATS, len(weights))
    kept = ("mean", "mean_error", "variance", "variance_error")
    return [
        [{name: figures(read[:, i, :, j])[name] for name in kept} for j in range(len(weights))]
        for i in range(len(inputs))
    ]


def converters() -> dict[str, Any]:
    """Return the figures of every kind of read with what was asked for."""
    weights, inputs = read_vectors()
    found = {
        name: {"options": {k: plain(v) for k, v in options.items()}, "outputs": reads(options)}
        for name, options in READS.items()
    }
    return {"weights": weights.tolist(), "inputs": inputs.tolist(), "reads": found}


def main() -> None:
    """Write the record to the file named on the command line."""
    torch.set_num_threads(1)
    check_counts()
    cases = dict(FAMILIES)
    cases |= {name: getattr(presets, f"{name}PresetDevice")() for name in PRESETS}
    record: dict[str, Any] = {
        "command": "python benchmarks/peer_statistics.py tests/models/peer/aihwkit.json",
        "versions": {
            "aihwkit": version("aihwkit"),
            "torch": version("torch"),
            "python": platform.python_version(),
        },
        "tiles": TILES,
        "devices": TILES * SIDE * SIDE,
        "quantiles": QUANTILES,
        "cases": {},
        "converters": converters(),
    }
    for name, device in cases.items():
        start = 0.5 * (device.w_max + device.w_min) if device.w_min == 0.0 else 0.0
        family = next(c.__name__ for c in type(device).__mro__ if c.__module__ == devices.__name__)
        about = {"family": family, "parameters": plain(device)}
        record["cases"][name] = about | response(device, start)
        print(name, flush=True)
    text = re.sub(
        r"\[[^][{}]*\]", lambda found: " ".join(found[0].split()), json.dumps(record, indent=1)
    )
    Path(sys.argv[1]).write_text(text + "\n")


if __name__ == "__main__":
    main()
