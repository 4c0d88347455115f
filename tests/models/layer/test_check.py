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
