"""The digital units of adapted layers: exact sums, rounded once, and what passes tiles by."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.converter import Numerics, Scaling
from models.layer.adapter import Down, Up
from models.layer.part import DownPart, UpPart, layer_numbers, parts_of
from models.layer.section import ConvLayer, LinearLayer
from tests.models.properties import PROPERTY

INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, float((1 << 22) - 1), 4096.0)
codes = st.integers(-(1 << 22) + 1, (1 << 22) - 1)


def rounded(total: int) -> int:
    """A sum of products on the digital grid, half to even, saturated."""
    limit = int(INTEGER.limit)
    return max(-limit, min(limit, round(Fraction(total, 1024))))


@PROPERTY
@given(st.lists(st.tuples(codes, codes, codes), min_size=1, max_size=64))
def test_products_with_the_frozen_numbers_are_exact_and_rounded_once(lines):
    """In Python's integers; up to 64 lines of 23 bits are 52 bits."""
    x, *columns = (np.array(own, float) for own in zip(*lines, strict=True))
    base = np.stack(columns, axis=1)
    unit = Down(base, INTEGER)
    passed = unit.forward(x[None, :], lambda vectors, _: vectors[:, :, :1])
    wanted = [rounded(sum(line[0] * line[1 + j] for line in lines)) for j in range(2)]
    assert passed.value[0].tolist() == [*wanted, x[0]]
    assert (passed.slope == 1024.0).all()
    errors = np.array([[lines[0][0], lines[-1][1]]], float)
    upper = unit.join(np.full((1, 1, len(x)), 7.0), errors)[0]
    limit = int(INTEGER.limit)
    for found, line in zip(upper.tolist(), lines, strict=True):
        own = round(Fraction(int(errors[0, 0]) * line[1] + int(errors[0, 1]) * line[2], 1024))
        assert found == max(-limit, min(limit, own + 7))


def test_errors_of_the_first_stage_are_told_apart():
    unit = Down(np.zeros((3, 2)), INTEGER)
    own, passed = unit.split(np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), np.full((1, 5), 1024.0))
    assert own.tolist() == [[[3.0, 4.0, 5.0]]]
    assert passed.tolist() == [[1.0, 2.0]]


def test_the_second_stage_adds_and_saturates_what_passes_by():
    unit = Up("linear", 2, INTEGER)
    limit = INTEGER.limit
    found = unit.forward(np.array([[5.0, limit, 9.0]]), lambda vectors, _: vectors[:, :, [0, 0]])
    assert found.value.tolist() == [[14.0, limit]]
    own, passed = unit.split(np.array([[3.0, -3.0]]), np.array([[512.0, 512.0]]))
    assert own.tolist() == [[[2.0, -2.0]]]
    assert passed.tolist() == [[2.0, -2.0]]
    assert unit.join(np.array([[[8.0]]]), passed).tolist() == [[2.0, -2.0, 8.0]]


def test_stages_follow_their_layers():
    plain = LinearLayer(inputs=6, outputs=5)
    conv = ConvLayer(kind="conv", channels=1, height=4, width=4, filters=2, kernel=2)
    adapted = LinearLayer(inputs=5, outputs=4, adapter_rank=2, activation="relu", dropout=0.5)
    digital = LinearLayer(inputs=4, outputs=3, adapter_rank=1, adapter_base="digital")
    layers = (conv, plain, adapted, digital)
    parts = parts_of(layers)
    assert layer_numbers(layers) == (0, 1, 2, 2, 3, 3)
    assert [part.kind for part in parts] == ["conv", "linear", "linear", "up", "down", "up"]
    assert [type(part) for part in parts[2:]] == [DownPart, UpPart] * 2
    assert [(part.rows, part.columns) for part in parts[2:]] == [(5, 6), (2, 4), (4, 1), (1, 3)]
    assert [(part.inputs, part.outputs) for part in parts[2:]] == [(5, 6), (6, 4), (4, 4), (4, 3)]
    assert [part.dropout for part in parts] == [0.0, 0.0, 0.0, 0.5, 0.0, 0.0]
    assert [part.activation for part in parts[2:]] == ["linear", "relu", "linear", "tanh"]
