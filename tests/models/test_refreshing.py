"""Refresh of pairs: what it restores, what it keeps, and what it counts."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from models.crossbar import Crossbar
from models.device.array import to_grid
from models.device.section import Device
from models.number import code_limit
from models.refreshing import refresh
from models.replay import Replay
from models.section import Adc, Dac, Tile
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.packed import case, shuffled
from tests.models.pulsing import train
from tests.models.test_cell import STEADY
from tests.models.test_executor import assert_alike, both

#: An ADC code of 2^-10 in weight, no noise of reads.
FINE = Tile(output_noise=0.0, dac=Dac(bits=12), adc=Adc(bits=12))
STEP = 2.0**-8
#: Thresholds half a step beside what devices can be at: a code decides as the state does.
HIGH, LOW = 0.5 + STEP / 2, 0.25 + STEP / 2
CELL = {"kind": "pair", "refresh_every": 10, "refresh_upper": HIGH, "refresh_lower": LOW}
PAIR = STEADY | {"dw_min": STEP, "w_max": 1.0, "w_min": -1.0}


def pairs(rows: int = 20, columns: int = 30, tile: Tile = FINE, **keys) -> Crossbar:
    """Pairs whose devices lie anywhere from 0 to 1, on steps of 2^-8."""
    device = Device.model_validate({**PAIR, "cell": CELL, **keys})
    bar = make_crossbar(TileConfig(rows, columns, tile=tile, seed=3), device, 0.25, 2.0)
    rng = np.random.default_rng(7)
    bar.states[...] = to_grid(rng.integers(0, 257, bar.states.shape) * STEP, bar.devices.exponent)
    bar.states[1] *= np.float32(-1.0)
    bar.weights[...] = bar.cell.combine(bar.states)
    return bar


def due(bar: Crossbar) -> np.ndarray:
    plus, minus = bar.states[0], -bar.states[1]
    return (np.maximum(plus, minus) > HIGH) & (np.minimum(plus, minus) > LOW)


def test_a_refresh_restores_the_range_and_keeps_the_difference() -> None:
    """Codes are exact to half of 2^-10 each, pulses to half a step; the rest stays as it is."""
    bar = pairs()
    before, states, chosen = bar.weights.astype(float), bar.states.copy(), due(bar)
    assert 0.2 < chosen.mean() < 0.5
    found = refresh(bar, 20)
    assert found is not None
    assert (bar.states[:, ~chosen] == states[:, ~chosen]).all()
    after = bar.states[:, chosen]
    assert (np.minimum(after[0], -after[1]) == 0).all()
    assert np.maximum(after[0], -after[1]).max() <= 0.75 + STEP
    error = np.abs(bar.weights - before)[chosen].max()
    unit = bar.adc_lsb / code_limit(12)
    assert 0 < unit <= 1.01 * 2.0**-10
    assert error <= STEP / 2 + unit
    assert (bar.weights == bar.cell.combine(bar.states)).all()


def test_its_counts_are_rows_written_slots_and_cells() -> None:
    """A row takes one slot to reset, then as many as its largest difference has steps."""
    bar = pairs()
    chosen, wanted = due(bar), np.rint(np.abs(bar.weights) / STEP).astype(int)
    rows = chosen.any(axis=1)
    slots = 1 + np.maximum(np.where(chosen, wanted, 0).max(axis=1), 1)
    found = refresh(bar, 10)
    assert found is not None
    assert found.tolist() == [rows.sum(), slots[rows].sum(), chosen.sum()]


def test_it_comes_after_every_so_many_updates_alone() -> None:
    bar = pairs()
    states = bar.states.copy()
    assert [refresh(bar, updates) for updates in (1, 9, 11, 15)] == [None] * 4
    assert (bar.states == states).all()
    assert refresh(bar, 30) is not None
    plain = make_crossbar(TileConfig(4, 4), Device(), 0.25, 4.0)
    assert refresh(plain, 10) is None


def test_equal_devices_are_both_left_at_0_and_take_one_slot_more() -> None:
    bar = pairs(3, 3)
    bar.states[0], bar.states[1] = 0.75, -0.75
    found = refresh(bar, 10)
    assert found is not None
    assert found.tolist() == [3, 6, 9]
    assert (bar.states == 0).all()


@pytest.mark.parametrize("larger", [0, 1])
def test_pulses_of_a_refresh_are_as_noisy_as_the_device_s(larger: int) -> None:
    """64 steps of spread 0.3 each: mean 0.25, standard deviation sqrt(64) 0.3 2^-8 (z-tests)."""
    bar = pairs(60, 50, dw_min_std=0.3)
    values = (0.875, 0.625) if larger == 0 else (0.625, 0.875)
    bar.states[0], bar.states[1] = values[0], -values[1]
    assert refresh(bar, 10) is not None
    found = np.abs(bar.states[larger].astype(float)).ravel()
    assert (bar.states[1 - larger] == 0).all()
    spread = 8 * 0.3 * STEP
    z = (found.mean() - 0.25) / (spread / found.size**0.5)
    assert abs(z) < stats.norm.isf(0.5e-4)
    square = (found.var() / spread**2) * found.size
    assert 1e-4 < stats.chi2.cdf(square, found.size - 1) < 1 - 1e-4
    again = pairs(60, 50, dw_min_std=0.3)
    again.states[0], again.states[1] = values[0], -values[1]
    refresh(again, 20)
    other = np.abs(again.states[larger].astype(float)).ravel()
    assert abs(np.corrcoef(found, other)[0, 1]) < stats.norm.isf(1e-5) / found.size**0.5


def test_reads_of_a_refresh_carry_the_noise_of_the_tile() -> None:
    """Differences of 0 are written as |noise| of two reads, each of 0.01 in weight."""
    noisy = FINE.model_copy(update={"output_noise": 0.01})
    bar = pairs(60, 50, noisy, dw_min=2.0**-12)
    bar.states[0], bar.states[1] = 0.625, -0.625
    assert refresh(bar, 10) is not None
    found = bar.weights.astype(float).ravel()
    spread = np.sqrt(2 * (0.01**2 + 2.0**-20 / 12))
    square = (found**2).sum() / spread**2
    assert 1e-4 < stats.chi2.cdf(square, found.size) < 1 - 1e-4
    assert abs(found.mean()) < stats.norm.isf(0.5e-4) * spread / found.size**0.5


def test_dead_and_stuck_devices_stay_as_they_are() -> None:
    bar = pairs(dead_fraction=0.2, stuck_fraction=0.2)
    own = bar.members
    bounded = [np.clip(s, one.w_min, one.w_max) for s, one in zip(bar.states, own, strict=True)]
    bar.states[...] = bounded
    still = [one.w_min == one.w_max for one in own]
    refresh(bar, 10)
    for number in range(2):
        assert still[number].mean() > 0.3
        assert (bar.states[number] == bounded[number])[still[number]].all()


RAW = {
    "layer": [{"inputs": 11, "outputs": 9}, {"inputs": 9, "outputs": 5}],
    "algorithm": {"lr": 5.0},
}
PERIPHERY = {
    "wire_resistance": 1e-3,
    "read_noise": 0.05,
    "dac": {"noise": 0.05},
    "adc": {"rounding": "stochastic", "lower": 0.6},
}
OFTEN = {"kind": "pair", "refresh_every": 4, "refresh_upper": 0.2, "refresh_lower": 0.05}


@pytest.mark.parametrize("family", ["soft-bounds", "exponential-step", "power-step"])
@pytest.mark.parametrize("tile", [{}, PERIPHERY, {"rows": 6, "columns": 4}], ids=str)
def test_the_compiled_refresh_is_the_twin_s(family: str, tile: dict) -> None:
    raw = RAW | {"device": {"family": family, "dw_min": 0.02, "cell": OFTEN}, "tile": tile}
    one = case(raw, samples=30)
    compiled, plain = both(one, shuffled(one, 3))
    assert_alike(compiled, plain)
    assert compiled.state.refreshed[:, 1, 2].sum() > 20


def test_a_pair_without_refresh_stands_still_and_one_with_it_goes_on() -> None:
    """Up and down by turns: soft bounds of both devices take all room; refreshed, they keep it."""
    moves = []
    for every in ({}, {"refresh_every": 4, "refresh_upper": 0.5, "refresh_lower": 0.25}):
        device = Device.model_validate({"dw_min": 0.02, "cell": {"kind": "pair", **every}})
        bar = make_crossbar(TileConfig(20, 20, tile=FINE), device, 0.1, 2.0)
        for sample in range(40):
            before = bar.weights.copy()
            bar.update(train(bar, 10, sample % 2 == 0), sample)
            change = np.abs(bar.weights - before).mean()
            refresh(bar, sample + 1)
        moves.append(change)
    assert moves[0] < 0.005 < 0.05 < moves[1]


def test_the_plain_executor_refreshes_in_the_order_of_the_updates() -> None:
    """Counts of the last refresh are those of the stage that was updated last."""
    raw = RAW | {"device": {"dw_min": 0.02, "cell": OFTEN}}
    one = case(raw, samples=4)
    memory = one.memory()
    Replay(memory).run(*shuffled(one, 0), one.order)
    assert (memory.state.refreshed[:, 0] == memory.state.refreshed[:, 1]).all()
    bars = [replace(bar) for layer in memory.layers for bar in layer.grid.flat]
    assert all((bar.weights == bar.cell.combine(bar.states)).all() for bar in bars)
