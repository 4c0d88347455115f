"""Convolution and pooling: windows against naive loops and SciPy, errors as the exact transpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import correlate

from models.converter import Numerics, Scaling
from models.layer.conv import Convolution, gather_table, make_convolution
from models.layer.section import ConvLayer
from tests.models.mixed import map_of
from tests.models.properties import PROPERTY

EXACT = Numerics(False, Scaling.EXACT, 10, 1.0, np.inf, 1.0)
INTEGER = Numerics(True, Scaling.SHIFT, 10, 1024.0, 32767.0, 4096.0)


def layer(**keys: object) -> ConvLayer:
    shape = {"kind": "conv", "channels": 2, "height": 5, "width": 6, "filters": 3, "kernel": 3}
    return ConvLayer.model_validate({**shape, "activation": "linear", **keys})


@st.composite
def layers(draw) -> ConvLayer:
    padding, kernel = draw(st.integers(0, 2)), draw(st.integers(1, 4))
    padding = min(padding, kernel - 1)
    least = max(1, kernel - 2 * padding)
    keys = {
        "channels": draw(st.integers(1, 3)),
        "height": draw(st.integers(least, 8)),
        "width": draw(st.integers(least, 8)),
        "filters": draw(st.integers(1, 3)),
        "kernel": kernel,
        "stride": draw(st.integers(1, 3)),
        "padding": padding,
        "pool_kind": draw(st.sampled_from(["max", "average"])),
    }
    one = layer(**keys)
    return layer(**keys, pool=draw(st.integers(1, min(3, one.out_height, one.out_width))))


def forward(unit: Convolution, values: np.ndarray, matrix: np.ndarray) -> tuple:
    return unit.forward(values, lambda vectors, _: vectors @ matrix)


@PROPERTY
@given(layers(), st.integers(0, 999))
def test_the_pre_activations_are_the_correlation_with_each_filter(one, seed):
    """Kernel (filter, channel, y, x) is column `filter` of the matrix, flattened."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, one.channels, one.height, one.width))
    kernels = rng.normal(size=(one.filters, one.channels, one.kernel, one.kernel))
    matrix = kernels.reshape(one.filters, -1).T
    found = forward(make_convolution(one, EXACT), values.reshape(2, -1), matrix).pre
    sides = ((0, 0), (one.padding, one.padding), (one.padding, one.padding))
    for image, z in zip(values, found.reshape(2, one.filters, -1), strict=True):
        padded = np.pad(image, sides)
        for kernel, own in zip(kernels, z, strict=True):
            wanted = correlate(padded, kernel, mode="valid")[0, :: one.stride, :: one.stride]
            assert own == pytest.approx(wanted.ravel(), abs=1e-12)


@PROPERTY
@given(layers())
def test_sizes_are_those_counted_place_by_place(one):
    assert one.map == map_of(one.model_dump())
    assert one.reads * one.filters == one.elements
    assert make_convolution(one, EXACT).gather.shape == (one.reads, one.rows)


@PROPERTY
@given(layers(), st.integers(0, 999))
def test_errors_go_back_through_the_transpose_of_the_windows(one, seed):
    """<windows(x), e> = <x, collect(e)>, exactly in integers."""
    rng, unit = np.random.default_rng(seed), make_convolution(one, INTEGER)
    x = rng.integers(-9, 10, (1, one.inputs)).astype(float)
    e = rng.integers(-9, 10, (1, one.reads, one.rows)).astype(float)
    seen = []
    unit.forward(
        x, lambda vectors, _: seen.append(vectors) or np.zeros((1, one.reads, one.filters))
    )
    assert (seen[0] * e).sum() == (x * unit.collect(e)).sum()


@PROPERTY
@given(layers(), st.integers(0, 999), st.sampled_from([EXACT, INTEGER]))
def test_pooling_is_that_of_a_loop_over_its_squares(one, seed, numerics):
    rng = np.random.default_rng(seed)
    z = rng.integers(-2, 3, (one.filters, one.out_height, one.out_width)).astype(float)
    unit = make_convolution(one, numerics)
    read = z.reshape(1, one.filters, -1).transpose(0, 2, 1)
    found = unit.forward(np.zeros((1, one.inputs)), lambda *_: read)
    gradient = rng.integers(-99, 100, (1, one.outputs)).astype(float)
    errors = unit.take(gradient, found.slope)[0].T.reshape(z.shape)
    wanted, places = np.zeros_like(z), np.ndindex(one.map)
    for j, (f, y, x) in enumerate(places):
        own = (f, slice(y * one.pool, (y + 1) * one.pool), slice(x * one.pool, (x + 1) * one.pool))
        if one.pool_kind == "max":
            assert found.value[0, j] == z[own].max()
            first = np.unravel_index(z[own].argmax(), z[own].shape)
            wanted[own][first] = gradient[0, j]
        else:
            mean, share = z[own].mean(), gradient[0, j] / one.pool**2
            assert found.value[0, j] == (np.rint(mean) if numerics.integer else mean)
            wanted[own] = np.rint(share) if numerics.integer else share
    assert (errors == wanted).all()


def test_halves_of_an_average_go_to_the_even_number():
    one = layer(filters=1, kernel=1, height=2, width=2, channels=1, pool=2, pool_kind="average")
    unit = make_convolution(one, INTEGER)
    for total, mean in ((2, 0), (6, 2), (10, 2), (-2, 0), (-6, -2), (3, 1), (5, 1)):
        read = np.array([total, 0, 0, 0], float).reshape(1, 4, 1)
        found = unit.forward(np.zeros((1, 4)), lambda *_, read=read: read)
        assert found.value[0, 0] == mean


def test_a_window_s_rows_are_channel_after_channel_row_after_row():
    table = gather_table(layer(channels=2, height=3, width=3, kernel=2, padding=1))
    assert table[0].tolist() == [-1, -1, -1, 0, -1, -1, -1, 9]
    assert table[5].tolist() == [0, 1, 3, 4, 9, 10, 12, 13]


def test_overlapping_windows_saturate_their_sum():
    one = layer(channels=1, height=2, width=1, filters=1, kernel=1)
    unit = make_convolution(one, INTEGER)
    assert unit.collect(np.full((1, 2, 1), 32767.0)).tolist() == [[32767.0, 32767.0]]
    wide = layer(channels=1, height=1, width=3, filters=1, kernel=1, stride=1)
    assert wide.reads == 3
    two = layer(channels=1, height=3, width=2, filters=1, kernel=2)
    found = make_convolution(two, INTEGER).collect(np.full((1, 2, 4), 20000.0))
    assert found.tolist() == [[20000.0, 20000.0, 32767.0, 32767.0, 20000.0, 20000.0]]
