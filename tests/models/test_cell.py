"""Unit cells: weights of one device against a reference, of pairs and of vectors."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from models.array import CompiledArray
from models.cell import mirrored, one_way
from models.converter import make_numerics
from models.crossbar import Crossbar
from models.design import read_design
from models.device.array import to_grid
from models.device.cell import POLICIES, Cell
from models.device.draw import draw_devices
from models.device.family import FAMILIES
from models.device.section import Device
from models.device.symmetry import symmetric_point
from models.rate import make_rates
from models.starting import make_crossbar
from models.tile import TileConfig
from tests.models.device.test_draw import assert_normal
from tests.models.packed import cells
from tests.models.properties import PROPERTY, devices, random_words, tile_configs
from tests.models.pulsing import train

ALIKE = {"dw_min_dtod": 0.0, "up_down_dtod": 0.0, "w_max_dtod": 0.0, "w_min_dtod": 0.0}
#: Constant steps of 2^-10 without spread or noise: every state is exact.
STEADY = {"family": "constant-step", "dw_min": 2.0**-10, "dw_min_std": 0.0, **ALIKE}


def tile(device: Device, rows: int = 7, columns: int = 6, seed: int = 3) -> Crossbar:
    return make_crossbar(TileConfig(rows, columns, seed=seed), device, 0.25, 4.0)


def copied(bar: Crossbar) -> Crossbar:
    return bar.with_weights(bar.weights.copy(), bar.states.copy())


@PROPERTY
@given(tile_configs(largest=12), devices(), cells(), st.integers(0, 1 << 30))
def test_compiled_cells_are_the_twin_s_and_stay_within_their_bounds(config, device, cell, seed):
    device = device.model_copy(update={"cell": cell and Cell.model_validate_json(json.dumps(cell))})
    bar = make_crossbar(config, device, device.w_max, 64.0 * device.w_max)
    twin, rng = copied(bar), np.random.default_rng(seed)
    compiled, gammas = CompiledArray(bar), np.array(device.cell.gammas if cell else (1.0,))
    high = np.tensordot(gammas, [own.w_max.astype(float) for own in bar.members], 1)
    low = np.tensordot(gammas, [own.w_min.astype(float) for own in bar.members], 1)
    slack = bar.devices.grid * (1 + gammas.sum())
    for sample in range(3):
        words = random_words(bar, rng, 31)
        assert compiled.update(words, sample) == twin.update(words, sample)
        assert bar.weights.tobytes() == twin.weights.tobytes()
        assert bar.states.tobytes() == twin.states.tobytes()
        for own, states in zip(
            bar.members, bar.states.reshape(-1, *bar.weights.shape), strict=True
        ):
            assert ((own.w_min <= states) & (states <= own.w_max)).all()
        assert ((low - slack <= bar.weights) & (bar.weights <= high + slack)).all()
        units = bar.weights.astype(np.float64) / bar.devices.grid
        assert (units == np.rint(units)).all()
        assert np.abs(units).max() <= 2.0**22


@pytest.mark.parametrize("point", [False, True])
def test_a_reference_of_soft_bounds_is_the_family_with_a_reference(point):
    keys = {"reference_mean": 0.125, "reference_std": 0.05}
    cell = Cell(kind="reference", **keys, subtract_symmetric_point=point)
    one = draw_devices(Device(mult_noise=False, up_down_dtod=0.1, cell=cell), 20, 30, 1, 2)
    family = Device(
        family="soft-bounds-reference", up_down_dtod=0.1, **keys, subtract_symmetric_point=point
    )
    other = draw_devices(family, 20, 30, 1, 2)
    if point:  # its closed form is that of the bounds before they are rounded
        assert one.planes == pytest.approx(other.planes, abs=2e-6)
    else:
        assert one.planes.tobytes() == other.planes.tobytes()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_reference_shifts_the_device_by_itself(family):
    """f(w) is the bare device's at w + r, and the bounds lie r lower, to half a grid step.

    A step of emulated devices is whole grid steps.
    """
    if family == "soft-bounds-reference":
        return
    bare = Device(family=family)
    cell = Cell(kind="reference", reference_mean=0.25)
    one = draw_devices(bare.model_copy(update={"cell": cell}), 9, 8, 5, 0)
    other = draw_devices(bare, 9, 8, 5, 0)
    for bound, old in ((one.w_max, other.w_max), (one.w_min, other.w_min)):
        assert np.abs(bound + 0.25 - old).max() <= one.grid / 2 + other.grid / 2
    at = np.where(other.w_max > other.w_min, (other.w_max + other.w_min) / 2, np.float32(0.0))
    for up in (True, False):
        wanted = other.mean_step(at, up)
        near = one.grid if family == "emulated" else 1e-8
        assert one.mean_step(at - np.float32(0.25), up) == pytest.approx(wanted, rel=2e-3, abs=near)


def test_the_symmetric_point_comes_to_lie_at_minus_the_draw():
    cell = Cell(
        kind="reference", reference_mean=0.125, reference_std=0.01, subtract_symmetric_point=True
    )
    device = Device(
        family="linear-step", gamma_up=0.5, gamma_down=0.5, up_down_dtod=0.02, cell=cell
    )
    found = symmetric_point(draw_devices(device, 80, 60, 4, 1))
    bare = symmetric_point(draw_devices(device.model_copy(update={"cell": None}), 80, 60, 4, 1))
    assert (np.isnan(found) == np.isnan(bare)).all()
    assert_normal(found[~np.isnan(found)], -0.125, 0.01)


@PROPERTY
@given(st.integers(0, 1 << 30), st.integers(1, 12))
def test_a_pair_of_constant_steps_is_one_device_until_a_bound(seed, slots):
    """Five updates of at most 12 steps of 2^-10 from within +-0.25 reach no bound of 0.6."""
    pair, one = tile(Device(cell=Cell(kind="pair"), **STEADY)), tile(Device(**STEADY))
    one.weights[...] = to_grid(np.rint(one.weights * 1024) / 1024, one.devices.exponent)
    pair = pair.with_weights(one.weights.copy())
    rng = np.random.default_rng(seed)
    for sample in range(5):
        words, before = random_words(pair, rng, slots), pair.states.copy()
        assert pair.update(words, sample) == one.update(words, sample)
        assert (pair.weights == one.weights).all()
        assert (pair.states[0] >= before[0]).all()
        assert (pair.states[1] <= before[1]).all()
        assert ((pair.states[0] != before[0]) & (pair.states[1] != before[1])).sum() == 0


def test_a_pair_comes_back_once_and_stands_still_where_both_devices_are_full():
    bar = tile(Device(cell=Cell(kind="pair"), **STEADY | {"dw_min": 0.0625, "w_max": 0.5}))
    bar = bar.with_weights(np.zeros((7, 6), np.float32))
    for sample, up, wanted in ((0, True, 0.5), (1, False, 0.0), (2, True, 0.0), (3, False, 0.0)):
        bar.update(train(bar, 40, up), sample)
        assert (bar.weights == wanted).all()
    assert (bar.states[0] == 0.5).all()
    assert (bar.states[1] == -0.5).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_mirrored_devices_fall_as_the_devices_rise(family):
    """With the same noise bit for bit, and one way they do nothing in the other direction."""
    drawn = draw_devices(Device(family=family, dw_min=0.02), 9, 8, 5, 0)
    other, rng = one_way(mirrored(drawn)), np.random.default_rng(1)
    assert (other.w_max == -drawn.w_min).all()
    w = to_grid(rng.uniform(drawn.w_min, drawn.w_max), drawn.exponent)
    xi = rng.normal(size=w.shape).astype(np.float32)
    assert (one_way(drawn).move(w, False, xi) == w).all()
    assert (one_way(drawn).move(w, True, xi) == drawn.move(w, True, xi)).all()
    assert (mirrored(drawn).move(-w, False, xi) == -drawn.move(w, True, xi)).all()
    assert (mirrored(drawn).move(-w, True, xi) == -drawn.move(w, False, xi)).all()
    assert (mirrored(one_way(drawn)).move(-w, True, xi) == -w).all()


@pytest.mark.parametrize("policy", POLICIES)
def test_a_vector_pulses_the_devices_that_its_policy_names(policy):
    first = {"first": 2} if policy in ("single", "sequential") else {}
    cell = Cell(kind="vector", devices=3, base=2.0, policy=policy, **first)
    bar = tile(Device(cell=cell, **STEADY))
    assert cell.gammas == pytest.approx([4 / 7, 2 / 7, 1 / 7], rel=1e-12)
    assert bar.weights == pytest.approx(np.broadcast_to(bar.states[0], bar.weights.shape), abs=1e-6)
    found = []
    for sample in range(6):
        before = bar.states.copy()
        bar.update(train(bar, 3, True), sample)
        rises = (bar.states - before).reshape(3, -1)
        assert ((rises == 0) | (rises == 3 * 2.0**-10)).all()
        found.append(np.flatnonzero(rises[:, 0]).tolist())
        wanted = np.tensordot(np.array(cell.gammas), bar.states.astype(float), 1)
        assert np.abs(bar.weights - wanted).max() <= bar.devices.grid / 2 + 3 * 2.0**-24
    if policy != "random":
        wanted = {
            "all": [[0, 1, 2]] * 6,
            "single": [[2]] * 6,
            "sequential": [[2], [0], [1]] * 2,
        }
        assert found == wanted[policy]
    else:
        assert found == [[bar.chosen(sample)[0]] for sample in range(6)]


def test_random_devices_are_chosen_alike_and_by_the_seed():
    cell = Cell(kind="vector", devices=5, policy="random")
    one, other = tile(Device(cell=cell, **STEADY), 2, 2), tile(Device(cell=cell), 2, 2, seed=4)
    picks = [[bar.chosen(k)[0] for k in range(4000)] for bar in (one, other)]
    for found in picks:
        assert stats.chisquare(np.bincount(found, minlength=5)).pvalue > 1e-4
        table = np.histogram2d(found[1:], found[:-1], bins=5)[0]
        assert stats.chi2_contingency(table).pvalue > 1e-4
    assert picks[0] != picks[1]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("weights", [{}, {"base": 3.0}, {"significance": (1.0, 0.5, 0.25)}])
def test_one_coincidence_changes_the_weight_by_the_step_that_rates_divide_by(policy, weights):
    """Exact over whole rounds; of random devices, to the mean of those that were chosen."""
    device = Device(cell=Cell(kind="vector", devices=3, policy=policy, **weights), **STEADY)
    bar = tile(device, 4, 4)
    before, chosen, rounds = bar.weights.astype(float), [], 30
    for sample in range(rounds):
        chosen += list(bar.chosen(sample))
        bar.update(train(bar, 1, True), sample)
    gammas = np.array(device.cell.gammas)
    share = gammas[chosen].sum() / rounds
    change = (bar.weights - before) / rounds
    assert change == pytest.approx(np.full((4, 4), share * device.dw_min), abs=1e-7)
    if policy == "random":
        spread = gammas.std() / rounds**0.5
        assert abs(share - device.cell.gain) <= stats.norm.isf(1e-4) * spread + 1e-12
    else:
        assert device.step == pytest.approx(share * device.dw_min, rel=1e-12)


def test_the_rates_of_a_cell_ask_for_as_many_more_coincidences_as_its_step_is_smaller():
    plain = read_design(None, ("profile=behavioural",))
    cell = ("device.cell.kind=vector", "device.cell.devices=8", "device.cell.policy=sequential")
    eighth = read_design(None, ("profile=behavioural", *cell))
    one, other = (make_rates(d, make_numerics(d), 10).amplitude for d in (plain, eighth))
    assert other == pytest.approx(8 * one, rel=1e-12)


def test_devices_of_a_cell_have_draws_and_noise_of_their_own():
    bar = tile(Device(cell=Cell(kind="vector", devices=3), w_max=1.0, w_min=-1.0), 40, 50)
    alone = draw_devices(Device(w_max=1.0, w_min=-1.0), 40, 50, 3, 0)
    assert bar.devices.planes[:4] == pytest.approx(alone.planes[:4], rel=1e-5)
    limit = stats.norm.isf(1e-5) / np.sqrt(bar.weights.size)
    before = bar.states.copy()
    bar.update(train(bar, 1, True), 0)
    noise = []
    for own, old, new in zip(bar.members, before, bar.states, strict=True):
        mean = own.mean_step(old, True)
        free = (mean > 1e-4) & (new < own.w_max)
        noise.append(np.divide(new - old, mean, out=np.ones_like(mean), where=free) - 1)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        planes = (bar.members[a].planes[0], bar.members[b].planes[0])
        assert abs(np.corrcoef(planes[0].ravel(), planes[1].ravel())[0, 1]) < limit
        assert abs(np.corrcoef(noise[a].ravel(), noise[b].ravel())[0, 1]) < limit


def test_programmed_weights_are_shared_out():
    weights = np.array([[0.25, -0.125], [0.0, 0.5]], np.float32)
    pair = tile(Device(cell=Cell(kind="pair"), **STEADY), 2, 2).with_weights(weights)
    assert pair.states.tolist() == [[[0.25, 0.0], [0.0, 0.5]], [[0.0, -0.125], [0.0, 0.0]]]
    cell = Cell(kind="vector", devices=2, significance=(1.0, 0.25))
    vector = tile(Device(cell=cell, **STEADY), 2, 2).with_weights(weights)
    assert np.abs(vector.states - weights / 1.25).max() <= vector.devices.grid
    assert np.abs(vector.cell.combine(vector.states) - weights).max() <= 2 * vector.devices.grid


@pytest.mark.parametrize("kind", ["pair", "vector"])
def test_every_device_of_a_cell_decays(kind):
    cell = Cell(kind=kind)
    bar = tile(Device(cell=cell, lifetime=100.0, retention_every=10, **STEADY))
    states = bar.states.astype(float)
    bar.age(9)
    assert (bar.states == states).all()
    bar.age(10)
    assert np.abs(bar.states - states * np.exp(-0.1)).max() <= bar.devices.grid
    assert (bar.weights == bar.cell.combine(bar.states)).all()
