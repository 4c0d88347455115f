"""Area of arrays and converters, against counts of devices and lines."""

import pytest

from models.design import make_design
from models.energy.area import area_account, converters_built, devices_built
from models.error import DesignError
from models.tile import grid_config

LAYERS = [{"inputs": 30, "outputs": 20}, {"inputs": 20, "outputs": 7}]


def account(area, **tables):
    design = make_design({"layer": LAYERS, "area": area, **tables})
    grids = [grid_config(design, m) for m in range(design.stages)]
    return (
        design,
        [tile for grid in grids for tile in grid.flat],
        area_account(design, design.area, grids),
    )


def test_devices_take_the_square_of_their_pitch():
    _, _, found = account({"pitch_um": 2.0, "arrays_per_device": 3})
    assert found.amounts == {"array": 4 * 3 * (600 + 140)}
    assert found.left_out == {"adc": "no value", "dac": "no value"}


@pytest.mark.parametrize(
    ("tables", "arrays"),
    [
        ({"algorithm": {"name": "multi-tile", "tiles": 5}}, 5),
        ({"device": {"cell": {"kind": "pair"}}}, 2),
        ({"device": {"cell": {"kind": "vector", "devices": 4}}}, 4),
    ],
)
def test_every_array_and_device_of_a_weight_is_built(tables, arrays):
    design, tiles, _ = account({"pitch_um": 1.0}, **tables)
    assert [devices_built(design, tile) for tile in tiles] == [arrays * 600, arrays * 140]


@pytest.mark.parametrize(("count", "adcs"), [(None, (30, 20)), (8, (8, 8)), (25, (25, 20))])
def test_converters_serve_the_larger_side_or_are_as_many_as_said(count, adcs):
    tile = {} if count is None else {"adc": {"count": count}}
    design, tiles, found = account({"adc_um2": 10.0, "dac_um2": 1.0}, tile=tile)
    built = [converters_built(design, tile) for tile in tiles]
    assert built == [(adcs[0], 50), (adcs[1], 27)]
    assert found.amounts == {"adc": 10.0 * sum(adcs), "dac": 77.0}


def test_replicas_have_converters_of_their_own():
    rule = {"name": "batched-tiki-taka", "replicas": 3}
    schedule = {"name": "fill-drain", "N": 6}
    design, tiles, _ = account({"dac_um2": 1.0}, algorithm=rule, schedule=schedule)
    assert converters_built(design, tiles[0]) == (90, 150)


def test_a_whole_tile_is_counted_for_each_tile_of_a_grid():
    _, tiles, found = account({"tile_um2": 7.0}, tile={"rows": 10, "columns": 10})
    assert found.amounts == {"tile": 7.0 * len(tiles)}
    assert len(tiles) == 3 * 2 + 2 * 1
    assert found.left_out == {}


def test_parts_beside_a_whole_tile_are_refused():
    with pytest.raises(DesignError, match=r"^area\.pitch_um: area\.tile_um2 holds all"):
        make_design({"area": {"tile_um2": 7.0, "pitch_um": 1.0}})
