"""Retention of a tile in training: compiled against its twin, and closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from models import aging
from models.crossbar import Crossbar
from models.device.section import Device
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.properties import PROPERTY, sometimes
from tests.models.pulsing import train
from tests.models.test_writing import deviation, noisy

FEW = settings(PROPERTY, max_examples=60)


@njit
def retain(step, weights, held, planes, exponent, number):
    aging.retain(step, weights, held, planes, exponent, 0, 0, number)


def carry_compiled(bar: Crossbar, updates: int) -> None:
    """Execute the lazy step that ends after so many updates in compiled code."""
    packed = aging.pack_aging([bar])
    assert updates % packed.every == 0
    planes, number = bar.devices.by_rows(), updates // packed.every - 1
    retain(packed, bar.weights, bar.states, planes, bar.devices.exponent, number)


@st.composite
def aged_crossbars(draw) -> Crossbar:
    """Tiles of any mechanisms, with states and apparent weights anywhere on the grid."""
    size = 2.0 ** draw(st.integers(-3, 3))
    retention = {
        "lifetime": draw(sometimes([3.0, 1e4], None)),
        "drift_nu": draw(sometimes([0.05, 1.5], None)),
        "diffusion": draw(sometimes([0.01 * size, size], None)),
    }
    found = {key: value for key, value in retention.items() if value is not None}
    if not found:
        found = {"lifetime": 50.0}
    if "drift_nu" in found:
        found |= {"drift_nu_dtod": 0.4, "drift_t0": draw(st.sampled_from([0.25, 1.0, 1e6]))}
    if "lifetime" in found:
        found["rest"] = draw(st.sampled_from([0.0, 0.3 * size]))
    device = Device(
        w_max=size,
        w_min=-size,
        stuck_fraction=draw(st.sampled_from([0.0, 0.3])),
        write_noise=draw(sometimes([200.0], 0.0)),
        retention_every=draw(st.sampled_from([1, 7, 1000])),
        **found,
    )
    rows, columns, seed = draw(st.integers(1, 9)), draw(st.integers(1, 9)), draw(st.integers(0, 99))
    bar = make_crossbar(
        TileConfig(rows, columns, seed=seed, index=seed % 5), device, size, 8 * size
    )
    if bar.held is not None:
        bar.update(train(bar, 3, True), 0)
    return bar


def copied(bar: Crossbar) -> Crossbar:
    return bar.with_weights(bar.weights.copy(), None if bar.held is None else bar.held.copy())


@FEW
@given(aged_crossbars(), st.integers(1, 1 << 20))
def test_compiled_retention_is_the_twin_s_bit_for_bit(bar, step):
    twin, every = copied(bar), bar.retention.every
    for updates in (every * step, every * (step + 1)):
        carry_compiled(bar, updates)
        twin.age(updates)
        assert bar.weights.tobytes() == twin.weights.tobytes()
        assert bar.states.tobytes() == twin.states.tobytes()


@FEW
@given(aged_crossbars())
def test_retention_keeps_states_in_their_bounds_and_what_is_seen_on_the_grid(bar):
    for step in range(1, 4):
        bar.age(step * bar.retention.every)
    assert (bar.devices.w_min <= bar.states).all()
    assert (bar.states <= bar.devices.w_max).all()
    units = bar.weights.astype(np.float64) / bar.devices.grid
    assert (units == np.rint(units)).all()
    assert np.abs(bar.weights).max() <= 2.0**bar.devices.exponent


def left(updates: int, start: float, **keys) -> tuple[np.ndarray, Crossbar]:
    """The weights after so many samples without a pulse, all at one weight before."""
    bar = noisy(**keys)
    bar.weights[...] = start
    silent = train(bar, 0, True)
    for sample in range(updates):
        assert bar.update(silent, sample) == 0
        bar.age(sample + 1)
    return bar.weights.astype(np.float64), bar


@pytest.mark.parametrize(("updates", "steps"), [(99, 0), (100, 1), (399, 3), (400, 4)])
def test_weights_after_n_updates_have_made_the_steps_that_ended_by_then(updates, steps):
    """As accurate as a step: half a grid step and eight roundings of float32 each."""
    w, bar = left(updates, 0.5, lifetime=250.0)
    exact = 0.5 * np.exp(-steps * 100 / 250)
    assert np.abs(w - exact).max() <= steps * (bar.devices.grid / 2 + 8 * 2.0**-24)


def test_drift_counts_from_the_run_s_start():
    w, bar = left(60, -0.75, drift_nu=0.1, drift_t0=4.0, retention_every=20)
    assert np.abs(w + 0.75 * 16**-0.1).max() <= 3 * (bar.devices.grid / 2 + 8 * 2.0**-24 + 3e-7)


def test_what_reads_see_follows_the_states_until_they_are_written():
    bar = noisy(write_noise=50.0, lifetime=250.0, diffusion=0.001)
    bar.update(train(bar, 1, True), 0)
    before, states = deviation(bar), bar.states.copy()
    bar.age(100)
    assert (bar.states != states).mean() > 0.99
    assert (deviation(bar) == before).all()
    assert np.abs(bar.weights).max() < 1


def test_stuck_devices_stay():
    bar = noisy(stuck_fraction=0.4, lifetime=20.0, diffusion=0.01)
    before = bar.weights.copy()
    bar.age(100)
    still = bar.devices.w_max == bar.devices.w_min
    assert 0.3 < still.mean() < 0.5
    assert (bar.weights == before)[still].all()
    assert (bar.weights != before)[~still].mean() > 0.99


def test_without_mechanisms_nothing_happens():
    bar = noisy()
    assert bar.retention is None
    before = bar.weights.copy()
    for updates in (1, 100):
        bar.age(updates)
    assert (bar.weights == before).all()
    assert aging.pack_aging([bar, replace(bar)]).every == 0
