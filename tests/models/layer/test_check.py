"""Layers that do not fit, each with its whole sentence."""

import pytest

from models.design import make_design
from models.error import DesignError

CONV = {"kind": "conv", "channels": 1, "height": 8, "width": 8, "filters": 4, "kernel": 3}
LSTM = {"kind": "lstm", "features": 8, "hidden": 4, "steps": 8}
LAST = {"inputs": 4, "outputs": 10}
OWN = {"first_stage_backward": True}

WRONG = {
    "layer.0.kernel: 9 is more than the 8 of the padded map": [{**CONV, "kernel": 9}, LAST],
    "layer.0.padding: 3 would let the kernel of 3 see nothing but zeros": [
        {**CONV, "padding": 3},
        LAST,
    ],
    "layer.0.pool: 7 is more than the 6 of the map before pooling": [{**CONV, "pool": 7}, LAST],
    "layer.1.inputs: 4, but layer 0 has 144 outputs": [CONV, LAST],
    "layer.1.channels: 3, but layer 0 hands on 4": [CONV, {**CONV, "channels": 3}, LAST],
    "layer.1.height: 8, but layer 0 hands on 6": [CONV, {**CONV, "channels": 4}, LAST],
    "layer.1.width: 8, but layer 0 hands on 6": [
        CONV,
        {**CONV, "channels": 4, "height": 6},
        LAST,
    ],
    "layer.1.channels: makes 64 inputs, but layer 0 has 4 outputs": [LSTM, CONV, LAST],
    "layer.1.features: makes 64 inputs, but layer 0 has 144 outputs": [CONV, LSTM, LAST],
    "layer.0.truncate: 9, but there are 8 steps": [{**LSTM, "truncate": 9}, LAST],
    "layer.0.kind: the last layer must be 'linear', not 'conv'": [CONV],
    "layer.0.kind: the last layer must be 'linear', not 'lstm'": [LSTM],
    "layer.0.height: a map of 2000 x 2000 under this kernel has more than 4194304 elements": [
        {**CONV, "height": 2000, "width": 2000},
        LAST,
    ],
    "layer.0: kind should be 'linear', 'conv' or 'lstm'": [{**CONV, "kind": "pool"}, LAST],
    "layer.0.filters: field required": [
        {key: value for key, value in CONV.items() if key != "filters"},
        LAST,
    ],
    "layer.0.hidden: there is no such key": [{**CONV, "hidden": 3}, LAST],
    "layer.0.activation: there is no such key": [{**LSTM, "activation": "relu"}, LAST],
    "layer.0.scale: must be a power of two in the hardware profile, not 3.0": [
        {**CONV, "scale": 3.0},
        {"inputs": 144, "outputs": 10},
    ],
}


ADAPTED = {"inputs": 64, "outputs": 10, "adapter_rank": 4}
BASE = {"inputs": 64, "outputs": 10}

WRONG_ADAPTERS = {
    "layer.0.adapter_rank: 11, but the layer itself has a rank of at most 10": {
        "layer": [{**BASE, "adapter_rank": 11}]
    },
    "layer.0.adapter_rank: input should be greater than or equal to 1, not 0": {
        "layer": [{**BASE, "adapter_rank": 0}]
    },
    "layer.0.adapter_scale: there is no adapter without layer.0.adapter_rank": {
        "layer": [{**BASE, "adapter_scale": 2.0}]
    },
    "layer.0.adapter_base: there is no adapter without layer.0.adapter_rank": {
        "layer": [{**BASE, "adapter_base": "digital"}]
    },
    "layer.0.adapter_bias: there is no adapter without layer.0.adapter_rank": {
        "layer": [{**BASE, "adapter_bias": False}]
    },
    "layer.0.adapter_scale: must be a power of two in the hardware profile, not 3.0": {
        "layer": [{**ADAPTED, "adapter_scale": 3.0}]
    },
    "layer.0.normalise: there is none in a layer with an adapter": {
        "layer": [{**ADAPTED, "normalise": True}]
    },
    "layer.0.learn_scale: there is none in a layer with an adapter": {
        "layer": [{**ADAPTED, "learn_scale": "layer"}],
        "run": {"profile": "behavioural"},
    },
    "layer.0.adapter_rank: there is no such key": {"layer": [{**CONV, "adapter_rank": 2}]},
    "tile.digital_bits: sums of the digital base of layer.0 would need 55 bits, more than the 53 "
    "that are exact": {
        "layer": [{**ADAPTED, "inputs": 256, "adapter_base": "digital"}],
        "tile": {"digital_bits": 24},
    },
    "schedule.W: give one value, or 2, one a stage, not 1": {
        "layer": [ADAPTED],
        "schedule": {"W": [1]},
    },
}


@pytest.mark.parametrize("sentence", WRONG_ADAPTERS)
def test_an_adapter_that_cannot_be_made_is_refused(sentence):
    with pytest.raises(DesignError) as caught:
        make_design(WRONG_ADAPTERS[sentence])
    assert str(caught.value) == sentence


def test_b_follows_its_own_fans_and_the_factor():
    """Power of two nearest to sqrt(6 / (4 + 10)) / 0.05, times 8."""
    below, above = make_design({"layer": [{**ADAPTED, "adapter_scale": 8.0}]}).parts
    assert (below.scale, above.scale) == (make_design({"layer": [BASE]}).layer[0].scale, 8 * 16.0)
    assert (below.omega, above.omega) == (0.05, 0.0)


@pytest.mark.parametrize("sentence", WRONG)
def test_a_layer_that_does_not_fit_is_refused(sentence):
    with pytest.raises(DesignError) as caught:
        make_design({"layer": WRONG[sentence], "schedule": OWN})
    assert str(caught.value) == sentence


def test_an_lstm_as_first_layer_needs_its_backward():
    with pytest.raises(DesignError) as caught:
        make_design({"layer": [LSTM, LAST]})
    assert str(caught.value) == (
        "schedule.first_stage_backward: must be true where the first layer is an 'lstm': its "
        "errors go back through time in B"
    )
    make_design({"layer": [LSTM, LAST], "schedule": OWN})


def test_scales_follow_the_matrix():
    """Powers of two nearest to sqrt(6 / (9 + 4 9)) / 0.05 and sqrt(6 / (12 + 4)) / 0.05."""
    design = make_design({"layer": [CONV, {"inputs": 144, "outputs": 10}]})
    assert design.layer[0].scale == 8.0
    design = make_design({"layer": [LSTM, LAST], "schedule": OWN})
    assert design.layer[0].scale == 16.0
