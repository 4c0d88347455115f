from typing import Any

import numpy as np
import pytest

from models.design import make_design
from models.error import DesignError
from models.network import make_network
from rtl.digital import digital_config
from tests.models.packed import images

LAYERS: list[dict[str, Any]] = [
    {"inputs": 6, "outputs": 5, "scale": 0.25, "bias": False, "activation": "relu"},
    {"inputs": 5, "outputs": 4, "adc_full_scale": 2.0, "scale": 4.0},
]


def test_every_power_of_two_is_that_of_the_network() -> None:
    tables = {"layer": LAYERS, "algorithm": {"lr": 0.1, "lr_decay_after": 0.5, "lr_decay": 0.1}}
    design = make_design(tables)
    network = make_network(design, images(6, 4), 20)
    for stage, layer in enumerate(network.layers):
        config = digital_config(design, stage, 20)
        assert 2.0**config.sum_places == layer.crossbar.adc_lsb * layer.scale
        amplitude, bias = network.rates.amplitude[stage], network.rates.bias
        assert [2.0**gain for gain in config.gains] == amplitude.tolist()
        unit = network.numerics.bias_unit
        assert [2.0**places for places in config.bias_places] == (bias * unit).tolist()
        assert (config.decay_from, 2**config.fraction_bits) == (10, network.numerics.unit)
        assert (config.inputs, config.outputs) == (layer.crossbar.weights.shape)
        assert (config.biased, config.activation) == (layer.biased, layer.activation)
    assert len(set(config.gains)) == 2
    assert np.log2(network.numerics.bias_unit) == config.bias_fraction_bits


def test_the_last_stage_alone_has_a_loss() -> None:
    design = make_design({"layer": LAYERS, "network": {"label_smoothing": 0.5}})
    assert [digital_config(design, stage, 5).loss for stage in (0, 1)] == [None, "cross-entropy"]
    config = digital_config(design, 1, 5)
    assert (config.label_target, config.other_target) == (640, 128)


def test_depths_are_those_of_the_schedule() -> None:
    design = make_design({"layer": LAYERS, "schedule": {"name": "async", "S": [4, 3], "Q": [2, 5]}})
    found = [digital_config(design, stage, 5) for stage in (0, 1)]
    assert [(one.x_depth, one.d_depth) for one in found] == [(4, 2), (3, 5)]


@pytest.mark.parametrize(
    ("tables", "sentence"),
    [
        (
            {"tile": {"rows": 3}},
            "tile.rows: digital units are written for one tile a layer, but layer.0 has 2",
        ),
        (
            {"layer": [LAYERS[0] | {"normalise": True}, LAYERS[1]]},
            "layer.0.normalise: no digital unit in hardware normalises",
        ),
        (
            {"layer": [LAYERS[0] | {"dropout": 0.5}, LAYERS[1]]},
            "layer.0.dropout: no digital unit in hardware drops outputs",
        ),
        (
            {"run": {"profile": "behavioural"}},
            'tile.noise_management: Verilog is written for "shift" alone, not "abs-max"',
        ),
    ],
)
def test_what_has_no_digital_unit_is_refused(tables: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DesignError) as error:
        digital_config(make_design({"layer": LAYERS} | tables), 0, 5)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("lr", "decay", "scale", "dw_min", "fraction"),
    [(1e-12, 1e-6, 2.0**29, 1024.0, 14), (1e6, 1.0, 2.0**-29, 1e-9, 4)],
)
def test_the_extreme_rates_fit_the_field_of_the_tile_s_command(
    lr: float, decay: float, scale: float, dw_min: float, fraction: int
) -> None:
    bound = min(1024.0, 1e4 * dw_min)
    tables = {
        "layer": [layer | {"scale": scale} for layer in LAYERS],
        "algorithm": {"lr": lr, "lr_decay": decay},
        "device": {"dw_min": dw_min, "w_max": bound, "w_min": -bound},
        "network": {"fraction_bits": fraction},
    }
    gains = digital_config(make_design(tables), 0, 5).gains
    assert max(map(abs, gains)) > 60
    assert all(-128 <= gain < 128 for gain in gains)
