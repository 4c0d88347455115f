"""Small networks of linear layers, convolutions with pooling and LSTMs, in any order."""

from hypothesis import strategies as st

from models.activation import CODES
from tests.models.packed import Case, case, raw_designs
from tests.models.properties import sometimes

ACTIVATIONS = tuple(CODES)


@st.composite
def _convolution(draw, shape: tuple[int, int, int] | None, activations: tuple[str, ...]) -> dict:
    sides = shape or (draw(st.integers(1, 2)), draw(st.integers(2, 4)), draw(st.integers(2, 4)))
    channels, height, width = sides
    padding = draw(st.integers(0, 1))
    kernel = draw(st.integers(padding + 1, max(padding + 1, min(3, height, width))))
    stride = draw(st.integers(1, 2))
    found = (min(height, width) + 2 * padding - kernel) // stride + 1
    return {
        "kind": "conv",
        "channels": channels,
        "height": height,
        "width": width,
        "filters": draw(st.integers(1, 3)),
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "pool": draw(st.integers(1, min(2, found))),
        "pool_kind": draw(st.sampled_from(["max", "average"])),
        "activation": draw(st.sampled_from(activations)),
    }


def map_of(layer: dict) -> tuple[int, int, int]:
    """Channels, rows and columns that a convolution hands on, by counting places one by one."""
    sides = []
    for side in (layer["height"], layer["width"]):
        last = side + 2 * layer["padding"] - layer["kernel"]
        places = len(range(0, last + 1, layer["stride"]))
        sides.append(places // layer["pool"])
    return layer["filters"], *sides


@st.composite
def _recurrence(draw, size: int | None) -> dict:
    steps = draw(st.integers(1, 4))
    if size is not None:
        steps = draw(st.sampled_from([n for n in range(1, size + 1) if size % n == 0]))
    features = draw(st.integers(1, 3)) if size is None else size // steps
    found = {
        "kind": "lstm",
        "features": features,
        "steps": steps,
        "hidden": draw(st.integers(1, 3)),
    }
    if draw(st.booleans()):
        found["truncate"] = draw(st.integers(1, steps))
    if draw(st.booleans()):
        found["forget_bias"] = draw(st.sampled_from([0.0, -0.5]))
    return found


@st.composite
def layer_chains(draw, loss: str, activations=ACTIVATIONS) -> list[dict]:
    """Up to three layers of any kind, then a linear one."""
    found: list[dict] = []
    for kind in draw(st.lists(st.sampled_from(["conv", "lstm", "linear"]), min_size=1, max_size=3)):
        given = map_of(found[-1]) if found and found[-1]["kind"] == "conv" else None
        size = given and given[0] * given[1] * given[2]
        if kind == "conv":
            layer = draw(_convolution(given, activations))
            inputs = layer["channels"] * layer["height"] * layer["width"]
        elif kind == "lstm":
            layer = draw(_recurrence(size))
            inputs = layer["steps"] * layer["features"]
        else:
            inputs = size or draw(st.integers(1, 9))
            activation = draw(st.sampled_from(activations))
            layer = {"kind": kind, "inputs": inputs, "outputs": 1, "activation": activation}
        if found and given is None:
            found[-1]["hidden" if found[-1]["kind"] == "lstm" else "outputs"] = inputs
        found.append(layer)
    below = found[-1]
    if below["kind"] == "conv":
        channels, height, width = map_of(below)
        inputs = channels * height * width
    else:
        inputs = below["hidden"] if below["kind"] == "lstm" else below["outputs"]
    activation = "linear" if loss == "cross-entropy" else draw(st.sampled_from(activations))
    last = {"inputs": inputs, "outputs": draw(st.integers(2, 4)), "activation": activation}
    common = {
        "omega": draw(st.sampled_from([0.05, 0.4])),
        "adc_full_scale": draw(st.sampled_from([0.25, 4.0])),
    }
    dropout = draw(sometimes([0.5, 0.3], 0.0))
    found = [{**layer, "dropout": dropout} for layer in found]
    return [{**layer, **common, "bias": draw(sometimes([False], True))} for layer in [*found, last]]


@st.composite
def mixed_cases(draw, activations=ACTIVATIONS, **fixed) -> Case:
    """Cases of such networks with every key of the tiles, random stash depths, few samples."""
    raw = draw(raw_designs(activations, **fixed))
    raw["layer"] = draw(layer_chains(raw["network"]["loss"], activations))
    raw["network"]["label_smoothing"] = draw(sometimes([0.1], 0.0))
    update = raw["tile"]["update"]  # an LSTM's matrix is too wide for the shortest registers
    update["lfsr_bits"] = max(16, update["lfsr_bits"])
    raw["schedule"] = {"first_stage_backward": True}
    one = case(raw, samples=draw(st.integers(1, 5)))
    depths = st.lists(st.integers(1, 3), min_size=one.design.stages, max_size=one.design.stages)
    return Case(one.design, one.data, one.samples, tuple(draw(depths)), tuple(draw(depths)))
