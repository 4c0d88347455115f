"""Small networks on random images, packed, and valid orders of their ops."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from models.activation import CODES
from models.data import Dataset, Images
from models.design import Design, make_design
from models.device.cell import POLICIES
from models.memory import Memory
from models.network import Network, make_network
from models.schedule import Op
from models.transfer.due import due
from tests.models.properties import sometimes

Ops = tuple[np.ndarray, np.ndarray, np.ndarray]

PULSE_TYPES = ("lfsr", "random", "deterministic", "binomial", "ideal")

#: Fields of the state that both executors write alike.
SHARED = (
    "weights",
    "held",
    "bias",
    "x",
    "slope",
    "x_factor",
    "d",
    "d_factor",
    "counters",
    "used",
    "logits",
    "row_pulses",
    "column_pulses",
    "coincidences",
    "x_average",
    "d_average",
    "retried",
    "retries",
    "refreshed",
    "gain",
    "sums",
    "normed",
)


def images(pixels: int, classes: int, count: int = 12, seed: int = 0) -> Dataset:
    """Random images with the pixel range of the digits; the last class is always there."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 17, (2 * count, pixels)).astype(np.uint8)
    labels = rng.integers(0, classes, 2 * count)
    labels[0] = classes - 1
    train, test = slice(None, count), slice(count, None)
    return Dataset(Images(drawn[train], labels[train]), Images(drawn[test], labels[test]), 16)


@dataclass(frozen=True)
class Case:
    """A design, its data and a run's length and stash depths."""

    design: Design
    data: Dataset
    samples: int
    x_depth: tuple[int, ...]
    d_depth: tuple[int, ...]

    def network(self) -> Network:
        return make_network(self.design, self.data, self.samples)

    def memory(self) -> Memory:
        """A fresh packed network; every call gives the same one."""
        return Memory(self.network(), self.data.train, self.x_depth, self.d_depth, self.samples)

    @property
    def order(self) -> np.ndarray:
        return np.random.default_rng(1).permutation(len(self.data.train))


def case(raw: dict, samples: int = 15, depth: int = 3) -> Case:
    """The case of a design's tables."""
    design = make_design(raw)
    data = images(design.layer[0].inputs, design.layer[-1].outputs)
    return Case(design, data, samples, (depth,) * design.stages, (depth,) * design.stages)


def sequential(samples: int, stages: int) -> Ops:
    """Sample after sample: all F, then B and U from the last stage to the first."""
    found = []
    for k in range(samples):
        found += [(m, Op.FORWARD, k) for m in range(stages)]
        for m in reversed(range(stages)):
            found += [(m, Op.BACKWARD, k)] * (m > 0) + [(m, Op.UPDATE, k)]
    return tuple(np.array(column, np.int64) for column in zip(*found, strict=True))


def shuffled(case: Case, seed: int) -> Ops:
    """A random order in which every op has its inputs and its place in the stashes.

    Transfers stand anywhere between the update that makes them due and the next of their stage.
    """
    rng, M = np.random.default_rng(seed), case.design.stages
    f, b, u = [0] * M, [0] * M, [0] * M
    every = [one.every for one in case.design.arrangement.transfers]
    waiting: list[list[int]] = [[] for _ in range(M)]
    found = []

    def room(m: int, k: int, depths: tuple[int, ...]) -> bool:
        return k - u[m] < depths[m]

    def ready(m: int) -> list[tuple[list[int], Op]]:
        ops = []
        k = f[m]
        inputs = k < (case.samples if m == 0 else f[m - 1])
        places = m > 0 or room(0, k, case.x_depth)
        if m == M - 1:
            places = places and room(m, k, case.d_depth)
        else:
            places = places and room(m + 1, k, case.x_depth)
        ops += [(f, Op.FORWARD)] * (inputs and places)
        k = b[m]
        errors = k < (f[m] if m == M - 1 else b[m + 1])
        ops += [(b, Op.BACKWARD)] * (errors and (m == 0 or room(m - 1, k, case.d_depth)))
        ops += [(u, Op.UPDATE)] * (u[m] < b[m] and not waiting[m])
        ops += [(u, Op.TRANSFER)] * bool(waiting[m])
        return ops

    while u != [case.samples] * M or any(waiting):
        choices = [(m, *op) for m in range(M) for op in ready(m)]
        m, counter, op = choices[rng.integers(len(choices))]
        if op == Op.TRANSFER:
            found.append((m, op, waiting[m].pop(0)))
            continue
        found.append((m, op, counter[m]))
        if op == Op.UPDATE:
            waiting[m] += due(every, case.design.parts[m].errors, counter[m])
        counter[m] += 1
    return tuple(np.array(column, np.int64) for column in zip(*found, strict=True))


