"""Rates: what a profile makes of lr, and when they decay."""

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.converter import make_numerics
from models.design import read_design
from models.rate import make_rates, power_of_two
from tests.models.properties import PROPERTY


def rates(*overrides: str, samples: int = 100):
    design = read_design(None, overrides)
    return design, make_rates(design, make_numerics(design), samples)


@PROPERTY
@given(st.floats(1e-12, 1e12))
def test_the_nearest_power_of_two_is_within_a_factor_of_root_two(value):
    found = power_of_two(value)
    assert log2(found) == int(log2(found))
    assert abs(log2(found / value)) <= 0.5 + 1e-12


def test_hardware_rates_are_powers_of_two_next_to_lr_over_scale_and_step():
    design, found = rates("algorithm.lr=0.02", "algorithm.lr_decay=0.125")
    for m, layer in enumerate(design.layer):
        for i, lr in enumerate((0.02, 0.0025)):
            exact = lr / (layer.scale * design.device.dw_min)
            amplitude = found.amplitude[m, i] * 2.0 ** (2 * design.network.fraction_bits)
            assert np.frexp(amplitude)[0] == 0.5
            assert abs(log2(amplitude / exact)) <= 0.5
    assert found.bias.tolist() == [2.0**-6, 2.0**-9]


def test_behavioural_rates_are_exact():
    design, found = rates("profile=behavioural", "algorithm.lr=0.03", "layer.1.scale=0.3")
    for m, layer in enumerate(design.layer):
        exact = np.array([0.03, 0.03 * 0.125]) / (layer.scale * design.device.dw_min)
        assert found.amplitude[m] == pytest.approx(exact, rel=1e-15)
    assert found.bias.tolist() == [0.03, 0.03 * 0.125]


def test_digital_rates_have_no_device_step():
    design, found = rates("algorithm=digital-sgd", "algorithm.lr=0.1")
    assert found.amplitude[0, 0] == pytest.approx(0.1 / design.layer[0].scale, rel=1e-15)


@pytest.mark.parametrize(
    ("share", "samples", "first"), [(0.7, 10, 7), (0.7, 101, 70), (0.0, 5, 0), (1.0, 5, 5)]
)
def test_the_rate_decays_after_its_share_of_the_samples(share, samples, first):
    _, found = rates(f"algorithm.lr_decay_after={share}", samples=samples)
    assert found.decay_from == first
    indices = [found.index(k) for k in range(samples)]
    assert indices == [0] * first + [1] * (samples - first)
