"""Convolution, pooling and LSTM against what PyTorch computed (layers.json)."""

import json

import numpy as np
import pytest

from models.converter import Numerics, Scaling
from models.layer.conv import make_convolution
from models.layer.lstm import Recurrence
from models.layer.section import ConvLayer, LstmLayer
from tests.models.peer.record_layers import RECORD, record

EXACT = Numerics(False, Scaling.EXACT, 10, 1.0, np.inf, 1.0)
THEIRS = json.loads(RECORD.read_text())


def near(value: object) -> object:
    return pytest.approx(np.array(value), abs=1e-13)


def test_an_lstm_is_theirs():
    """Their two matrices side by side are the transpose of ours; gates i, f, g, o in both."""
    own = THEIRS["lstm"]
    one = Recurrence(LstmLayer.model_validate({"kind": "lstm", **own["layer"]}), EXACT)
    matrix = np.concatenate([np.array(part).T for part in own["weights"]])
    seen, errors = [], {}

    def read(vectors: np.ndarray, places: np.ndarray) -> np.ndarray:
        seen.append(vectors[0, 0])
        return vectors @ matrix + np.array(own["bias"])

    def back(vectors: np.ndarray, places: np.ndarray) -> np.ndarray:
        errors[int(places[0])] = vectors[0, 0]
        return vectors @ matrix.T

    passed = one.forward(np.array([own["x"]]), read)
    assert passed.value[0] == near(own["value"])
    assert one.backward(np.array([own["out"]]), passed.cells, back)[0] == near(own["gradient"])
    found = sum(np.outer(seen[t], errors[t]) for t in errors)
    wanted = np.concatenate([np.array(part).T for part in own["weight_gradients"]])
    assert found == near(wanted)
    assert sum(errors.values()) == near(own["bias_gradient"])


@pytest.mark.parametrize("kind", ["max", "average"])
def test_a_convolution_with_pooling_is_theirs(kind):
    own = THEIRS[kind]
    layer = ConvLayer.model_validate({"kind": "conv", "activation": "tanh", **own["layer"]})
    one, matrix, seen = make_convolution(layer, EXACT), np.array(own["weights"]).T, []

    def read(vectors: np.ndarray, places: np.ndarray) -> np.ndarray:
        seen.append(vectors[0])
        return vectors @ matrix + np.array(own["bias"])

    passed = one.forward(np.array([own["x"]]), read)
    assert passed.value[0] == near(own["value"])
    errors = one.take(np.array([own["out"]]), passed.slope)
    assert one.collect(errors @ matrix.T)[0] == near(own["gradient"])
    moved = seen[0].T @ errors[0]
    assert moved.T.tolist() == near(own["weight_gradient"])
    assert errors[0].sum(axis=0) == near(own["bias_gradient"])


def test_the_record_is_what_they_compute_now():
    pytest.importorskip("torch")
    found = record()
    for name in ("lstm", "max", "average"):
        for key, value in THEIRS[name].items():
            if key not in ("layer", "weights", "weight_gradients"):
                assert np.array(found[name][key]) == near(value), (name, key)
