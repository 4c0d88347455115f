"""Adapters end to end: started from a finished run, trained, kept and started again."""

import numpy as np
import pytest

from models.checkpoint import layer_values, read_checkpoint, write_checkpoint
from models.design import read_design
from models.energy.activity import activity
from models.error import DesignError
from models.tile import grid_config
from sim.outcome import training_summary
from sim.training import Training

SMALL = ("data.limit=60", "run.epochs=2")
MOVED = ("data.name=shifted-digits", *(f"layer.{n}.adapter_rank=4" for n in range(3)))


def trained(*overrides: str) -> Training:
    training = Training(read_design(None, (*SMALL, *overrides)))
    training.run()
    return training


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    training, folder = trained(), tmp_path_factory.mktemp("base")
    write_checkpoint(folder, training.memory.layers, training.memory.state._asdict())
    return training, folder, f"network.start={str(folder)!r}"


@pytest.mark.parametrize("kind", ["analog", "digital"])
@pytest.mark.parametrize("profile", ["hardware", "behavioural"])
def test_training_leaves_the_started_base_and_its_bias_alone(base, kind, profile):
    source, _, start = base
    keys = (f"layer.{n}.adapter_base={kind}" for n in range(3))
    training = trained(*MOVED, *keys, start, f"profile={profile}", "algorithm.lr=0.2")
    parts, moved = training.design.parts, 0
    for n, layer in enumerate(source.memory.layers):
        below, above = (training.memory.layers[2 * n + own] for own in range(2))
        wanted, outputs = layer_values(layer), parts[2 * n + 1].outputs
        found = layer_values(below)
        exact = found.weight[:, :outputs]
        step = 2.0**-18 * layer.scale if kind == "analog" else 2.0**-11
        bounded = np.abs(exact - wanted.weight) > step
        assert kind == "digital" or (np.abs(exact[bounded]) <= 0.65 * layer.scale).all()
        assert bounded.mean() < 0.02
        assert layer_values(above).bias == pytest.approx(wanted.bias, abs=1e-6)
        started = Training(read_design(None, (*SMALL, *MOVED, start)))
        if kind == "analog" and profile == "hardware":
            first = started.memory.layers[2 * n].grid.weights()[:, :outputs]
            assert np.array_equal(below.grid.weights()[:, :outputs], first)
        moved += int(above.grid.weights().any())
    assert moved == 3


def test_an_adapted_network_starts_from_its_own_checkpoint(base, tmp_path):
    *_, start = base
    for kind in ("analog", "digital"):
        keys = (*MOVED, *(f"layer.{n}.adapter_base={kind}" for n in range(3)))
        training, folder = trained(*keys, start), tmp_path / kind
        folder.mkdir()
        write_checkpoint(folder, training.memory.layers, training.memory.state._asdict())
        assert [values.weight.shape for values in read_checkpoint(folder)] == [
            *((64, 36), (4, 32), (32, 20), (4, 16), (16, 14), (4, 10))
        ]
        again = Training(read_design(None, (*SMALL, *keys, f"network.start={str(folder)!r}")))
        for own, layer in zip(again.memory.layers, training.memory.layers, strict=True):
            assert np.array_equal(own.grid.weights(), layer.grid.weights())
            assert np.array_equal(own.bias, layer.bias)
            assert kind == "analog" or np.array_equal(own.base, layer.base)


def test_batched_reads_take_another_path_to_the_same_bits(base):
    *_, start = base
    keys = (*MOVED, start, "schedule=fill-drain", "layer.1.adapter_base=digital")
    one, other = trained(*keys), trained(*keys, "run.batched=true")
    assert np.array_equal(one.memory.state.weights, other.memory.state.weights)
    assert one.metrics == other.metrics


def test_the_clock_knows_two_stages_a_layer_and_the_summary_the_digital_products(base):
    *_, start = base
    keys = ("data.name=shifted-digits", "layer.0.adapter_rank=4", "layer.0.adapter_base=digital")
    summary = training_summary(trained(*keys, start))
    assert summary["stages"] == 4
    assert summary["digital"]["base_products"] == [2 * 60 * 64 * 32, 0, 0, 0]
    keys = (*keys, "layer.2.adapter_rank=2", "layer.2.adapter_base=digital")
    summary = training_summary(trained(*keys))
    assert summary["digital"]["base_products"] == [245760, 0, 0, 2 * 2 * 60 * 160, 0]


def test_frozen_tiles_are_read_and_cost_no_update():
    """Of an analog base and A beside it, A alone is pulsed; a digital base costs operations."""
    found = {}
    for kind in ("analog", "digital"):
        keys = ("layer.0.adapter_rank=4", f"layer.0.adapter_base={kind}")
        design = read_design(None, keys)
        grids = tuple(grid_config(design, stage) for stage in range(4))
        found[kind] = activity(design, grids, 10)
    analog, digital = found["analog"], found["digital"]
    assert analog.forward[0] - digital.forward[0] == 10
    assert analog.updates == digital.updates == 4 * 10
    assert digital.operations - analog.operations == 2 * 10 * 64 * 32
    assert digital.bits - analog.bits == 10 * 64 * 32 * 16


def test_a_base_of_another_shape_is_refused(base, tmp_path):
    *_, start = base
    with pytest.raises(DesignError) as caught:
        trained("layer.0.outputs=31", "layer.1.inputs=31", "layer.0.adapter_rank=4", start)
    assert str(caught.value) == (
        "network.start: layer 0 of the checkpoint has 64 rows and 32 columns, not 64 and 31"
    )


def test_messages_count_layers_not_stages():
    with pytest.raises(DesignError) as caught:
        trained("layer.0.adapter_rank=4", "layer.1.adc_full_scale=1e-7")
    assert str(caught.value).startswith("layer.1.adc_full_scale: ")