@st.composite
def peripheries(draw, managements: list[str], exact: bool) -> dict:
    """Tables of a tile's periphery, each of its effects about half the time."""
    bits = draw(st.integers(2, 9))
    noise = draw(st.sampled_from(managements))
    bounds = ["none"] if exact or bits < 3 else ["none", "iterative", "iterative-worst-case"]
    bound = draw(st.sampled_from(bounds))
    tile = {
        "output_noise": draw(st.sampled_from([0.0, 0.004])),
        "read_noise": draw(sometimes([0.05], 0.0)),
        "wire_resistance": draw(sometimes([1e-3], 0.0)),
        "noise_management": noise,
        "bound_management": bound,
        "dac": {
            "bits": bits,
            "bound": draw(sometimes([0.5, 2.0], 1.0)),
            "rounding": draw(sometimes(["stochastic"], "nearest")),
            "noise": draw(sometimes([0.05], 0.0)),
        },
        "adc": {
            "bits": draw(st.integers(3, 12)),
            "rounding": draw(sometimes(["stochastic"], "nearest")),
            "lower": draw(sometimes([0.6], 1.0)),
        },
    }
    if noise in ("constant", "abs-max"):
        tile["noise_value"] = draw(st.sampled_from([0.25, 1.0]))
    if noise == "average-abs-max":
        tile["noise_decay"] = draw(st.sampled_from([0.01, 1.0]))
    if bound != "none":
        tile["bound_factor"] = draw(st.sampled_from([2, 1000]))
        tile["bound_backward"] = draw(st.booleans())
    if bound == "iterative-worst-case":
        tile["bound_weight"] = draw(st.sampled_from([0.05, 0.6]))
    return tile


@st.composite
def cells(draw) -> dict | None:
    """Tables of unit cells; a single device about half the time."""
    kind = draw(sometimes(["reference", "pair", "vector"], None))
    if kind is None:
        return None
    if kind == "pair":
        refresh = draw(sometimes([{"refresh_every": 2, "refresh_upper": 0.05}], {}))
        if refresh:
            refresh["refresh_lower"] = draw(st.sampled_from([0.0, 0.02]))
        return {"kind": kind, **refresh}
    if kind == "reference":
        return {
            "kind": kind,
            "reference_mean": draw(st.sampled_from([0.0, -0.1])),
            "reference_std": draw(st.sampled_from([0.0, 0.2])),
            "subtract_symmetric_point": draw(st.booleans()),
        }
    found = {"kind": kind, "devices": draw(st.integers(2, 4))}
    found["policy"] = draw(st.sampled_from(POLICIES))
    weights = draw(st.sampled_from(["equal", "base", "own"]))
    if weights == "base":
        found["base"] = draw(st.sampled_from([2.0, 3.7]))
    if weights == "own":
        found["significance"] = [0.3 + 0.45 * d for d in range(found["devices"])]
    if found["policy"] in ("single", "sequential"):
        found["first"] = draw(st.integers(0, found["devices"] - 1))
    return found


@st.composite
def devices(draw) -> dict:
    """Tables of devices with write noise, decay, drift and diffusion, each about half the time."""
    found = {
        "preset": draw(st.sampled_from(["soft-bounds", "gokmen-vlasov"])),
        "w_max": draw(st.sampled_from([0.3, 0.6, 2.0])),
        "write_noise": draw(sometimes([1.0, 300.0], 0.0)),
        "dead_fraction": draw(sometimes([0.1], 0.0)),
    }
    cell = draw(cells())
    if cell is not None:
        found["cell"] = cell
        if cell["kind"] != "reference":
            found["write_noise"] = 0.0
    if draw(st.booleans()):
        return found
    found["retention_every"] = draw(st.sampled_from([1, 2, 5]))
    retention = {
        "lifetime": draw(sometimes([30.0], None)),
        "drift_nu": draw(sometimes([0.06], None)),
        "diffusion": draw(st.sampled_from([0.001, 0.1])),
    }
    found |= {key: value for key, value in retention.items() if value is not None}
    if "lifetime" in found:
        rests = [0.0] if (cell or {}).get("kind") == "pair" else [0.0, -0.25]
        found["rest"] = draw(st.sampled_from(rests))
    if "drift_nu" in found:
        found |= {"drift_nu_dtod": 0.3, "drift_t0": draw(st.sampled_from([1.0, 40.0]))}
    return found


