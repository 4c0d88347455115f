"""Checkpoints: what a trained network is, written and read again, programmed into other devices."""

import numpy as np
import pytest

from models.checkpoint import FILE, FOLDER, layer_values, read_checkpoint, write_checkpoint
from models.design import read_design
from models.error import DesignError
from sim.training import Training

SMALL = ("data.limit=40", "run.epochs=2")


def trained(*overrides: str) -> Training:
    training = Training(read_design(None, (*SMALL, *overrides)))
    training.run()
    return training


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    training, folder = trained(), tmp_path_factory.mktemp("run")
    memory = training.memory
    write_checkpoint(folder, memory.layers, memory.state._asdict())
    return training, folder


def test_a_checkpoint_holds_real_weights_and_all_memory(kept):
    training, folder = kept
    found = read_checkpoint(folder)
    assert read_checkpoint(folder / FOLDER / FILE)[0].bias.tolist() == found[0].bias.tolist()
    for layer, values in zip(training.memory.layers, found, strict=True):
        assert (values.weight == layer.grid.weights() * layer.scale).all()
        unit = layer.numerics.unit * layer.numerics.bias_unit
        assert (values.bias * unit == layer.bias).all()
    with np.load(folder / FOLDER / FILE) as arrays:
        for name, value in training.memory.state._asdict().items():
            assert np.array_equal(arrays[f"state.{name}"], value)


def test_a_network_that_starts_from_it_is_the_trained_one(kept):
    training, folder = kept
    again = Training(read_design(None, (*SMALL, f"network.start={str(folder)!r}")))
    for own, layer in zip(again.memory.layers, training.memory.layers, strict=True):
        assert np.array_equal(own.grid.weights(), layer.grid.weights())
        assert np.array_equal(own.bias, layer.bias)


@pytest.mark.parametrize(
    "overrides",
    [
        ("algorithm=tiki-taka",),
        ("algorithm=batched-agad", "schedule=fill-drain"),
        ("device.cell.kind='pair'",),
        ("device.write_noise=10.0",),
        ("tile.rows=20", "tile.columns=9"),
        ("profile=behavioural",),
        ("algorithm=digital-sgd",),
    ],
)
def test_other_devices_are_written_with_its_weights_within_their_bounds(kept, overrides):
    training, folder = kept
    start = f"network.start={str(folder)!r}"
    other = Training(
        read_design(
            None, (*SMALL, *overrides, "device.w_max_dtod=0.0", "device.w_min_dtod=0.0", start)
        )
    )
    for own, layer in zip(other.memory.layers, training.memory.layers, strict=True):
        wanted, found = layer_values(layer), layer_values(own)
        step = 2.0**-18 * layer.scale
        assert found.weight == pytest.approx(wanted.weight, abs=step)
        assert found.bias == pytest.approx(wanted.bias, abs=1e-6)
    other.run()
    assert np.isfinite(other.metrics[-1].loss)


def test_what_does_not_fit_is_refused_in_one_sentence(kept, tmp_path):
    _, folder = kept
    start = f"network.start={str(folder)!r}"
    sizes = ("layer.0.outputs=30", "layer.1.inputs=30")
    for overrides, sentence in (
        ((start, *sizes), r"^network.start: layer 0 of the checkpoint has 64 rows and 32 columns"),
        ((f"network.start={str(tmp_path)!r}",), r"^network.start: .* is not there$"),
    ):
        with pytest.raises(DesignError, match=sentence):
            Training(read_design(None, (*SMALL, *overrides)))
    whole = (folder / FOLDER / FILE).read_bytes()
    (tmp_path / "half.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DesignError, match=r"^network.start: .*half.npz is not a whole checkpoint"):
        read_checkpoint(tmp_path / "half.npz")
