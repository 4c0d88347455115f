"""The table of unit cells, its example, and cells on the bench."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from models import executor
from models.device.cell import CELL_KEYS, Cell
from models.device.measurement import measure
from models.device.section import Device
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.packed import case, sequential
from tests.models.pulsing import train
from tests.models.test_cell import STEADY

TEXT = (Path(__file__).parents[3] / "docs" / "devices.md").read_text()


@pytest.mark.parametrize(
    "cell", [{"kind": "pair"}, {"kind": "vector", "devices": 3, "policy": "sequential"}], ids=str
)
def test_a_train_on_the_bench_is_the_array_s_updates(cell):
    """`pulsetrain device` pulses cells as a tile of one row does, from the same start."""
    device = Device(cell=Cell(**cell), dw_min=0.02)
    bar = make_crossbar(TileConfig(1, 30, seed=3), device, 0.25, 4.0)
    start = np.zeros_like(bar.states)
    if cell["kind"] == "vector":
        start = np.stack([own.w_min for own in bar.members])
    bar = bar.with_weights(bar.cell.combine(start), start)
    found = list(bar.cell.pulsed(6))
    assert (found[0] == bar.weights).all()
    for sample, weights in enumerate(found[1:]):
        bar.update(train(bar, 1, sample < 6), sample)
        assert (bar.weights == weights).all()


def test_a_pair_is_measured_by_its_weight_and_its_first_device():
    """A constant step up for each device: the weight comes back to 0, each device does not."""
    keys = {"devices": 20, "pulses": 10}
    pair = measure(Device(cell=Cell(kind="pair"), **STEADY), **keys)
    one = measure(Device(**STEADY), **keys)
    assert pair.train.mean[[0, 10, 20]] == pytest.approx([0, 10 * 2.0**-10, 0], abs=1e-9)
    assert one.train.mean[0] < -0.5
    assert (pair.rise, pair.drag, pair.bounds) == (one.rise, one.drag, one.bounds)


@pytest.mark.parametrize("kind", CELL_KEYS)
def test_the_documentation_names_every_key_of_a_kind(kind):
    (row,) = re.findall(rf"^\| `{kind}` \|.*$", TEXT, re.MULTILINE)
    assert set(re.findall("`([a-z_]+)`", row)) - {kind} == set(CELL_KEYS[kind])
    assert set(CELL_KEYS[kind]) < set(Cell.model_fields)


def test_the_example_of_the_documentation_learns():
    (example,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    one = case(tomllib.loads(example) | {"layer": [{"inputs": 9, "outputs": 5}]})
    memory = one.memory()
    before = memory.state.held.copy()
    executor.run(memory, *sequential(one.samples, 1), one.order)
    assert one.design.device.cell is not None
    assert len(before) == 3 * 45
    assert all((part != 0).any() for part in np.split(memory.state.held - before, 3))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "pair", "devices": 2}, "a cell of kind 'pair' has no such key"),
        ({"kind": "vector", "reference_std": 0.1}, "a cell of kind 'vector' has no such key"),
        ({"kind": "vector", "devices": 3, "significance": (1.0, 1.0)}, "2 values for the 3 of"),
        ({"kind": "vector", "significance": (1.0, 1.0), "base": 2.0}, "give it or"),
        ({"kind": "vector", "policy": "all", "first": 1}, "the policy 'all' has no first device"),
        ({"kind": "vector", "policy": "single", "first": 2}, "there is no device 2 among 2"),
    ],
)
def test_impossible_cells_are_refused(keys, said):
    with pytest.raises(ValidationError, match=said):
        Cell(**keys)