@st.composite
def scales(draw, profile: str) -> dict:
    """Learned output scales, which the behavioural profile alone has, about half the time."""
    if profile == "hardware" or draw(st.booleans()):
        return {}
    floor = draw(st.sampled_from([0.1, 0.99]))
    return {"learn_scale": draw(st.sampled_from(["layer", "column"])), "scale_floor": floor}


#: Activations without the hard ones, whose exact values stand on ties of the DAC's codes.
SMOOTH = ("tanh", "sigmoid", "relu", "linear")


@st.composite
def raw_designs(draw, activations=tuple(CODES), **fixed) -> dict:
    """Tables of small networks with every key that the executors look at."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=2, max_size=5))
    loss = draw(st.sampled_from(fixed.get("losses", ["cross-entropy", "mse"])))
    layers = []
    for last, (inputs, outputs) in enumerate(pairwise(sizes), 2):
        closing = last == len(sizes) and loss == "cross-entropy"
        layers.append(
            {
                "inputs": inputs,
                "outputs": outputs,
                "activation": "linear" if closing else draw(st.sampled_from(activations)),
                "bias": draw(st.booleans()),
                "omega": draw(st.sampled_from([0.05, 0.4])),
                "adc_full_scale": draw(st.sampled_from([0.25, 4.0])),
                "normalise": draw(sometimes([True], False)),
                **draw(scales(fixed.get("profile", "hardware"))),
            }
        )
    exact, bits = fixed.get("algorithm") == "digital-sgd", draw(st.integers(8, 32))
    real = {
        "um_grad_scale": draw(st.sampled_from([1.0, 0.3, 4.0])),
        "fixed_bl": draw(st.booleans()),
    }
    kinds, device = fixed.get("pulse_types", PULSE_TYPES), draw(devices())
    paired = device.get("cell", {}).get("kind") == "pair"
    kind = draw(st.sampled_from([kind for kind in kinds if not paired or kind != "ideal"]))
    counted = kind != "ideal" and fixed.get("algorithm") is None
    return {
        "run": {
            "seed": draw(st.integers(0, 1000)),
            "profile": fixed.get("profile", "hardware"),
            "count_pulses": draw(st.booleans()) and counted,
        },
        "network": {"loss": loss, "fraction_bits": draw(st.sampled_from([6, 10]))},
        "layer": layers,
        "tile": {
            "rows": draw(st.sampled_from([512, 512, 5, 3])),
            "columns": draw(st.sampled_from([512, 512, 4, 7])),
            **draw(peripheries(fixed.get("managements", ["auto"]), exact)),
            "update": {
                "bl": draw(st.integers(1, 63)),
                "slots": draw(st.sampled_from(["built", "used"])),
                "pulse_type": kind,
                "update_management": draw(st.booleans()),
                "update_bl_management": draw(st.booleans()),
                "phases": draw(st.sampled_from([1, 2, 4])),
                "lfsr_bits": bits,
                "lfsr_sharing": draw(st.sampled_from(["side", "line"])),
                "comparator_bits": draw(st.integers(4, min(bits, 14))),
                "steps_per_slot": draw(st.integers(1, 9)),
                **(real if fixed.get("profile") == "behavioural" else {}),
            },
        },
        "device": device,
        "algorithm": {
            "name": fixed.get("algorithm", "analog-sgd"),
            "lr": draw(st.sampled_from([0.01, 0.3])),
            "lr_decay_after": draw(st.sampled_from([0.0, 0.5, 1.0])),
        },
    }


@st.composite
def cases(draw, **fixed) -> Case:
    """Cases with random stash depths."""
    one = case(draw(raw_designs(**fixed)), samples=draw(st.integers(1, 12)))
    depths = st.lists(st.integers(1, 5), min_size=one.design.stages, max_size=one.design.stages)
    x_depth, d_depth = tuple(draw(depths)), tuple(draw(depths))
    return Case(one.design, one.data, one.samples, x_depth, d_depth)
