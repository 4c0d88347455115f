"""A tile's configuration comes from its design and stage."""

from models.design import read_design
from models.tile import TileConfig, tile_config


def test_a_tile_has_the_size_of_its_layer_and_the_number_of_its_stage():
    design = read_design(None, ("run.seed=9", "tile.update.bl=5", "timing=unit"))
    sizes = [(64, 32), (32, 16), (16, 10)]
    for stage, (rows, columns) in enumerate(sizes):
        found = tile_config(design, stage)
        assert found == TileConfig(rows, columns, design.tile, design.timing, stage, 9)
        assert found.tile.update.bl == 5
        assert found.lines == max(rows, columns)


def test_the_port_is_as_wide_as_the_larger_side():
    assert TileConfig(3, 7).lines == TileConfig(7, 3).lines == 7
