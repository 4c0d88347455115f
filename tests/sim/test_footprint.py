"""Predicted bytes are those of the arrays that a training makes."""

from pathlib import Path

import pytest

from models.design import read_design
from models.memory import Memory
from sim.footprint import footprint, stash_bits, stash_bytes, weight_bytes
from sim.forecast import forecast, slower
from sim.system import make_system
from sim.training import Training

EXAMPLES = Path(__file__).parents[2] / "examples"
#: Name of an example, or none, and overrides.
CASES = {
    "digits": (None, ()),
    "deep": ("deep", ()),
    "fill-drain": (None, ("schedule=fill-drain",)),
    "convolutions": ("lenet-digits", ()),
    "recurrent": ("lstm-digits", ()),
    "tiki-taka": ("tiki-taka", ()),
    "agad": (None, ("algorithm=agad",)),
    "pairs": (None, ("device.cell.kind=pair",)),
    "exponential": (None, ("device=reram-es",)),
    "written": (None, ("device.write_noise=0.5",)),
}


def packed(memory: Memory) -> tuple[int, int]:
    """Bytes of weights and devices, and of stashes."""
    plan, state = memory.plan, memory.state
    weights = plan.devices.nbytes + state.weights.nbytes + state.digital.nbytes
    if state.held is not state.weights:
        weights += state.held.nbytes
    names = ("x", "d", "value", "slope", "cells", "gradient")
    return weights, sum(getattr(state, name).nbytes for name in names)


@pytest.mark.parametrize("name", CASES)
def test_weights_and_stashes_are_counted_to_the_byte(name):
    example, keys = CASES[name]
    path = None if example is None else EXAMPLES / f"{example}.toml"
    design = read_design(path, (*keys, "run.samples=20"))
    memory = Training(design).memory
    system = make_system(design)
    assert (weight_bytes(design), stash_bytes(design, system)) == packed(memory)


def test_the_parts_hold_what_a_run_keeps():
    design = read_design(None, ("run.samples=300",))
    training = Training(design)
    found = footprint(design, training.system, training.data, training.interval)
    assert found.total == found.weights + found.stashes + found.staging + found.data
    assert found.staging > training.memory.state.logits.nbytes
    pixels = training.data.train.pixels.nbytes + training.data.test.pixels.nbytes
    assert found.data == pixels + 8 * 1797


def test_stashes_of_the_machine_hold_codes():
    design = read_design(None)
    one = ((1, 1, 1), (1, 1, 1))
    assert stash_bits(design, one) == 7 * (64 + 32 + 16 + 32 + 16 + 10)
    assert stash_bits(design, ((2, 2, 2), (2, 2, 2))) == 2 * stash_bits(design, one)


def test_a_forecast_grows_with_the_samples_and_the_weights():
    small = read_design(None)
    large = read_design(None, ("layer.0.outputs=512", "layer.1.inputs=512"))
    data = Training(read_design(None, ("run.samples=20",))).data
    found = [
        forecast(design, make_system(design), data, total, total)
        for design, total in ((small, 1000), (small, 2000), (large, 1000))
    ]
    assert found[1].train / found[1].slower == pytest.approx(2 * found[0].train / found[0].slower)
    assert found[2].train / found[2].slower > found[0].train / found[0].slower
    assert found[0].seconds > found[0].train > 0


def test_the_processor_is_timed_briefly():
    assert 0 < slower() < 1000
