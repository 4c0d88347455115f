"""One tile of a design: its size and everything its controller needs to know."""

from dataclasses import dataclass

from models.design import Design
from models.section import Tile, Timing


@dataclass(frozen=True)
class TileConfig:
    """Geometry, widths and cycles of one tile; `rows` are layer inputs, `columns` layer outputs.

    `index` is the tile's number in the machine and `seed` the run's: both enter the LFSR seeds.
    """

    rows: int
    columns: int
    tile: Tile = Tile()
    timing: Timing = Timing()
    index: int = 0
    seed: int = 0

    @property
    def lines(self) -> int:
        """The larger side: width of the ADC port in codes."""
        return max(self.rows, self.columns)


def tile_config(design: Design, stage: int) -> TileConfig:
    """Return the configuration of the tile of `stage`, counted from 0."""
    layer = design.layer[stage]
    return TileConfig(
        layer.inputs, layer.outputs, design.tile, design.timing, stage, design.run.seed
    )
