"""Layers on several tiles: how they are cut, their sums and their cycles."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.design import make_design
from models.grid import TileGrid
from models.layer.linear import Linear
from models.network import make_grid, make_numerics
from models.schedule import Op
from models.split import split_sizes
from models.tile import grid_config
from models.timing import (
    backward_cycles,
    forward_cycles,
    stage_backward_cycles,
    stage_forward_cycles,
    stage_update_cycles,
    update_cycles,
)
from tests.models.packed import case
from tests.models.properties import PROPERTY


@PROPERTY
@given(st.integers(1, 5000), st.integers(1, 600))
def test_lines_are_shared_out_evenly_over_the_fewest_tiles(lines, most):
    sizes = split_sizes(lines, most)
    assert sum(sizes) == lines
    assert len(sizes) == -(-lines // most)
    assert max(sizes) <= most
    assert max(sizes) - min(sizes) <= 1
    assert list(sizes) == sorted(sizes, reverse=True)


def tables(inputs: int, outputs: int, rows: int, columns: int, **tile: object) -> dict:
    layers = [{"inputs": inputs, "outputs": outputs}, {"inputs": outputs, "outputs": 3}]
    return {"layer": layers, "tile": {"rows": rows, "columns": columns, **tile}}


def test_tiles_are_numbered_through_the_machine_with_their_parts_of_the_layer():
    design = make_design(tables(7, 5, 3, 3) | {"run": {"seed": 4}})
    grid = grid_config(design, 0)
    assert [[(t.rows, t.columns, t.index) for t in row] for row in grid.tiles] == [
        [(3, 3, 0), (3, 2, 1)],
        [(2, 3, 2), (2, 2, 3)],
        [(2, 3, 4), (2, 2, 5)],
    ]
    assert grid.row_parts == (slice(0, 3), slice(3, 5), slice(5, 7))
    assert grid.column_parts == (slice(0, 3), slice(3, 5))
    assert [t.index for t in grid_config(design, 1).flat] == [6, 7]
    assert all(t.seed == 4 for t in grid.flat)


def test_every_tile_draws_devices_weights_and_noise_of_its_own():
    grid = make_grid(make_design(tables(6, 6, 3, 3)), 0)
    for name in ("weights", "w_max"):
        seen = {
            (tile.weights if name == "weights" else tile.devices.w_max).tobytes()
            for tile in grid.flat
        }
        assert len(seen) == 4
    x = np.zeros((1, 3))
    tile = grid.flat[0].config.tile.model_copy(update={"output_noise": 0.5})
    noisy = [replace(t, config=replace(t.config, tile=tile), noise=9.0) for t in grid.flat]
    assert len({t.forward(x, [0]).tobytes() for t in noisy}) == 4


def test_weights_of_a_layer_are_the_blocks_of_its_tiles():
    grid = make_grid(make_design(tables(7, 5, 3, 3)), 0)
    whole = grid.weights()
    assert whole.shape == (7, 5)
    for _, _, rows, columns, tile in grid.blocks():
        assert (whole[rows, columns] == tile.weights).all()
    other = np.arange(35, dtype=np.float32).reshape(7, 5)
    assert (grid.with_weights(other).weights() == other).all()
    assert (grid.weights() == whole).all()
    one = TileGrid.of(grid.flat[0])
    assert one.weights() is grid.flat[0].weights


#: No noise, no clipping, no rounding: inputs fit the DAC, a weight's step is one ADC code.
IDEAL = {"output_noise": 0.0, "dac": {"bits": 12}, "adc": {"bits": 16}}


def ideal_layer(rows: int, columns: int, seed: int) -> Linear:
    """A layer of 12 x 10 with weights of 1/16 on tiles of at most `rows` x `columns`."""
    raw = tables(12, 10, rows, columns, **IDEAL)
    raw["layer"][0] |= {"scale": 1.0, "adc_full_scale": 1.0}
    design = make_design(raw)
    grid = make_grid(design, 0)
    assert grid.flat[0].adc_lsb == 1 / 16
    weights = np.random.default_rng(seed).integers(-7, 8, (12, 10)) / 16
    layer = Linear(grid, 1.0, "linear", np.arange(10.0), True, make_numerics(design), np.ones(10))
    return layer.holding(weights.astype(np.float32), layer.bias)


@PROPERTY
@given(st.integers(0, 1000), st.integers(1, 12), st.integers(1, 10))
def test_with_ideal_converters_any_grid_is_the_one_tile_layer_exactly(seed, rows, columns):
    one, many = ideal_layer(12, 10, seed), ideal_layer(rows, columns, seed)
    rng = np.random.default_rng(seed)
    x, d = rng.integers(-40, 41, (4, 12)) * 1.0, rng.integers(-40, 41, (4, 10)) * 1.0
    samples = np.arange(4)
    blocks = many.grid.config.row_parts, many.grid.config.column_parts
    z, retries = many.pre_activation(x, np.ones((4, len(blocks[0]))), samples, Op.FORWARD)
    assert (z == one.pre_activation(x, np.ones((4, 1)), samples, Op.FORWARD)[0]).all()
    exact = x @ one.grid.weights().astype(float) + np.rint(one.bias / 4096)
    assert np.abs(z - exact).max() <= 0.5
    assert retries.shape == (4, len(many.grid.flat))
    back, _ = many.input_error(d, np.ones((4, len(blocks[1]))), samples)
    assert (back == one.input_error(d, np.ones((4, 1)), samples)[0]).all()


def test_each_block_counts_its_own_factor():
    layer = ideal_layer(6, 5, 3)
    x = np.random.default_rng(1).integers(-40, 41, (1, 12)) * 1.0
    scaled = np.concatenate([x[:, :6] * 4, x[:, 6:]], axis=1)
    one = ideal_layer(12, 10, 3).pre_activation(scaled, np.ones((1, 1)), np.arange(1), Op.FORWARD)
    many = layer.pre_activation(x, np.array([[4.0, 1.0]]), np.arange(1), Op.FORWARD)
    assert (many[0] == one[0]).all()


def test_a_vector_is_scaled_block_by_block():
    network = case(tables(6, 4, 3, 4)).network()
    vectors = np.array([[1000.0, -3.0, 7.0, 15.0, -60.0, 1.0]])
    codes, factor, _ = network.encode(vectors, 0, Op.FORWARD, np.arange(1))
    assert factor.tolist() == [[16.0, 1.0]]
    assert codes.tolist() == [[62.0, 0.0, 0.0, 15.0, -60.0, 1.0]]


def test_a_layer_takes_as_long_as_its_slowest_tile_and_the_sum_of_its_parts():
    raw = tables(7, 5, 2, 3, adc={"count": 1}) | {"timing": {"add_cycles": 3}}
    grid = grid_config(make_design(raw), 0)
    forward = [forward_cycles(tile) for tile in grid.flat]
    backward = [backward_cycles(tile) for tile in grid.flat]
    assert (len(set(forward)), len(set(backward))) == (2, 2)
    assert stage_forward_cycles(grid) == max(forward) + 3 * 2  # four block rows: two additions deep
    assert stage_backward_cycles(grid) == max(backward) + 3 * 1  # two block columns
    assert stage_update_cycles(grid, 2) == update_cycles(grid.flat[0], 2)
    retries = [0] * len(grid.flat)
    retries[-1] = 2
    assert stage_forward_cycles(grid, retries) == max(max(forward), 3 * forward[-1]) + 6


def test_a_layer_on_one_tile_takes_that_tile_s_cycles():
    for add in (0, 9):
        grid = grid_config(make_design(tables(4, 4, 9, 9) | {"timing": {"add_cycles": add}}), 0)
        (tile,) = grid.flat
        assert stage_forward_cycles(grid) == forward_cycles(tile)
        assert stage_backward_cycles(grid) == backward_cycles(tile)


def test_tiles_repeat_their_reads_by_themselves():
    """One block of inputs drives its tile to the rail; only that tile is read again."""
    raw = tables(4, 2, 2, 2, output_noise=0.0, bound_management="iterative")
    raw["layer"][0]["adc_full_scale"] = 0.25
    design = make_design(raw)
    grid = make_grid(design, 0).with_weights(np.full((4, 2), 0.5, np.float32))
    layer = Linear(grid, 1.0, "linear", np.zeros(2), False, make_numerics(design), np.ones(2))
    codes = np.array([[63.0, 63.0, 1.0, 0.0]])
    z, retries = layer.pre_activation(codes, np.ones((1, 2)), np.arange(1), Op.FORWARD)
    assert retries.tolist() == [[3, 0]]
    exact = 0.5 * codes.sum()
    smallest = 8 * 0.5 * 2  # half an input code of each line, halved three times
    assert np.abs(z - exact).max() <= smallest / 2 + 1
